#include "scenario.hpp"

#include "dice.hpp"

namespace corogram::simulation {
namespace {

using namespace std::chrono_literals;

/// How bad a fault may become where it is drawn at all, in the unit of scenario::odds.
struct fault_range {
  fault kind;
  std::uint32_t most;
  /// In percent of the seeds.
  std::uint32_t share;
};

constexpr fault_range ranges[] = {
    {fault::connection_refused, 50, 20},
    {fault::connection_unanswered, 30, 20},
    {fault::connection_cut_to_server, 60, 35},
    {fault::connection_cut_to_client, 60, 35},
    {fault::connection_cut_between, 8, 30},
    {fault::connection_silenced, 30, 25},
    {fault::close_noticed_late, 80, 40},
    {fault::bytes_in_pieces, 100, 60},
    {fault::bytes_late, 60, 40},
    {fault::slow_link, 50, 20},
    {fault::bit_flipped_to_server, 40, 25},
    {fault::bit_flipped_to_client, 40, 25},
    {fault::replayed_to_server_same_connection, 20, 30},
    {fault::replayed_to_server_other_connection, 20, 30},
    {fault::replayed_to_server_by_stranger, 10, 30},
    {fault::replayed_to_client_same_connection, 20, 30},
    {fault::replayed_to_client_other_connection, 20, 30},
    {fault::false_key_unknown, 4, 15},
    {fault::server_restarted_sessions_lost, 3, 25},
    {fault::server_restarted_salts_lost, 2, 15},
    {fault::server_restarted_keys_lost, 1, 3},
    {fault::server_dropped_session, 5, 25},
    {fault::server_hung_up, 5, 20},
    {fault::server_refused_connection, 4, 20},
    {fault::server_clock_ahead, 2, 12},
    {fault::server_clock_back, 2, 12},
    {fault::client_clock_ahead, 3, 15},
    {fault::client_clock_back, 3, 15},
    {fault::client_asleep, 3, 20},
    {fault::client_restarted, 3, 20},
    {fault::exchange_retry, 3, 50},
    {fault::exchange_fail, 1, 30},
};

constexpr std::size_t most_keys = 2;

client_plan draw_client(dice& fate, bool quiet) {
  client_plan client;
  constexpr transport::framing framings[] = {
      transport::framing::abridged, transport::framing::intermediate,
      transport::framing::padded_intermediate, transport::framing::full};
  client.framing = framings[fate.below(4)];
  // The full framing is never obfuscated.
  if (client.framing != transport::framing::full) client.obfuscated = fate.percent(40);
  if (client.obfuscated && fate.percent(40)) client.proxy = transport::proxy_secret::kind::simple;
  // Agreeing on a key takes more time than all the rest of a run.
  if (!fate.percent(4)) client.key = fate.below(most_keys);
  if (fate.percent(30)) client.on_unknown_key = rpc::unknown_key_policy::report;
  if (fate.percent(3))
    client.temporary_key_lifetime =
        std::chrono::seconds(fate.between(180, fate.percent(50) ? 900 : 86'400));
  client.requests = static_cast<std::uint32_t>(fate.between(3, 40));
  if (quiet) return client;
  client.stale_salt = fate.percent(25);
  if (fate.percent(20)) client.clock_wrong_by = fate.between(0s, 4h) - std::chrono::nanoseconds(2h);
  return client;
}

/// Sends some of the clients another way than over TCP as it is.
void draw_road(client_plan& client, dice& ways) {
  using kind = transport::proxy_secret::kind;
  const auto take = [&](transport::framing framing, transport::carrier_kind carrier,
                        bool obfuscated, std::optional<kind> proxy) {
    client.framing = framing;
    client.carrier = carrier;
    client.obfuscated = obfuscated;
    client.proxy = proxy;
  };
  // The framing that a WebSocket's obfuscation has a tag for, or that the secret asks for.
  const transport::framing inner = client.framing == transport::framing::full
                                       ? transport::framing::intermediate
                                       : client.framing;
  switch (ways.below(10)) {
    case 0:
    case 1:
      return take(transport::framing::http, transport::carrier_kind::tcp, false, std::nullopt);
    case 2:
    case 3:
      return take(inner, transport::carrier_kind::websocket, true, std::nullopt);
    case 4:
    case 5:
      take(transport::framing::padded_intermediate, transport::carrier_kind::fake_tls, true,
           kind::fake_tls);
      client.clock_wrong_by = {};
      return;
    case 6:
      return take(transport::framing::padded_intermediate, transport::carrier_kind::tcp, true,
                  kind::padded);
    default:
      return;
  }
}

}  // namespace

scenario draw_scenario(std::uint64_t seed, roads offered) {
  dice fate(seed ^ 0x706c'616eu);
  scenario plan;
  plan.seed = seed;
  plan.quiet = fate.percent(4);
  plan.only_breaks = !plan.quiet && fate.percent(8);
  const std::uint64_t clients = fate.between(1, 3);
  for (std::uint64_t i = 0; i < clients; ++i) {
    client_plan& client =
        plan.clients.emplace_back(draw_client(fate, plan.quiet || plan.only_breaks));
    if (client.key && client.temporary_key_lifetime) client.key = most_keys + i;
  }
  dice ways(seed ^ 0x726f'6164u);
  if (offered == roads::all)
    for (client_plan& client : plan.clients) draw_road(client, ways);
  // Now and then long enough for the salts to change.
  plan.storm = fate.percent(8) ? fate.between(1h, 3h) : fate.between(20s, 240s);
  plan.least_latency = std::chrono::milliseconds(fate.wide(300));
  plan.most_latency = plan.least_latency + std::chrono::milliseconds(fate.wide(1500));
  plan.pushes = static_cast<std::uint32_t>(fate.between(0, 60));
  plan.server_questions = static_cast<std::uint32_t>(fate.percent(40) ? fate.between(1, 10) : 0);
  plan.large = static_cast<std::uint32_t>(fate.between(2'000, fate.percent(20) ? 200'000 : 20'000));
  plan.wants_introductions = fate.percent(50);
  if (plan.quiet) {
    plan.most_latency = plan.least_latency + 100ms;
    return plan;
  }
  if (plan.only_breaks) {
    plan.storm = std::min<std::chrono::nanoseconds>(plan.storm, 240s);
    plan.least_latency = 10ms;
    plan.most_latency = 150ms;
    for (const fault kind : {fault::connection_cut_to_server, fault::connection_cut_to_client,
                             fault::connection_cut_between, fault::bytes_in_pieces})
      plan.odds[static_cast<std::size_t>(kind)] = static_cast<std::uint32_t>(fate.between(5, 40));
    return plan;
  }
  for (const fault_range& one : ranges)
    if (fate.percent(one.share))
      plan.odds[static_cast<std::size_t>(one.kind)] =
          static_cast<std::uint32_t>(fate.between(1, one.most));
  return plan;
}

}  // namespace corogram::simulation

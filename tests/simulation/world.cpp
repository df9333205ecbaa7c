#include "world.hpp"

#include <algorithm>

namespace corogram::simulation {
namespace {

using namespace std::chrono_literals;

/// More than this a run does not need, however bad the weather: it hangs in a loop.
constexpr std::uint64_t most_steps = 3'000'000;
/// And so often no machine is woken at one and the same moment.
constexpr int most_wakings = 100;
/// How long after the storm a server may still refuse something.
constexpr std::chrono::seconds refusals_end = recovery;

mtproto::auth_key provisioned_key(std::uint64_t seed, std::size_t number) {
  core::secret_array<256> bytes;
  core::test_random(seed * 7 + number).fill(bytes.span());
  return mtproto::auth_key(std::move(bytes));
}

constexpr std::int64_t first_salt = 0x5a17;

}  // namespace

world::world(const scenario& plan, log_sink sink)
    : plan_(plan),
      around_(plan_, std::move(sink)),
      net_(around_),
      tap_(around_),
      books_(around_),
      server_(around_, net_, tap_, books_) {
  for (std::size_t i = 0; i < plan_.clients.size(); ++i) {
    clients_.push_back(
        std::make_unique<client_host>(around_, net_, tap_, books_, i, server_.transport()));
    client_host& client = *clients_.back();
    const client_plan& own = plan_.clients[i];
    std::optional<rpc::stored_key> stored;
    if (own.key) {
      const mtproto::auth_key key = provisioned_key(plan_.seed, *own.key);
      if (tap_.key(key.id()) == nullptr) server_.provision(key, first_salt);
      stored.emplace(key.clone(), own.stale_salt ? first_salt + 1 : first_salt);
    }
    client.start(std::move(stored));
  }
}

verdict world::run() {
  plan_requests();
  plan_pushes();
  plan_faults();
  play_until(plan_.storm);
  around_.calm = true;
  around_.log("== calm", "no more faults");
  for (const auto& client : clients_) client->connect();
  play_until(plan_.storm + calm_time);
  for (const auto& client : clients_) client->probe();
  play_until(plan_.storm + calm_time + last_request_time);
  play_until(plan_.storm + calm_time + last_request_time + settling);
  close_books();

  verdict result;
  result.seed = plan_.seed;
  result.breaches = std::move(around_.breaches);
  result.counts = around_.counts;
  result.simulated = around_.time.now();
  result.steps = steps_;
  result.digest = around_.fate.number() ^ steps_;
  return result;
}

// ---- time -----------------------------------------------------------------------------------

void world::play_until(nanoseconds end) {
  int wakings = 0;
  while (ended_ && around_.breaches.empty()) {
    nanoseconds next = end;
    if (const auto planned = around_.time.next()) next = std::min(next, *planned);
    const auto consider = [&](std::optional<nanoseconds> due) {
      if (due) next = std::min(next, *due);
    };
    consider(server_.wake_at());
    for (const auto& client : clients_) consider(client->wake_at());
    if (next >= end) {
      around_.time.advance_to(end);
      return;
    }
    if (next > around_.time.now()) wakings = 0;
    around_.time.advance_to(next);
    if (++steps_ > most_steps) {
      ended_ = false;
      return around_.broken("it ends", "too many steps");
    }
    // Who is woken is expected to have done what was due.
    if (wake_machines() && ++wakings > most_wakings) {
      ended_ = false;
      return around_.broken("it ends", "a machine is woken again and again, and does nothing");
    }
    const auto planned = around_.time.next();
    if (planned && *planned <= around_.time.now()) around_.time.run_next();
  }
}

bool world::wake_machines() {
  const nanoseconds now = around_.time.now();
  bool woken = false;
  if (const auto due = server_.wake_at(); due && *due <= now) server_.wake(), woken = true;
  for (const auto& client : clients_)
    if (const auto due = client->wake_at(); due && *due <= now) client->wake(), woken = true;
  return woken;
}

// ---- plans ----------------------------------------------------------------------------------

client_host& world::any_client() {
  return *clients_[around_.fate.below(clients_.size())];
}

request_kind world::draw_kind() {
  // Half of them are of the plain kind.
  if (around_.fate.percent(40)) return request_kind::brief;
  return static_cast<request_kind>(around_.fate.below(request_kinds));
}

nanoseconds world::draw_timeout(request_kind kind) {
  switch (around_.fate.below(6)) {
    case 0:
      return around_.fate.between(500ms, 10s);
    case 1:
      if (kind != request_kind::ignored) return 600s;
      [[fallthrough]];
    default:
      return 60s;
  }
}

std::vector<std::uint64_t> world::draw_orders(request_kind kind) {
  // What is never answered would hold up all the others.
  const bool may_stand_in_order = kind != request_kind::ignored && kind != request_kind::nearest_dc;
  if (!may_stand_in_order || !around_.fate.percent(15)) return {};
  if (around_.fate.percent(80)) return {around_.fate.between(1, 2)};
  return {1, 2};
}

void world::plan_requests() {
  for (const auto& client : clients_) {
    const std::size_t number = static_cast<std::size_t>(&client - clients_.data());
    for (std::uint32_t i = 0; i < plan_.clients[number].requests; ++i) {
      const nanoseconds when = around_.fate.between(0s, plan_.storm);
      const request_kind kind = draw_kind();
      const nanoseconds timeout = draw_timeout(kind);
      const std::vector<std::uint64_t> orders = draw_orders(kind);
      // Often several at once.
      const std::uint64_t burst = around_.fate.percent(15) ? around_.fate.between(2, 12) : 1;
      for (std::uint64_t one = 0; one < burst; ++one)
        around_.time.at(when, [&client = *client, kind, timeout, orders] {
          client.request(kind, timeout, orders);
        });
      if (around_.fate.percent(8))
        around_.time.at(when + around_.fate.between(0ms, 3s),
                        [&client = *client] { client.cancel_any(); });
    }
  }
}

void world::plan_pushes() {
  for (std::uint32_t i = 0; i < plan_.pushes; ++i)
    around_.time.at(around_.fate.between(0s, plan_.storm + 60s), [this] {
      const std::size_t number = around_.fate.below(clients_.size());
      if (const auto session = clients_[number]->session()) server_.push(*session, number);
    });
  for (std::uint32_t i = 0; i < plan_.server_questions; ++i)
    around_.time.at(around_.fate.between(0s, plan_.storm), [this] { server_.ask_client(); });
}

void world::plan_faults() {
  using enum fault;
  for (const fault kind : {connection_cut_between,
                           replayed_to_server_same_connection,
                           replayed_to_server_other_connection,
                           replayed_to_server_by_stranger,
                           replayed_to_client_same_connection,
                           replayed_to_client_other_connection,
                           false_key_unknown,
                           server_restarted_sessions_lost,
                           server_restarted_salts_lost,
                           server_restarted_keys_lost,
                           server_dropped_session,
                           server_hung_up,
                           server_refused_connection,
                           server_clock_ahead,
                           server_clock_back,
                           client_clock_ahead,
                           client_clock_back,
                           client_asleep,
                           client_restarted,
                           exchange_retry,
                           exchange_fail})
    plan_fault(kind);
}

void world::plan_fault(fault kind) {
  for (std::uint32_t i = 0; i < plan_.odds_of(kind); ++i)
    around_.time.at(around_.fate.between(0s, plan_.storm), [this, kind] { befall(kind); });
}

void world::befall(fault kind) {
  switch (kind) {
    case fault::connection_cut_between:
      if (const auto connection = net_.any()) {
        around_.inject(kind, "connection " + std::to_string(*connection));
        net_.cut(*connection);
      }
      return;
    case fault::client_clock_ahead:
    case fault::client_clock_back:
    case fault::client_asleep:
    case fault::client_restarted:
      return befall_client(kind);
    default:
      return befall_server(kind);
  }
}

void world::befall_server(fault kind) {
  switch (kind) {
    case fault::replayed_to_server_same_connection:
      return server_.replay_same();
    case fault::replayed_to_server_other_connection:
      return server_.replay_other();
    case fault::replayed_to_server_by_stranger:
      return server_.replay_by_stranger();
    case fault::replayed_to_client_same_connection:
      return server_.replay_to_client(true);
    case fault::replayed_to_client_other_connection:
      return server_.replay_to_client(false);
    case fault::false_key_unknown:
      return server_.false_key_unknown();
    case fault::server_restarted_sessions_lost:
      return server_.restart(server_host::loss::sessions);
    case fault::server_restarted_salts_lost:
      return server_.restart(server_host::loss::salts);
    case fault::server_restarted_keys_lost:
      return server_.restart(server_host::loss::keys);
    case fault::server_dropped_session:
      return server_.drop_session();
    case fault::server_hung_up:
      return server_.hang_up();
    case fault::server_refused_connection:
      return server_.refuse_connection();
    case fault::exchange_retry:
      return server_.force_exchange(mtproto::dh_answer::retry);
    case fault::exchange_fail:
      return server_.force_exchange(mtproto::dh_answer::fail);
    case fault::server_clock_ahead:
      around_.inject(kind);
      return server_.clock().jump(around_.fate.between(1s, 2h));
    case fault::server_clock_back:
      around_.inject(kind);
      return server_.clock().jump(-around_.fate.between(1s, 2h));
    default:
      return;
  }
}

void world::befall_client(fault kind) {
  client_host& client = any_client();
  const bool is_clock = kind == fault::client_clock_ahead || kind == fault::client_clock_back;
  if (is_clock && client.plan().needs_right_clock()) return;
  switch (kind) {
    case fault::client_clock_ahead:
      around_.inject(kind);
      return client.clock().jump(around_.fate.between(1s, 3h));
    case fault::client_clock_back:
      around_.inject(kind);
      return client.clock().jump(-around_.fate.between(1s, 3h));
    case fault::client_asleep:
      // Awake in calm.
      return client.sleep(
          std::min(around_.fate.between(1s, plan_.storm / 4), plan_.storm - around_.time.now()));
    case fault::client_restarted:
      return client.restart();
    default:
      return;
  }
}

// ---- the end --------------------------------------------------------------------------------

void world::close_books() {
  if (!around_.breaches.empty()) return;
  books_.balance();
  // With a restart the server forgets which salts it has promised: that costs each client a
  // refusal, an hour later at most.
  const std::uint64_t restarts = around_.counts.of(fault::server_restarted_sessions_lost) +
                                 around_.counts.of(fault::server_restarted_salts_lost);
  const std::size_t refusals = tap_.refusals_since(plan_.storm + refusals_end);
  around_.require(refusals <= (restarts == 0 ? 0 : 4 * clients_.size()),
                  "in calm nothing is refused any more",
                  "the server still refused " + std::to_string(refusals) + " times");
  for (const auto& client : clients_) {
    const auto session = client->session();
    // In a new one, of another temporary key, acknowledgements may still be due.
    if (!session || client->session_since() > around_.time.now() - settling) continue;
    tap_.expect_nothing_owed(*session);
    const auto load = server_.load(*session);
    const mtproto::session_load kept = load.value_or(mtproto::session_load());
    around_.require(kept.messages == 0 && kept.bytes == 0, "no queue grows without bound",
                    "the server still keeps " + std::to_string(kept.messages) + " messages of " +
                        std::to_string(kept.bytes) + " bytes that are acknowledged");
    const mtproto::client_load own = client->load().session;
    around_.require(own.calls == 0 && own.service_messages == 0 && own.unsent_acks == 0,
                    "no queue grows without bound", "a client keeps what is done with");
  }
}

verdict run_seed(std::uint64_t seed, log_sink sink) {
  return world(draw_scenario(seed), std::move(sink)).run();
}

}  // namespace corogram::simulation

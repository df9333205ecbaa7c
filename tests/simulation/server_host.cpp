#include "server_host.hpp"

#include <corogram/crypto/rsa.hpp>
#include <corogram/testdc/proxy_rules.hpp>
#include <corogram/transport/errc.hpp>
#include <corogram/transport/fake_tls_hello.hpp>

#include <support/rsa_test_key.hpp>

#include <algorithm>

namespace corogram::simulation {
namespace {

using namespace std::chrono_literals;

/// As the shell of the test data centre has them.
constexpr std::chrono::seconds first_packet_timeout{30};
constexpr std::chrono::seconds packet_timeout{60};
/// How many packets are kept to be replayed.
constexpr std::size_t packets_kept = 100;

const crypto::rsa_private_key& private_key() {
  static const auto key = *crypto::rsa_private_key::from_pem(test::rsa_test_key);
  return key;
}

mtproto::server_config protocol_config(bool wants_introductions) {
  mtproto::server_config config;
  if (wants_introductions)
    config.exchange.strictness.set(mtproto::rule::connection_inited, mtproto::strictness::strict);
  config.exchange.keys.push_back(*crypto::rsa_private_key::from_pem(test::rsa_test_key));
  return config;
}

std::string describe(const mtproto::session_key& session) {
  return "session " + std::to_string(session.session_id);
}

}  // namespace

transport::proxy_secret proxy_secret(transport::proxy_secret::kind kind) {
  using kinds = transport::proxy_secret::kind;
  core::byte_buffer secret;
  if (kind == kinds::padded) secret.push_back(0xdd);
  if (kind == kinds::fake_tls) secret.push_back(0xee);
  core::append(secret, core::test_random(0x5ec7e7 + static_cast<std::uint64_t>(kind)).array<16>());
  if (kind == kinds::fake_tls) core::append(secret, core::as_bytes("example.com"));
  return *transport::proxy_secret::from_bytes(secret);
}

const crypto::rsa_public_key& server_host::public_key() {
  static const crypto::rsa_public_key key = private_key().public_key();
  return key;
}

server_host::server_host(setting& around, network& net, wiretap& tap, ledger& books)
    : around_(around),
      net_(net),
      tap_(tap),
      books_(books),
      clock_(around.time),
      random_(around.plan.seed ^ 0x7365'7276u) {
  auto secrets = std::make_shared<transport::secret_list>();
  using kind = transport::proxy_secret::kind;
  for (const kind one : {kind::simple, kind::padded, kind::fake_tls})
    secrets->push_back(proxy_secret(one));
  transport_.secrets = std::move(secrets);
  transport_.hellos = std::make_shared<transport::hello_memory>();
  transport_.http = true;
  transport_.websocket = true;
  net.attach_server(*this, [this](std::uint64_t connection) { accepted(connection); });
  start();
}

void server_host::start() {
  ++life_;
  testdc::address self;
  self.port = 443;
  center_ = std::make_unique<testdc::data_center>(
      self, protocol_config(around_.plan.wants_introductions), random_);
  add_methods();
}

// ---- bytes ----------------------------------------------------------------------------------

void server_host::accepted(std::uint64_t connection) {
  end& fresh =
      ends_.try_emplace(connection, transport::server_stream(transport_, random_)).first->second;
  fresh.due = clock_.now().steady + first_packet_timeout;
  center_->connection_opened(connection, clock_.now());
  flush();
}

void server_host::bytes_arrived(std::uint64_t connection, core::byte_view bytes) {
  const auto at = ends_.find(connection);
  if (at == ends_.end() || at->second.hung_up) return;
  end& from = at->second;
  // The proxy's clock is right, whatever the server's is.
  from.stream.feed(bytes,
                   {beginning.steady + around_.time.now(), beginning.wall + around_.time.now()});
  while (true) {
    const auto incoming = from.stream.poll();
    if (!incoming) {
      refuse(connection, from, incoming.error());
      break;
    }
    meet(connection, from);
    if (!*incoming) {
      send_replies(connection, from);
      set_due(from);
      break;
    }
    if (const auto* const packet = std::get_if<transport::packet>(&**incoming))
      take_packet(connection, from, *packet);
    if (!ends_.contains(connection)) break;
  }
  flush();
}

void server_host::count_road(const transport::server_stream& stream) {
  if (stream.detected() == transport::framing::http)
    around_.counts.count(happening::connections_over_http);
  if (stream.carried_by() == transport::carrier_kind::websocket)
    around_.counts.count(happening::connections_over_websocket);
  if (stream.carried_by() == transport::carrier_kind::fake_tls)
    around_.counts.count(happening::connections_over_fake_tls);
  if (stream.secret_index()) around_.counts.count(happening::connections_under_proxy_secret);
}

/// Once it is known how a client speaks, as the shell of the test data centre does it.
void server_host::meet(std::uint64_t connection, end& at) {
  if (at.met || !at.stream.detected()) return;
  at.met = true;
  count_road(at.stream);
  if (at.stream.detected() == transport::framing::http)
    center_->protocol().connection_is_http(connection);
  constexpr auto invalid_dc = static_cast<std::int32_t>(transport::transport_code::invalid_dc);
  if (at.stream.secret_index() && !testdc::is_proxied_dc(center_->self(), *at.stream.dc_id()))
    center_->protocol().fail_connection(connection, invalid_dc, clock_.now());
}

/// What cannot be understood ends the connection. Before anything was understood it may come from a
/// prober, who hears nothing.
void server_host::refuse(std::uint64_t connection, end& at, const core::error& why) {
  if (around_.logging())
    around_.log("server", "connection " + std::to_string(connection) + ": " + why.message());
  around_.require(net_.altered(connection) || why.code == transport::errc::foreign_tls_hello,
                  "what nobody altered is understood", "by the server: " + why.message());
  at.hung_up = why.code == transport::errc::unknown_protocol ||
               why.code == transport::errc::bad_obfuscation ||
               why.code == transport::errc::foreign_tls_hello;
  if (at.hung_up) return;
  send_replies(connection, at);
  fail(connection);
}

/// Sends what the transport has to say by itself.
void server_host::send_replies(std::uint64_t connection, end& at) {
  core::byte_buffer bytes;
  if (at.stream.poll_transmit(bytes)) net_.send(connection, heading::to_client, std::move(bytes));
}

void server_host::set_due(end& at) {
  if (!at.stream.is_mid_packet()) {
    if (at.had_packet) at.due.reset();
  } else if (!at.due) {
    at.due = clock_.now().steady + packet_timeout;
  }
}

void server_host::take_packet(std::uint64_t connection, end& at, const transport::packet& packet) {
  at.had_packet = true;
  at.due.reset();
  from_clients_.push_back({connection, {packet.payload.begin(), packet.payload.end()}});
  if (from_clients_.size() > packets_kept) from_clients_.pop_front();
  if (at.stream.secret_index() && !testdc::is_relayed(packet.payload)) return fail(connection);
  handle(connection, packet.payload, packet.quick_ack_requested);
}

void server_host::handle(std::uint64_t connection, core::byte_view packet, bool quick_ack) {
  taken_.push_back({connection, {packet.begin(), packet.end()}});
  core::byte_buffer copy(packet.begin(), packet.end());
  center_->handle_packet(connection, copy, quick_ack, clock_.now());
}

void server_host::connection_ended(std::uint64_t connection, bool) {
  if (!ends_.contains(connection)) return;
  fail(connection);
  flush();
}

/// Closes a connection from this side, in whatever state it is.
void server_host::fail(std::uint64_t connection) {
  net_.close(connection, heading::to_client);
  ends_.erase(connection);
  center_->connection_closed(connection, clock_.now());
}

void server_host::flush() {
  mtproto::server_output output;
  while (center_->poll_transmit(output, clock_.now())) perform(output);
  // Of a connection that was given up it is not known which packet was the last that counted.
  for (const auto& [connection, bytes] : std::exchange(taken_, {}))
    if (const auto at = ends_.find(connection); at != ends_.end() && !at->second.hung_up)
      tap_.arrived(bytes);
  while (const auto event = center_->poll_event()) note(*event);
}

void server_host::perform(const mtproto::server_output& output) {
  const auto* const packet = std::get_if<mtproto::send_packet>(&output.action);
  const std::string where =
      around_.logging() ? "connection " + std::to_string(output.connection) : std::string();
  if (packet != nullptr) tap_.sent(mtproto::role::server, packet->packet, where);
  const auto at = ends_.find(output.connection);
  if (at == ends_.end() || at->second.hung_up) return;
  send_replies(output.connection, at->second);
  const bool is_close = std::holds_alternative<mtproto::hang_up>(output.action);
  if (!is_close && !at->second.stream.can_write())
    return around_.broken("a server over HTTP answers queries only", where);
  core::byte_buffer bytes;
  if (packet != nullptr) {
    const core::byte_view whole = packet->packet;
    to_clients_.push_back({output.connection, {whole.begin(), whole.end()}});
    if (to_clients_.size() > packets_kept) to_clients_.pop_front();
    at->second.stream.write_packet(packet->packet, bytes);
  } else if (const auto* const ack = std::get_if<mtproto::send_quick_ack>(&output.action)) {
    at->second.stream.write_quick_ack(ack->token, bytes);
  } else if (const auto* const error = std::get_if<mtproto::send_transport_error>(&output.action)) {
    if (around_.logging()) around_.log(where, " <- error " + std::to_string(error->code));
    at->second.stream.write_transport_error(error->code, bytes);
  } else {
    at->second.hung_up = true;
    const std::uint64_t connection = output.connection;
    around_.time.after(0s, [this, connection] { connection_ended(connection, false); });
  }
  net_.send(output.connection, heading::to_client, std::move(bytes));
}

std::optional<nanoseconds> server_host::wake_at() const {
  std::optional<core::deadline> first = center_->poll_deadline();
  for (const auto& [id, at] : ends_)
    if (at.due && (!first || *at.due < *first)) first = at.due;
  if (!first) return std::nullopt;
  return clock_.due_at(*first);
}

void server_host::wake() {
  const core::instant now = clock_.now();
  std::vector<std::uint64_t> late;
  for (const auto& [id, at] : ends_)
    if (at.due && *at.due <= now.steady) late.push_back(id);
  for (const std::uint64_t id : late) fail(id);
  center_->handle_timeout(now);
  flush();
}

// ---- events ---------------------------------------------------------------------------------

void server_host::note(const testdc::data_center_event& event) {
  if (const auto* const one = std::get_if<mtproto::server_event>(&event)) note(*one);
}

void server_host::note(const mtproto::server_event& event) {
  if (const auto* const created = std::get_if<mtproto::key_created>(&event)) {
    around_.counts.count(happening::key_exchanges);
    keys_.push_back(created->key.auth_key_id);
    tap_.learn_key(*center_->protocol().key(created->key.auth_key_id));
    if (around_.logging()) around_.log("server", "a key was agreed on");
  } else if (const auto* const begun = std::get_if<mtproto::session_created>(&event)) {
    around_.counts.count(happening::sessions);
    life_of(begun->session);
    if (around_.logging()) around_.log("server", "made " + describe(begun->session));
  } else if (const auto* const gone = std::get_if<mtproto::session_removed>(&event)) {
    session_lives_.erase(gone->session);
    tap_.session_lost(gone->session);
    if (around_.logging()) around_.log("server", "forgot " + describe(gone->session));
  } else if (const auto* const broken = std::get_if<mtproto::violation_event>(&event)) {
    const mtproto::rule which = broken->what.which;
    // What clocks, salts and replayed packets lead to; the rest a client never does.
    const bool is_weather = which == mtproto::rule::message_time || which == mtproto::rule::salt ||
                            which == mtproto::rule::zero_salt ||
                            which == mtproto::rule::message_window ||
                            which == mtproto::rule::container_id;
    // What waits on one connection somebody may have put on another.
    const bool is_misplaced = which == mtproto::rule::http_wait_elsewhere &&
                              around_.counts.of(fault::replayed_to_server_other_connection) +
                                      around_.counts.of(fault::replayed_to_server_by_stranger) !=
                                  0;
    // Who has introduced himself is forgotten with everything else; and a call that waited for
    // another may find its temporary key replaced.
    const bool is_forgotten = which == mtproto::rule::connection_inited &&
                              (life_ > 1 || around_.plan.has_temporary_keys());
    if (broken->session && !is_weather && !is_misplaced && !is_forgotten)
      around_.broken("clients break no rule of the server's", broken->what.what);
  } else if (const auto* const fault = std::get_if<mtproto::connection_fault>(&event)) {
    if (around_.logging())
      around_.log("server", "connection " + std::to_string(fault->connection) + ": " +
                                fault->reason.message());
  }
}

server_host::session_life server_host::life_of(const mtproto::session_key& session) {
  const auto [at, is_new] = session_lives_.try_emplace(session);
  if (is_new) at->second = {++last_session_life_, around_.time.now()};
  return at->second;
}

std::optional<mtproto::session_load> server_host::load(const mtproto::session_key& session) {
  return center_->protocol().load(session);
}

}  // namespace corogram::simulation

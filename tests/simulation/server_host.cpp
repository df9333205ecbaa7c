#include "server_host.hpp"

#include <corogram/crypto/rsa.hpp>

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

core::secret_array<16> proxy_secret() {
  core::secret_array<16> secret;
  core::test_random(0x5ec7e7).fill(secret.span());
  return secret;
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
  secrets->push_back(*transport::proxy_secret::from_bytes(proxy_secret().view()));
  transport_.secrets = std::move(secrets);
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
  at->second.stream.feed(bytes);
  while (true) {
    const auto incoming = at->second.stream.poll();
    if (!incoming) {
      if (around_.logging())
        around_.log("server",
                    "connection " + std::to_string(connection) + ": " + incoming.error().message());
      fail(connection);
      break;
    }
    if (!*incoming) {
      set_due(at->second);
      break;
    }
    if (const auto* const packet = std::get_if<transport::packet>(&**incoming))
      take_packet(connection, at->second, *packet);
  }
  flush();
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
  handle(connection, packet.payload, packet.quick_ack_requested);
}

void server_host::handle(std::uint64_t connection, core::byte_view packet, bool quick_ack) {
  taken_.push_back({connection, {packet.begin(), packet.end()}});
  center_->handle_packet(connection, packet, quick_ack, clock_.now());
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
  core::byte_buffer bytes;
  if (packet != nullptr) {
    to_clients_.push_back({output.connection, packet->packet});
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
    // Who has introduced himself is forgotten with everything else; and a call that waited for
    // another may find its temporary key replaced.
    const bool is_forgotten = which == mtproto::rule::connection_inited &&
                              (life_ > 1 || around_.plan.has_temporary_keys());
    if (broken->session && !is_weather && !is_forgotten)
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

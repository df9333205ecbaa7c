// What may befall the server, and what somebody between it and its clients can do.

#include "server_host.hpp"

#include <corogram/core/packet_buffer.hpp>
#include <corogram/transport/http.hpp>

namespace corogram::simulation {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t first_stranger = std::uint64_t{1} << 40;

// Over HTTP somebody in between has to write queries and responses as the two ends do.

core::byte_buffer query_over_http(core::byte_view packet) {
  core::packet_buffer query(packet);
  transport::http(transport::role::client, transport::hard_max_payload, {"server", "/api"})
      .enclose(query);
  return {query.view().begin(), query.view().end()};
}

core::byte_buffer response_over_http(std::string_view status, core::byte_view packet) {
  const std::string head = "HTTP/1.1 " + std::string(status) +
                           "\r\nContent-Length: " + std::to_string(packet.size()) + "\r\n\r\n";
  return core::concat(core::as_bytes(head), packet);
}

}  // namespace

void server_host::provision(const mtproto::auth_key& key, std::int64_t salt) {
  center_->protocol().add_key({key.clone(), salt}, clock_.now());
  keys_.push_back(key.id());
  tap_.learn_key(key);
  around_.counts.count(happening::keys_provisioned);
}

void server_host::restart(loss what) {
  constexpr fault kinds[] = {fault::server_restarted_sessions_lost,
                             fault::server_restarted_salts_lost, fault::server_restarted_keys_lost};
  around_.inject(kinds[static_cast<std::size_t>(what)]);
  net_.cut_all();
  ends_.clear();
  session_lives_.clear();
  tap_.all_sessions_lost();
  std::vector<kept_key> kept;
  for (const std::int64_t id : keys_) {
    const auto state = center_->protocol().find_key(id);
    const auto salt = center_->protocol().current_salt(id, clock_.now());
    if (state && salt) kept.push_back({*state, *salt});
  }
  start();
  keys_.clear();
  if (what != loss::keys) restore(kept, what == loss::sessions);
}

void server_host::restore(const std::vector<kept_key>& kept, bool with_salts) {
  const core::instant now = clock_.now();
  mtproto::server& protocol = center_->protocol();
  for (const auto& [state, salt] : kept) {
    std::optional<mtproto::key_expiry> expiry;
    if (state.temporary())
      expiry = mtproto::key_expiry{now.steady + std::chrono::seconds(*state.expires_at) - now.wall,
                                   *state.expires_at};
    protocol.add_key({tap_.key(state.auth_key_id)->clone(),
                      with_salts ? salt : random_.integer<std::int64_t>(), expiry},
                     now);
    keys_.push_back(state.auth_key_id);
  }
  for (const auto& [state, salt] : kept)
    if (state.temporary() && state.bound_to)
      protocol.bind_temporary_key(state.auth_key_id, *state.bound_to);
}

std::optional<mtproto::session_key> server_host::any_session() {
  std::vector<mtproto::session_key> all;
  for (const auto& [session, life] : session_lives_) all.push_back(session);
  if (all.empty()) return std::nullopt;
  return all[around_.fate.below(all.size())];
}

void server_host::drop_session() {
  const auto session = any_session();
  if (!session) return;
  around_.inject(fault::server_dropped_session);
  center_->protocol().remove_session(*session, clock_.now());
  wake();
}

void server_host::hang_up() {
  const auto connection = net_.any();
  if (!connection) return;
  around_.inject(fault::server_hung_up, "connection " + std::to_string(*connection));
  center_->protocol().hang_up_connection(*connection, clock_.now());
  flush();
}

void server_host::refuse_connection() {
  const auto connection = net_.any();
  if (!connection) return;
  const auto at = ends_.find(*connection);
  if (at == ends_.end() || at->second.hung_up || !at->second.stream.can_write()) return;
  around_.inject(fault::server_refused_connection, "connection " + std::to_string(*connection));
  constexpr std::int32_t flood = -429;
  center_->protocol().fail_connection(*connection, flood, clock_.now());
  flush();
}

void server_host::force_exchange(mtproto::dh_answer answer) {
  center_->protocol().force_exchange_answers({answer});
}

void server_host::ask_client() {
  const auto session = any_session();
  if (!session) return;
  around_.counts.count(happening::server_questions);
  mtproto::server& protocol = center_->protocol();
  switch (around_.fate.below(3)) {
    case 0:
      protocol.request_state(*session, clock_.now());
      break;
    case 1:
      protocol.announce(*session, clock_.now());
      break;
    default:
      protocol.ping(*session, static_cast<std::int64_t>(around_.fate.number()), clock_.now());
  }
  flush();
}

void server_host::push(const mtproto::session_key& session, std::size_t client) {
  if (!session_lives_.contains(session)) return;
  center_->protocol().push(session, books_.push(client), clock_.now());
  flush();
}

// ---- somebody in between --------------------------------------------------------------------

const server_host::seen_packet* server_host::any_seen() {
  if (from_clients_.empty()) return nullptr;
  return &from_clients_[around_.fate.below(from_clients_.size())];
}

void server_host::replay(std::uint64_t connection, const seen_packet& packet, fault kind) {
  around_.inject(kind, "connection " + std::to_string(packet.connection) + " to " +
                           std::to_string(connection));
  const core::byte_buffer copy = packet.bytes;
  if (is_http(connection)) return bytes_arrived(connection, query_over_http(copy));
  handle(connection, copy, false);
  flush();
}

bool server_host::is_http(std::uint64_t connection) const {
  const auto at = ends_.find(connection);
  return at != ends_.end() && at->second.stream.detected() == transport::framing::http;
}

bool server_host::may_inject(std::uint64_t connection) const {
  const auto at = ends_.find(connection);
  if (at == ends_.end()) return false;
  const transport::server_stream& stream = at->second.stream;
  return is_http(connection) ? !stream.is_mid_packet() : stream.can_write();
}

void server_host::replay_same() {
  const seen_packet* const packet = any_seen();
  if (packet == nullptr || !may_inject(packet->connection)) return;
  replay(packet->connection, *packet, fault::replayed_to_server_same_connection);
}

void server_host::replay_other() {
  const seen_packet* const packet = any_seen();
  const auto connection = net_.any();
  if (packet == nullptr || !connection || *connection == packet->connection) return;
  if (!may_inject(*connection)) return;
  replay(*connection, *packet, fault::replayed_to_server_other_connection);
}

void server_host::replay_by_stranger() {
  const seen_packet* const packet = any_seen();
  if (packet == nullptr) return;
  const std::uint64_t connection = first_stranger + ++strangers_;
  center_->connection_opened(connection, clock_.now());
  replay(connection, *packet, fault::replayed_to_server_by_stranger);
  around_.time.after(around_.fate.between(1s, 60s), [this, connection] {
    center_->connection_closed(connection, clock_.now());
    flush();
  });
}

void server_host::replay_to_client(bool same_connection) {
  if (to_clients_.empty()) return;
  const seen_packet& packet = to_clients_[around_.fate.below(to_clients_.size())];
  const auto other = same_connection ? packet.connection : net_.any().value_or(0);
  if (other == packet.connection && !same_connection) return;
  const auto at = ends_.find(other);
  if (at == ends_.end() || at->second.hung_up || !may_inject(other)) return;
  around_.inject(
      same_connection ? fault::replayed_to_client_same_connection
                      : fault::replayed_to_client_other_connection,
      "connection " + std::to_string(packet.connection) + " to " + std::to_string(other));
  core::byte_buffer bytes;
  if (is_http(other))
    bytes = response_over_http("200 OK", packet.bytes);
  else
    at->second.stream.write_packet(packet.bytes, bytes);
  net_.send(other, heading::to_client, std::move(bytes));
}

void server_host::false_key_unknown() {
  const auto connection = net_.any();
  if (!connection) return;
  const auto at = ends_.find(*connection);
  if (at == ends_.end() || at->second.hung_up || !may_inject(*connection)) return;
  around_.inject(fault::false_key_unknown, "connection " + std::to_string(*connection));
  core::byte_buffer bytes;
  constexpr std::int32_t not_found = -404;
  if (is_http(*connection))
    bytes = response_over_http("404 Not Found", {});
  else
    at->second.stream.write_transport_error(not_found, bytes);
  net_.send(*connection, heading::to_client, std::move(bytes));
}

}  // namespace corogram::simulation

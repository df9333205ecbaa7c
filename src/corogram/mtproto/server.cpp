#include <corogram/mtproto/plain_message.hpp>
#include <corogram/mtproto/server.hpp>
#include <corogram/mtproto/server_impl.hpp>
#include <corogram/service/functions/ping.hpp>
#include <corogram/service/types/MsgDetailedInfo.hpp>
#include <corogram/service/types/MsgsStateReq.hpp>
#include <corogram/service/types/RpcError.hpp>
#include <corogram/tl/codec.hpp>

#include <algorithm>

namespace corogram::mtproto {

server::state::state(server_config config_, core::random_source& random_)
    : config(std::move(config_)),
      random(random_),
      rules(config.exchange.strictness),
      exchange(std::move(config.exchange), keys, random) {}

core::instant server::state::steadied(core::instant now) {
  clock.observe(now);
  return {now.steady, clock.time(now)};
}

void server::state::close(connection& link) {
  if (link.closing) return;
  link.closing = true;
  outputs.push_back({link.id, hang_up{}});
}

void server::state::refuse(connection& link, std::int32_t code, core::error why) {
  if (link.closing) return;
  //= TR-28
  outputs.push_back({link.id, send_transport_error{code}});
  close(link);
  fault(link, why);
}

void server::state::fault(const connection& link, core::error why) {
  // Events that nobody takes away must not fill the memory; this one can be missed.
  if (events.size() < config.limits.events) report(connection_fault{link.id, why});
}

void server::state::detach(connection& link, core::instant now) {
  if (link.disconnect_at) disconnect_timers.erase({*link.disconnect_at, link.id});
  link.disconnect_at.reset();
  if (!link.session) return;
  server_session* const session = find_session(*link.session);
  link.session.reset();
  if (session == nullptr) return;
  std::erase(session->connections, link.id);
  //= DESC-26
  for (const auto& [msg_id, message] : session->unacknowledged)
    if (message.sent_on == link.id) session->enqueue_again(msg_id);
  if (session->connections.empty()) {
    session->idle_until = now.steady + config.limits.idle_session;
    idle_timers.insert({*session->idle_until, session->name});
  } else {
    schedule(*session);
  }
}

bool server::state::admits(const origin& from, rule which, std::string_view what) {
  if (rules.of(which) == strictness::record) {
    // Once is enough for a report, and keeps a busy client from filling it.
    const auto index = static_cast<std::size_t>(which);
    if (from.session.recorded.test(index)) return true;
    from.session.recorded.set(index);
  }
  return rules.admits(which, what, [&](violation found) {
    report(violation_event{from.link.id, from.session.name, std::move(found)});
  });
}

server::server(server_config config, core::random_source& random)
    : state_(std::make_unique<state>(std::move(config), random)) {}
server::server(server&&) noexcept = default;
server& server::operator=(server&&) noexcept = default;
server::~server() = default;

void server::connection_opened(connection_id connection, core::instant) {
  state& s = *state_;
  const auto [at, is_new] = s.connections.try_emplace(connection);
  if (!is_new) return;
  at->second.id = connection;
  if (s.connections.size() > s.config.limits.connections)
    s.refuse(at->second, error_flood, errc::limit_exceeded);
}

void server::connection_closed(connection_id connection, core::instant now) {
  state& s = *state_;
  now = s.steadied(now);
  const auto at = s.connections.find(connection);
  if (at == s.connections.end()) return;
  s.detach(at->second, now);
  s.connections.erase(at);
  const auto is_for_it = [&](const server_output& output) {
    return output.connection == connection;
  };
  std::erase_if(s.outputs, is_for_it);
  std::erase_if(s.sealed, is_for_it);
}

void server::connection_is_http(connection_id connection) {
  const auto at = state_->connections.find(connection);
  if (at != state_->connections.end() && !at->second.http) at->second.http.emplace();
}

void server::handle_packet(connection_id connection, core::byte_span packet, bool quick_ack,
                           core::instant now) {
  state& s = *state_;
  now = s.steadied(now);
  s.expire_keys(now);
  const auto at = s.connections.find(connection);
  if (at == s.connections.end() || at->second.closing) return;
  if (s.events.size() >= s.config.limits.events) {
    s.refuse(at->second, error_flood, errc::limit_exceeded);
    s.detach(at->second, now);
    return;
  }
  if (at->second.http && !s.note_query(at->second, now)) return;
  if (is_plain(packet))
    s.handle_plain(at->second, packet, now);
  else
    s.handle_encrypted(at->second, packet, quick_ack, now);
  if (at->second.closing) s.detach(at->second, now);
}

bool server::poll_transmit(server_output& out, core::instant now) {
  return state_->transmit(out, state_->steadied(now));
}

std::optional<server_event> server::poll_event() {
  auto& events = state_->events;
  if (events.empty()) return std::nullopt;
  server_event next = std::move(events.front());
  events.pop_front();
  return next;
}

std::optional<core::deadline> server::poll_deadline() const {
  const state& s = *state_;
  std::optional<core::deadline> earliest = s.keys.poll_deadline();
  const auto consider = [&](std::optional<core::deadline> candidate) {
    if (candidate && (!earliest || *candidate < *earliest)) earliest = candidate;
  };
  consider(s.exchange.poll_deadline());
  if (!s.ack_timers.empty()) consider(s.ack_timers.begin()->first);
  if (!s.http_timers.empty()) consider(s.http_timers.begin()->first);
  if (!s.idle_timers.empty()) consider(s.idle_timers.begin()->first);
  if (!s.disconnect_timers.empty()) consider(s.disconnect_timers.begin()->first);
  return earliest;
}

void server::handle_timeout(core::instant now) {
  state& s = *state_;
  now = s.steadied(now);
  s.expire_keys(now);
  s.exchange.handle_timeout(now);
  while (!s.ack_timers.empty() && s.ack_timers.begin()->first <= now.steady) {
    const session_key name = s.ack_timers.begin()->second;
    s.ack_timers.erase(s.ack_timers.begin());
    if (server_session* const session = s.find_session(name)) {
      session->ack_timer_set = false;
      if (session->acks.due(now))
        s.schedule(*session);
      else
        s.set_ack_timer(*session);
    }
  }
  while (!s.http_timers.empty() && s.http_timers.begin()->first <= now.steady) {
    const session_key name = s.http_timers.begin()->second;
    s.http_timers.erase(s.http_timers.begin());
    if (server_session* const session = s.find_session(name)) {
      session->http_timer.reset();
      s.schedule(*session);
    }
  }
  while (!s.disconnect_timers.empty() && s.disconnect_timers.begin()->first <= now.steady) {
    state::connection& link = s.connections.at(s.disconnect_timers.begin()->second);
    //= SM-21
    s.detach(link, now);
    s.close(link);
    s.fault(link, errc::timed_out);
  }
  while (!s.idle_timers.empty() && s.idle_timers.begin()->first <= now.steady) {
    s.remove_session(s.idle_timers.begin()->second);
  }
}

bool server::respond(const session_key& session, std::int64_t msg_id, core::byte_buffer body,
                     core::instant) {
  return state_->respond(session, msg_id, std::move(body));
}

bool server::respond_error(const session_key& session, std::int64_t msg_id, std::int32_t code,
                           std::string_view text, core::instant) {
  //= SM-04
  service::rpc_error error;
  error.error_code = code;
  error.error_message = text;
  return state_->respond(session, msg_id, tl::encode(error));
}

bool server::push(const session_key& session, core::byte_buffer body, core::instant) {
  server_session* const to = state_->find_session(session);
  if (to == nullptr) return false;
  queued_message message;
  message.body = std::move(body);
  message.content_related = true;
  to->enqueue(std::move(message));
  state_->schedule(*to);
  return state_->keep_within_limits(*to);
}

bool server::request_state(const session_key& session, core::instant) {
  server_session* const to = state_->find_session(session);
  if (to == nullptr) return false;
  std::vector<std::int64_t> subjects;
  for (const auto& [msg_id, message] : to->unacknowledged)
    if (subjects.size() < id_list_limit) subjects.push_back(msg_id);
  //= SMM-28
  service::msgs_state_req query;
  query.msg_ids = subjects;
  queued_message message;
  message.body = tl::encode(query);
  message.asks_about = std::move(subjects);
  to->enqueue(std::move(message));
  state_->schedule(*to);
  return state_->keep_within_limits(*to);
}

bool server::announce(const session_key& session, core::instant) {
  server_session* const to = state_->find_session(session);
  if (to == nullptr) return false;
  for (const auto& [msg_id, unacknowledged] : to->unacknowledged) {
    if (unacknowledged.answers) continue;
    //= SMM-37
    service::msg_new_detailed_info info;
    info.answer_msg_id = msg_id;
    info.bytes = static_cast<std::int32_t>(unacknowledged.body.size());
    queued_message message;
    message.body = tl::encode(info);
    to->enqueue(std::move(message));
  }
  state_->schedule(*to);
  return state_->keep_within_limits(*to);
}

bool server::ping(const session_key& session, std::int64_t ping_id, core::instant) {
  server_session* const to = state_->find_session(session);
  if (to == nullptr) return false;
  //= SM-18
  service::ping query;
  query.ping_id = ping_id;
  queued_message message;
  message.body = tl::encode(query);
  to->enqueue(std::move(message));
  state_->schedule(*to);
  return state_->keep_within_limits(*to);
}

bool server::add_key(stored_key key, core::instant) {
  return state_->keys.size() < state_->config.limits.keys && state_->keys.insert(std::move(key));
}

bool server::remove_key(std::int64_t auth_key_id, core::instant) {
  return state_->remove_key(auth_key_id);
}

std::optional<key_state> server::find_key(std::int64_t auth_key_id) const {
  const stored_key* const found = state_->keys.find(auth_key_id);
  if (found == nullptr) return std::nullopt;
  return state::describe(*found);
}

const auth_key* server::key(std::int64_t auth_key_id) const {
  const stored_key* const found = state_->keys.find(auth_key_id);
  return found == nullptr ? nullptr : &found->key;
}

bool server::bind_temporary_key(std::int64_t temporary_id, std::int64_t permanent_id) {
  return state_->keys.bind(temporary_id, permanent_id);
}

void server::force_exchange_answers(const std::vector<dh_answer>& answers) {
  state_->exchange.force_answers(answers);
}

std::vector<session_key> server::sessions_of(std::int64_t auth_key_id) const {
  std::vector<session_key> names;
  const auto record = state_->records.find(auth_key_id);
  if (record == state_->records.end()) return names;
  for (const auto& [session_id, session] : record->second.sessions)
    if (session->first_msg_id) names.push_back(session->name);
  return names;
}

bool server::connected(const session_key& session) const {
  const server_session* const found = state_->find_session(session);
  return found != nullptr && !found->connections.empty();
}

std::optional<session_load> server::load(const session_key& session) const {
  const server_session* const found = state_->find_session(session);
  if (found == nullptr) return std::nullopt;
  return session_load{found->stored_messages(), found->stored_bytes, found->calls.size()};
}

bool server::remove_session(const session_key& session, core::instant) {
  return state_->remove_session(session);
}

void server::hang_up_connection(connection_id connection, core::instant now) {
  now = state_->steadied(now);
  const auto at = state_->connections.find(connection);
  if (at == state_->connections.end()) return;
  state_->detach(at->second, now);
  state_->close(at->second);
}

void server::fail_connection(connection_id connection, std::int32_t code, core::instant now) {
  now = state_->steadied(now);
  const auto at = state_->connections.find(connection);
  if (at == state_->connections.end()) return;
  state_->detach(at->second, now);
  if (!at->second.closing) state_->outputs.push_back({connection, send_transport_error{code}});
  state_->close(at->second);
}

std::optional<std::int64_t> server::current_salt(std::int64_t auth_key_id, core::instant now) {
  if (!state_->keys.contains(auth_key_id)) return std::nullopt;
  return state_->current_salt(auth_key_id, state_->steadied(now));
}

}  // namespace corogram::mtproto

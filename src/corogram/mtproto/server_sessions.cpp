// Sessions: made by the first message that names them, bound to connections, forgotten.

#include <corogram/mtproto/server_impl.hpp>
#include <corogram/service/types/NewSession.hpp>
#include <corogram/tl/codec.hpp>

#include <algorithm>

namespace corogram::mtproto {

server_session* server::state::find_session(const session_key& name) {
  const auto record = records.find(name.auth_key_id);
  if (record == records.end()) return nullptr;
  const auto session = record->second.sessions.find(name.session_id);
  return session == record->second.sessions.end() ? nullptr : session->second.get();
}

server_session* server::state::find_or_make_session(const stored_key& key, std::int64_t session_id,
                                                    core::instant now) {
  const session_key name{key.key.id(), session_id};
  if (server_session* const known = find_session(name)) return known;
  auto& sessions = record_of(key, now).sessions;
  if (sessions.size() >= config.limits.sessions_per_key) {
    //= SM-31
    const auto idle = std::ranges::find_if(
        sessions, [](const auto& entry) { return entry.second->connections.empty(); });
    if (idle == sessions.end()) return nullptr;
    remove_session(idle->second->name);
  }
  return sessions
      .emplace(session_id, std::make_unique<server_session>(name, config.limits.ack_delay))
      .first->second.get();
}

void server::state::bind(connection& link, server_session& session, core::instant now) {
  //= GEN-03
  if (link.session && *link.session != session.name) detach(link, now);
  link.session = session.name;
  end_idleness(session);
  // Last in the choice, until it has said something new: what came may be a replay.
  if (std::ranges::find(session.connections, link.id) == session.connections.end())
    session.connections.insert(session.connections.begin(), link.id);
}

void server::state::prefer(const connection& link, server_session& session) {
  // The one that spoke last is the one that answers go to.
  if (std::erase(session.connections, link.id) != 0) session.connections.push_back(link.id);
}

void server::state::end_idleness(server_session& session) {
  if (session.idle_until) idle_timers.erase({*session.idle_until, session.name});
  session.idle_until.reset();
}

// By value: a caller may name the session by the very member that goes with it.
bool server::state::remove_session(session_key name) {
  server_session* const session = find_session(name);
  if (session == nullptr) return false;
  for (const connection_id id : session->connections) connections.at(id).session.reset();
  end_idleness(*session);
  const bool was_announced = session->first_msg_id.has_value();
  ready.erase(name);
  records.at(name.auth_key_id).sessions.erase(name.session_id);
  if (was_announced) report(session_removed{name});
  return true;
}

void server::state::announce_session(const origin& from, std::int64_t lowest_msg_id) {
  server_session& session = from.session;
  const bool created = !session.first_msg_id;
  //= SM-26
  if (!created && !earlier(lowest_msg_id, *session.first_msg_id)) return;
  if (created) {
    //= SM-27
    session.unique_id = random.integer<std::int64_t>();
    report(session_created{from.link.id, session.name, session.unique_id});
  }
  session.first_msg_id = lowest_msg_id;
  //= SM-25
  service::new_session_created notice;
  notice.first_msg_id = lowest_msg_id;
  notice.unique_id = session.unique_id;
  notice.server_salt = current_salt(session.name.auth_key_id, from.now);
  queued_message message;
  message.body = tl::encode(notice);
  //= SM-28
  message.content_related = true;
  session.enqueue(std::move(message));
}

bool server::state::keep_within_limits(server_session& session) {
  if (session.stored_messages() <= config.limits.queued_messages &&
      session.stored_bytes <= config.limits.queued_bytes)
    return true;
  //= SM-31
  //= WS-21
  remove_session(session.name);
  return false;
}

}  // namespace corogram::mtproto

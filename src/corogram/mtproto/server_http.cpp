// When a packet may go out: over TCP at once, over HTTP when a query waits for it and its time has
// come.

#include <corogram/mtproto/server_impl.hpp>
#include <corogram/tl/codec.hpp>

#include <ranges>

namespace corogram::mtproto {

bool server::state::note_query(connection& link, core::instant now) {
  if (link.http->size() < http_queries_limit) {
    link.http->arrived(now);
    return true;
  }
  refuse(link, error_flood, errc::limit_exceeded);
  detach(link, now);
  return false;
}

void server::state::note_response(connection_id id) {
  const auto at = connections.find(id);
  if (at != connections.end() && at->second.http) at->second.http->answered();
}

core::result<void> server::state::on_http_wait(const origin& from, core::byte_view body) {
  if (!from.link.http) {
    //= SM-47
    admits(from, rule::http_wait_elsewhere, "http_wait over another transport");
    return {};
  }
  COROGRAM_TRY(const auto asked, tl::decode_view<service::http_wait>(body));
  from.link.http->set_times(http_wait_times_of(*asked, config.limits.http_wait));
  return {};
}

std::optional<connection_id> server::state::choose_connection(server_session& session,
                                                              core::instant now) {
  if (session.queue.size() > session.queue_seen) {
    if (!session.queued_since) session.queued_since = waiting_since{now.steady, now.steady};
    session.queued_since->last = now.steady;
  }
  session.queue_seen = session.queue.size();

  const auto latest = [&](const std::optional<waiting_since>& messages) {
    for (const connection_id id : std::views::reverse(session.connections))
      if (may_speak(session, id, messages, now)) return std::optional(id);
    return std::optional<connection_id>();
  };
  if (!session.queue.empty()) {
    const std::optional<connection_id> any = latest(session.queued_since);
    for (const queued_message& message : session.queue) {
      //= SM-19
      if (!message.only_on && any) return any;
      if (message.only_on && may_speak(session, *message.only_on, session.queued_since, now))
        return message.only_on;
    }
  }
  if (session.acks.due(now)) return latest(waiting_since{now.steady, now.steady});
  //= SM-49
  // Over HTTP even nothing has to be said in the end.
  for (const connection_id id : session.connections)
    if (connections.at(id).http && may_speak(session, id, std::nullopt, now)) return id;
  return std::nullopt;
}

//= WS-17
bool server::state::may_speak(server_session& session, connection_id id,
                              const std::optional<waiting_since>& messages, core::instant now) {
  const std::optional<http_queries>& http = connections.at(id).http;
  if (!http) return true;
  if (!http->may_answer()) return false;
  const core::deadline due = http->due(messages);
  if (due <= now.steady) return true;
  if (!session.http_timer || due < *session.http_timer) {
    if (session.http_timer) http_timers.erase({*session.http_timer, session.name});
    session.http_timer = due;
    http_timers.insert({due, session.name});
  }
  return false;
}

}  // namespace corogram::mtproto

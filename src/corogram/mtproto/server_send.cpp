// From what is queued to packets: everything that a connection may carry for its session goes out
// together, in one container, as far as it fits.

#include <corogram/mtproto/container.hpp>
#include <corogram/mtproto/server_impl.hpp>
#include <corogram/service/types/MsgsAck.hpp>
#include <corogram/tl/codec.hpp>

#include <algorithm>

namespace corogram::mtproto {
namespace {

/// Collects the messages of one packet.
class packing {
 public:
  packing(server_session& session, connection_id target, core::instant now)
      : session_(session), target_(target), now_(now) {}

  [[nodiscard]] bool empty() const noexcept { return messages_.empty(); }
  [[nodiscard]] bool full() const noexcept {
    return messages_.size() >= container_limit || bytes_ >= server_content_limit;
  }
  [[nodiscard]] bool fits(std::size_t size) const noexcept {
    return empty() || bytes_ + size <= server_content_limit;
  }

  void add_acks() {
    //= SMM-02
    service::msgs_ack list;
    const std::vector<std::int64_t> ids = session_.acks.take();
    list.msg_ids = ids;
    for (const std::int64_t msg_id : ids)
      if (received_message* const message = session_.received.find(msg_id))
        message->acknowledged = true;
    bodies_.push_back(tl::encode(list));
    add(number(bodies_.back(), false, true));
  }

  void add(queued_message message) {
    if (message.resends != 0) {
      unacknowledged_message& again = session_.unacknowledged.at(message.resends);
      again.queued = false;
      again.sent_on = target_;
      //= SMM-34
      resent_ = true;
      return add({message.resends, again.seq_no, again.body});
    }
    message_view placed = number(message.body, message.content_related, message.response);
    if (message.content_related) {
      //= WS-04
      // Over every transport, HTTP too, nothing but an acknowledgement lets go of it.
      unacknowledged_message kept;
      kept.seq_no = placed.seq_no;
      kept.body = std::move(message.body);
      kept.answers = message.answers;
      kept.sent_on = target_;
      placed.body =
          session_.unacknowledged.emplace(placed.msg_id, std::move(kept)).first->second.body;
    } else {
      session_.stored_bytes -= message.body.size();
      bodies_.push_back(std::move(message.body));
      placed.body = bodies_.back();
    }
    if (message.answers != 0) answered(message.answers, placed.msg_id);
    if (!message.asks_about.empty()) {
      if (session_.state_queries.size() >= server_queries_limit)
        session_.state_queries.erase(session_.state_queries.begin());
      session_.state_queries[placed.msg_id] = std::move(message.asks_about);
    }
    add(placed);
  }

  core::byte_buffer seal(const auth_key& key, std::int64_t salt, core::random_source& random) {
    message_view outer;
    core::byte_buffer container;
    if (messages_.size() == 1 && !resent_) {
      outer = messages_.front();
    } else {
      //= WS-19
      //= GEN-06
      //= DESC-21
      //= SM-36
      write_container(messages_, container);
      outer = number(container, false, only_responses_ && !messages_.empty());
    }
    core::byte_buffer packet;
    seal_packet(key, role::server, {salt, session_.name.session_id}, outer, random, packet);
    return packet;
  }

 private:
  message_view number(core::byte_view body, bool is_content_related, bool response) {
    //= DESC-13
    only_responses_ = only_responses_ && response;
    const std::int64_t msg_id = session_.ids.next(now_.wall, response);
    return {msg_id, session_.seq_nos.next(is_content_related), body};
  }

  void add(const message_view& message) {
    messages_.push_back(message);
    bytes_ += container_entry_size + message.body.size();
  }

  /// The answer is out, which acknowledges the call.
  void answered(std::int64_t call_msg_id, std::int64_t answer_msg_id) {
    const auto call = session_.calls.find(call_msg_id);
    if (call != session_.calls.end()) call->second.answer_msg_id = answer_msg_id;
    //= SM-02
    //= DESC-25
    session_.acks.settle(call_msg_id);
    if (received_message* const message = session_.received.find(call_msg_id)) {
      message->call = call_progress::answer_sent;
      message->acknowledged = true;
    }
  }

  server_session& session_;
  connection_id target_;
  core::instant now_;
  std::vector<message_view> messages_;
  std::deque<core::byte_buffer> bodies_;
  std::size_t bytes_ = 0;
  bool resent_ = false;
  bool only_responses_ = true;
};

}  // namespace

bool server::state::transmit(server_output& out, core::instant now) {
  if (!outputs.empty()) {
    out = std::move(outputs.front());
    outputs.pop_front();
    const bool is_response = std::holds_alternative<send_packet>(out.action) ||
                             std::holds_alternative<send_transport_error>(out.action);
    if (is_response) note_response(out.connection);
    return true;
  }
  while (!ready.empty()) {
    const session_key name = *ready.begin();
    server_session* const session = find_session(name);
    const bool sent = session != nullptr && flush(*session, out, now);
    if (!ended_keys.empty()) {
      for (const std::int64_t key_id : std::exchange(ended_keys, {})) {
        const stored_key* const key = keys.find(key_id);
        if (key == nullptr) continue;
        // Destroyed is the permanent key, through whichever of the two it was asked for.
        remove_key(key->is_temporary() ? key->bound_to : key_id);
      }
    }
    if (sent) return true;
    ready.erase(name);
  }
  return false;
}

bool server::state::flush(server_session& session, server_output& out, core::instant now) {
  if (session.connections.empty()) return false;
  const auto is_ours = [&](connection_id id) {
    return std::ranges::find(session.connections, id) != session.connections.end();
  };
  std::erase_if(session.queue, [&](queued_message& message) {
    // Acknowledged in the meantime.
    if (message.resends != 0 && !session.unacknowledged.contains(message.resends)) return true;
    if (!message.only_on || is_ours(*message.only_on)) return false;
    message.only_on.reset();
    if (message.resends != 0) return false;
    // Answers to what came on a connection that is gone are of no use on another.
    session.stored_bytes -= message.body.size();
    return true;
  });
  const std::optional<connection_id> chosen = choose_connection(session, now);
  if (!chosen) return false;
  const connection_id target = *chosen;
  packing packet(session, target, now);
  std::deque<queued_message> left;
  bool ends_key = false;
  while (!session.queue.empty() && !packet.full()) {
    queued_message message = std::move(session.queue.front());
    session.queue.pop_front();
    const std::size_t size = message.resends != 0
                                 ? session.unacknowledged.at(message.resends).body.size()
                                 : message.body.size();
    //= GEN-04
    const bool goes_here = !message.only_on || *message.only_on == target;
    if (!goes_here || !packet.fits(size)) {
      left.push_back(std::move(message));
      if (goes_here) break;
      continue;
    }
    ends_key = ends_key || message.ends_key;
    packet.add(std::move(message));
  }
  std::ranges::move(session.queue, std::back_inserter(left));
  session.queue = std::move(left);
  session.queued_since.reset();
  session.queue_seen = 0;
  //= SMM-04
  // Acknowledgements go with what goes anyway, after the answers that made some of them needless.
  if (!session.acks.empty() && !packet.full()) packet.add_acks();

  const stored_key& key = *keys.find(session.name.auth_key_id);
  out = {target, send_packet{packet.seal(key.key, current_salt(key.key.id(), now), random)}};
  note_response(target);
  if (ends_key) ended_keys.push_back(key.key.id());
  return true;
}

void server::state::set_ack_timer(server_session& session) {
  const auto due = session.acks.poll_deadline();
  if (!due || session.ack_timer_set) return;
  session.ack_timer_set = true;
  ack_timers.insert({*due, session.name});
}

}  // namespace corogram::mtproto

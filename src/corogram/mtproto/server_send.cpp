// From what is queued to packets: everything that a connection may carry for its session goes out
// together, in one container, as far as it fits.

#include <corogram/mtproto/outgoing.hpp>
#include <corogram/mtproto/server_impl.hpp>
#include <corogram/service/types/MsgsAck.hpp>
#include <corogram/service/types/RpcResult.hpp>
#include <corogram/tl/codec.hpp>

#include <algorithm>
#include <array>

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
    bodies_.emplace_back(tl::encode(list));
    const auto [msg_id, seq_no] = number(false, true);
    add(msg_id, seq_no, bodies_.back());
  }

  void add(queued_message message) {
    if (message.resends != 0) {
      unacknowledged_message& again = session_.unacknowledged.at(message.resends);
      again.queued = false;
      again.sent_on = target_;
      //= SMM-34
      resent_ = true;
      return add(message.resends, again.seq_no, again.body);
    }
    const auto [msg_id, seq_no] = number(message.content_related, message.response);
    if (message.answers) answered(*message.answers, msg_id);
    if (!message.asks_about.empty()) {
      if (session_.state_queries.size() >= server_queries_limit)
        session_.state_queries.erase(session_.state_queries.begin());
      session_.state_queries[msg_id] = std::move(message.asks_about);
    }
    if (message.content_related) {
      //= WS-04
      // Over every transport, HTTP too, nothing but an acknowledgement lets go of it.
      unacknowledged_message kept;
      kept.seq_no = seq_no;
      kept.body = std::move(message.body);
      kept.answers = message.answers;
      kept.sent_on = target_;
      add(msg_id, seq_no,
          session_.unacknowledged.emplace(msg_id, std::move(kept)).first->second.body);
    } else {
      session_.stored_bytes -= message.body.size();
      bodies_.push_back(std::move(message.body));
      add(msg_id, seq_no, bodies_.back());
    }
  }

  /// Nothing is added any more. The packet is still to be sealed.
  core::packet_buffer finish(std::int64_t salt, core::random_source& random) {
    const session_header header{salt, session_.name.session_id};
    if (messages_.size() == 1 && !resent_) return lay_out(header, messages_.front(), random);
    //= WS-19
    //= GEN-06
    //= DESC-21
    //= SM-36
    const auto [msg_id, seq_no] = number(false, only_responses_ && !messages_.empty());
    return lay_out_container(header, msg_id, seq_no, messages_, random);
  }

 private:
  std::pair<std::int64_t, std::int32_t> number(bool is_content_related, bool response) {
    //= DESC-13
    only_responses_ = only_responses_ && response;
    const std::int64_t msg_id = session_.ids.next(now_.wall, response);
    return {msg_id, session_.seq_nos.next(is_content_related)};
  }

  /// Lifetime: the body stays where it is until the packet is finished.
  void add(std::int64_t msg_id, std::int32_t seq_no, const stored_body& body) {
    outgoing_message message{msg_id, seq_no, body.content};
    if (body.result_of) {
      //= SM-01
      auto& head = heads_.emplace_back();
      core::store_le(head.data(), service::rpc_result::tl_id);
      core::store_le(head.data() + sizeof(service::rpc_result::tl_id), *body.result_of);
      message.head = head;
    }
    bytes_ += container_entry_size + message.size();
    messages_.push_back(message);
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
  std::vector<outgoing_message> messages_;
  std::deque<stored_body> bodies_;
  std::deque<std::array<core::byte, rpc_result_head_size>> heads_;
  std::size_t bytes_ = 0;
  bool resent_ = false;
  bool only_responses_ = true;
};

/// takes_more says whether another packet, if one waits, is sealed together with `count` packets of
/// so many bytes: three keep a processor busy, whatever their length; more are worth it if they are
/// short.
constexpr bool takes_more(std::size_t count, std::size_t bytes) noexcept {
  return count < 3 || (count < 12 && bytes < (std::size_t{64} << 10));
}

}  // namespace

bool server::state::transmit(server_output& out, core::instant now) {
  if (sealed.empty() && outputs.empty()) seal_what_waits(now);
  if (!sealed.empty()) {
    out = std::move(sealed.front());
    sealed.pop_front();
    return true;
  }
  if (!outputs.empty()) {
    out = std::move(outputs.front());
    outputs.pop_front();
    const bool is_response = std::holds_alternative<send_packet>(out.action) ||
                             std::holds_alternative<send_transport_error>(out.action);
    if (is_response) note_response(out.connection);
    return true;
  }
  return false;
}

/// Several packets are sealed in less time than one after the other, whatever their keys. None
/// waits for company: what is here goes.
void server::state::seal_what_waits(core::instant now) {
  std::vector<packed_packet> packed;
  std::size_t bytes = 0;
  while (takes_more(packed.size(), bytes) && (packed.empty() || !packed.back().ends_key)) {
    std::optional<packed_packet> next = pack_next(now);
    if (!next) break;
    bytes += next->bytes.size();
    packed.push_back(*std::move(next));
  }
  std::vector<packet_to_seal> to_seal;
  to_seal.reserve(packed.size());
  for (packed_packet& one : packed) to_seal.push_back({*one.key, role::server, one.bytes.span()});
  seal_packets(to_seal);
  for (packed_packet& one : packed)
    sealed.push_back({one.target, send_packet{std::move(one.bytes)}});
  if (packed.empty() || !packed.back().ends_key) return;
  const stored_key& key = *keys.find(packed.back().key->id());
  // Destroyed is the permanent key, through whichever of the two it was asked for.
  remove_key(key.is_temporary() ? key.bound_to : key.key.id());
}

std::optional<server::state::packed_packet> server::state::pack_next(core::instant now) {
  for (; !ready.empty(); ready.erase(ready.begin())) {
    server_session* const session = find_session(*ready.begin());
    if (session == nullptr) continue;
    if (auto packed = pack_session(*session, now)) return packed;
  }
  return std::nullopt;
}

std::optional<server::state::packed_packet> server::state::pack_session(server_session& session,
                                                                        core::instant now) {
  if (session.connections.empty()) return std::nullopt;
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
  if (!chosen) return std::nullopt;
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

  const auth_key& key = keys.find(session.name.auth_key_id)->key;
  note_response(target);
  return packed_packet{target, &key, packet.finish(current_salt(key.id(), now), random), ends_key};
}

void server::state::set_ack_timer(server_session& session) {
  const auto due = session.acks.poll_deadline();
  if (!due || session.ack_timer_set) return;
  session.ack_timer_set = true;
  ack_timers.insert({*due, session.name});
}

}  // namespace corogram::mtproto

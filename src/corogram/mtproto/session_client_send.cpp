// From what is waiting to packets: acknowledgements, service messages and calls go out together,
// in one container, as far as they fit.

#include <corogram/mtproto/container.hpp>
#include <corogram/mtproto/envelope.hpp>
#include <corogram/mtproto/outgoing.hpp>
#include <corogram/mtproto/session_client_impl.hpp>
#include <corogram/service/functions/get_future_salts.hpp>
#include <corogram/service/functions/ping.hpp>
#include <corogram/service/functions/ping_delay_disconnect.hpp>
#include <corogram/service/types/HttpWait.hpp>
#include <corogram/service/types/MsgResendReq.hpp>
#include <corogram/service/types/MsgsAck.hpp>
#include <corogram/service/types/MsgsStateReq.hpp>
#include <corogram/tl/codec.hpp>

#include <algorithm>
#include <utility>

namespace corogram::mtproto {
namespace {

/// Collects the messages of one packet.
class packing {
 public:
  packing(client_session::state& session, core::instant now) : session_(session), now_(now) {
    record_.sent_at = now.steady;
  }

  [[nodiscard]] bool empty() const noexcept { return messages_.empty(); }
  [[nodiscard]] bool full() const noexcept {
    return messages_.size() >= container_limit || bytes_ >= session_.content_limit;
  }

  void add_acks() {
    //= DESC-23
    //= DESC-24
    //= SMM-02
    service::msgs_ack acks;
    std::vector<std::int64_t> ids = session_.acks.take();
    acks.msg_ids = ids;
    bodies_.push_back(tl::encode(acks));
    add(number(bodies_.back(), false));
    std::ranges::move(ids, std::back_inserter(record_.acks));
  }

  void add(service_message message) {
    const outgoing_message placed = number(message.body, false);
    add(placed);
    // The view goes with the bytes: moving a buffer does not move what it holds.
    if (message.what == service_message::kind::get_salts) {
      session_.salts_query = placed.msg_id;
      session_.salts_query_sent_at = now_.steady;
    }
    if (message.what == service_message::kind::state_query) {
      if (session_.state_queries.size() >= open_questions_limit)
        session_.state_queries.erase(session_.state_queries.begin());
      session_.state_queries[placed.msg_id] = message.subjects;
    }
    record_.service.push_back(std::move(message));
  }

  void add(request_id request, outgoing_call& call) {
    if (call.msg_id == 0) {
      //= DESC-27
      call.msg_id = session_.ids.next(session_.clock.time(now_));
      call.seq_no = session_.seq_nos.next(true);
      call.numbered_in_time = session_.clock.known();
      session_.by_msg_id[call.msg_id] = request;
      //= PFS-09
      if (call.maker) call.body = call.maker({session_.session_id, call.msg_id});
    } else {
      //= SMM-34
      resent_ = true;
    }
    call.waiting = false;
    ++call.transmissions;
    session_.set_query_timer(request, call, now_.steady + call.query_delay);
    add({call.msg_id, call.seq_no, *call.body.content, call.body.head});
    record_.calls.emplace_back(request, call.msg_id);
    if (call.quick_ack) quick_acks_.push_back(request);
  }

  void seal(outgoing_packet& out) {
    //= DESC-11
    const session_header header{session_.salts.current(session_.clock.seconds(now_)),
                                session_.session_id};
    if (messages_.size() == 1 && !resent_) {
      record_.msg_id = messages_.front().msg_id;
      out.packet = lay_out(header, messages_.front(), session_.random);
    } else {
      //= GEN-06
      //= DESC-21
      //= DESC-28
      //= SM-36
      const outgoing_message container = number({}, false);
      record_.msg_id = container.msg_id;
      out.packet =
          lay_out_container(header, container.msg_id, container.seq_no, messages_, session_.random);
    }
    packet_to_seal one{session_.config.key, role::client, out.packet.span()};
    seal_packets({&one, 1});
    //= TR-21
    out.quick_ack = !quick_acks_.empty() && session_.quick_acks.size() < quick_acks_limit;
    if (out.quick_ack) session_.quick_acks[one.quick_ack_token] = std::move(quick_acks_);
    session_.sent_packets.push_back(std::move(record_));
    if (session_.sent_packets.size() > sent_packets_limit) session_.sent_packets.pop_front();
  }

 private:
  outgoing_message number(core::byte_view body, bool is_content_related) {
    const std::int64_t msg_id = session_.ids.next(session_.clock.time(now_));
    return {msg_id, session_.seq_nos.next(is_content_related), body};
  }

  void add(const outgoing_message& message) {
    messages_.push_back(message);
    bytes_ += container_entry_size + message.size();
  }

  client_session::state& session_;
  core::instant now_;
  std::vector<outgoing_message> messages_;
  /// Keeps what no call or service message keeps.
  std::deque<core::byte_buffer> bodies_;
  std::size_t bytes_ = 0;
  /// Some message goes out again under its old id, so it must be inside a container.
  bool resent_ = false;
  std::vector<request_id> quick_acks_;
  sent_packet record_;
};

}  // namespace

bool client_session::state::transmit(outgoing_packet& out, core::instant now) {
  if (!open || failed || restart_at || !pack(out, now)) return false;
  unheard_bytes += out.packet.size();
  return true;
}

bool client_session::state::pack(outgoing_packet& out, core::instant now) {
  ask_what_is_due(now);
  packing packet(*this, now);
  request_id request{};
  if (outgoing_call* const call = next_call(request);
      call != nullptr && call->alone && may_go(*call)) {
    take_next_call();
    packet.add(request, *call);
    packet.seal(out);
    return true;
  }
  //= SMM-05
  //= SMM-06
  const bool anything = !service_queue.empty() || next_call(request) != nullptr;
  while (!acks.empty() && (anything || acks.due(now) || !packet.empty()) && !packet.full())
    packet.add_acks();
  while (!service_queue.empty() && !packet.full()) {
    packet.add(std::move(service_queue.front()));
    service_queue.pop_front();
  }
  while (!packet.full()) {
    outgoing_call* const call = next_call(request);
    if (call == nullptr || call->alone || !may_go(*call)) break;
    // What would make the packet much longer goes alone, later.
    if (!packet.empty() && call->body.size() > content_limit) break;
    take_next_call();
    packet.add(request, *call);
  }
  if (packet.empty()) return false;
  packet.seal(out);
  return true;
}

/// Before the server is heard on a connection, no more goes out there than a slow one carries in a
/// few seconds: else a long call would hold up the sign of life until the connection counts as
/// dead, on each connection again.
bool client_session::state::may_go(const outgoing_call& call) const {
  const bool is_awaited = config.ping_interval.count() > 0 && !heard;
  return !is_awaited || unheard_bytes + call.body.size() <= content_limit;
}

outgoing_call* client_session::state::next_call(request_id& request) {
  for (std::deque<request_id>* queue : {&waiting_again, &waiting}) {
    if (queue == &waiting && by_msg_id.size() >= calls_under_way_limit) continue;
    for (; !queue->empty(); queue->pop_front()) {
      const auto at = calls.find(queue->front());
      if (at == calls.end() || !at->second.waiting) continue;
      request = at->first;
      return &at->second;
    }
  }
  return nullptr;
}

void client_session::state::take_next_call() {
  (waiting_again.empty() ? waiting : waiting_again).pop_front();
}

void client_session::state::ask_what_is_due(core::instant now) {
  for (; !wanted_pings.empty(); wanted_pings.pop_front())
    send_ping(wanted_pings.front(), false, now);
  if (std::exchange(http_wait_wanted, false)) {
    //= SM-47
    service::http_wait query;
    query.max_wait = static_cast<std::int32_t>(http_max_wait.count());
    //= SM-52
    enqueue_service({service_message::kind::plain, tl::encode(query), {}});
  }
  if (config.ping_interval.count() > 0 && now.steady >= next_ping) {
    //= SM-22
    send_ping(random.integer<std::int64_t>(), true, now);
    next_ping = now.steady + config.ping_interval;
    if (!quiet_since) quiet_since = now.steady;
  }
  if (config.future_salts_count > 0 && now.steady >= next_salts_query &&
      salts.wants_more(clock.seconds(now))) {
    //= SM-12
    service::get_future_salts query;
    query.num = std::clamp(config.future_salts_count, 1, future_salts_limit);
    enqueue_service({service_message::kind::get_salts, tl::encode(query), {}});
    next_salts_query = now.steady + salts_pause;
  }
  ask_about_calls(now);
  //= SM-38
  while (!wanted_answers.empty() && service_queue.size() < service_queue_limit) {
    service_message query;
    query.what = service_message::kind::resend_query;
    while (!wanted_answers.empty() && query.subjects.size() < id_list_limit)
      query.subjects.push_back(wanted_answers.extract(wanted_answers.begin()).value());
    service::msg_resend_req request;
    request.msg_ids = query.subjects;
    query.body = tl::encode(request);
    enqueue_service(std::move(query));
  }
}

void client_session::state::ask_about_calls(core::instant now) {
  service_message query;
  query.what = service_message::kind::state_query;
  //= SMM-03
  while (!query_timers.empty() && query_timers.begin()->first <= now.steady &&
         query.subjects.size() < id_list_limit) {
    const request_id request = query_timers.begin()->second;
    outgoing_call& call = calls.at(request);
    query.subjects.push_back(call.msg_id);
    call.query_delay =
        std::min<std::chrono::nanoseconds>(2 * call.query_delay, longest_state_query_delay);
    set_query_timer(request, call, now.steady + call.query_delay);
  }
  if (query.subjects.empty()) return;
  //= SMM-28
  service::msgs_state_req request;
  request.msg_ids = query.subjects;
  query.body = tl::encode(request);
  enqueue_service(std::move(query));
}

void client_session::state::enqueue_service(service_message message) {
  if (service_queue.size() < service_queue_limit) service_queue.push_back(std::move(message));
}

void client_session::state::send_ping(std::int64_t ping_id, bool keepalive, core::instant now) {
  if (pings.size() >= open_questions_limit) pings.erase(pings.begin());
  pings[ping_id] = {now.steady, keepalive};
  service_message message;
  if (keepalive) {
    service::ping_delay_disconnect query;
    query.ping_id = ping_id;
    query.disconnect_delay = static_cast<std::int32_t>(config.ping_disconnect_delay.count());
    message.body = tl::encode(query);
  } else {
    service::ping query;
    query.ping_id = ping_id;
    message.body = tl::encode(query);
  }
  enqueue_service(std::move(message));
}

}  // namespace corogram::mtproto

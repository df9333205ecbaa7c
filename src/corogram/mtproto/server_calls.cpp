// Calls, from their receipt until their answer is acknowledged. A call runs once, however often its
// message arrives.

#include <corogram/mtproto/message_rules.hpp>
#include <corogram/mtproto/packed.hpp>
#include <corogram/mtproto/server_impl.hpp>
#include <corogram/service/functions/rpc_drop_answer.hpp>
#include <corogram/service/types/MsgDetailedInfo.hpp>
#include <corogram/service/types/RpcDropAnswer.hpp>
#include <corogram/service/types/RpcResult.hpp>
#include <corogram/tl/codec.hpp>

#include <algorithm>
#include <cassert>

namespace corogram::mtproto {

void server::state::on_call(const origin& from, const message_view& message,
                            core::byte_buffer body) {
  if (from.session.running_calls >= config.limits.running_calls)
    return refuse(from.link, error_flood, errc::limit_exceeded);
  begin_call(from.session, message.msg_id);
  report(request_event{from.link.id, from.session.name, message.msg_id, std::move(body)});
}

server_call& server::state::begin_call(server_session& session, std::int64_t msg_id) {
  ++session.running_calls;
  if (received_message* const message = session.received.find(msg_id))
    message->call = call_progress::running;
  return session.calls[msg_id];
}

void server::state::on_repeated(const origin& from, const message_view& message) {
  server_session& session = from.session;
  //= SMM-07
  if (content_related(message.seq_no)) session.acks.add(message.msg_id, from.now);
  const auto call = session.calls.find(message.msg_id);
  if (call == session.calls.end()) {
    // Questions are answered again; that changes nothing. Calls that are over are not run again.
    const received_message* const known = session.received.find(message.msg_id);
    const bool was_call = known != nullptr && known->call != call_progress::none;
    if (!was_call && parity_of(message.body) == parity::free) dispatch(from, message);
    return;
  }
  const auto answer = session.unacknowledged.find(call->second.answer_msg_id);
  if (answer == session.unacknowledged.end()) return;
  if (answer->second.body.size() <= config.limits.detailed_info_above)
    return session.enqueue_again(answer->first, from.link.id);
  //= SMM-36
  //= SMM-39
  service::msg_detailed_info info;
  info.msg_id = message.msg_id;
  info.answer_msg_id = answer->first;
  info.bytes = static_cast<std::int32_t>(answer->second.body.size());
  reply(from, tl::encode(info));
}

void server::state::answer_call(server_session& session, std::int64_t msg_id, stored_body body) {
  server_call& call = session.calls.at(msg_id);
  call.answered = true;
  --session.running_calls;
  if (received_message* const message = session.received.find(msg_id))
    message->call = call_progress::answered;
  queued_message answer;
  answer.body = std::move(body);
  //= SM-03
  answer.content_related = true;
  answer.response = true;
  answer.answers = msg_id;
  session.enqueue(std::move(answer));
  schedule(session);
}

void server::state::end_call(server_session& session, std::int64_t msg_id) {
  session.calls.erase(msg_id);
  if (received_message* const message = session.received.find(msg_id))
    message->call = call_progress::answer_confirmed;
}

//= INV-08
// Whichever call is done is answered, in whatever order they came.
bool server::state::respond(const session_key& name, std::int64_t msg_id, core::byte_buffer body) {
  server_session* const session = find_session(name);
  if (session == nullptr) return false;
  const auto call = session->calls.find(msg_id);
  if (call == session->calls.end() || call->second.answered) return false;
  //= SM-07
  if (call->second.dropped) body = tl::encode(service::rpc_answer_dropped_running());
  //= SM-44
  const std::size_t threshold = config.limits.compress_above;
  if (threshold != 0 && body.size() > threshold) pack(body);
  answer_call(*session, msg_id, {std::move(body), msg_id});
  return keep_within_limits(*session);
}

core::result<void> server::state::on_drop_answer(const origin& from, const message_view& message) {
  COROGRAM_TRY(const auto query, tl::decode_view<service::rpc_drop_answer>(message.body));
  core::byte_buffer outcome = drop_answer(from, query->req_msg_id);
  //= SM-10
  begin_call(from.session, message.msg_id);
  answer_call(from.session, message.msg_id, {std::move(outcome), message.msg_id});
  return {};
}

core::byte_buffer server::state::drop_answer(const origin& from, std::int64_t req_msg_id) {
  server_session& session = from.session;
  const auto call = session.calls.find(req_msg_id);
  //= SM-06
  if (call == session.calls.end()) return tl::encode(service::rpc_answer_unknown());
  if (!call->second.answered) {
    //= SM-07
    call->second.dropped = true;
    report(request_dropped{session.name, req_msg_id});
    return tl::encode(service::rpc_answer_dropped_running());
  }
  //= SM-08
  service::rpc_answer_dropped dropped;
  const auto sent = session.unacknowledged.find(call->second.answer_msg_id);
  if (sent != session.unacknowledged.end()) {
    dropped.msg_id = sent->first;
    dropped.seq_no = sent->second.seq_no;
    dropped.bytes = static_cast<std::int32_t>(sent->second.body.size());
    session.stored_bytes -= sent->second.body.size();
    session.unacknowledged.erase(sent);
    std::erase_if(session.queue,
                  [&](const queued_message& one) { return one.resends == dropped.msg_id; });
  } else {
    // An answer waits, is out, or is acknowledged, and then its call is gone.
    const auto queued = std::ranges::find(session.queue, req_msg_id, &queued_message::answers);
    assert(queued != session.queue.end());
    dropped.msg_id = session.ids.next(from.now.wall, true);
    dropped.seq_no = session.seq_nos.next(true);
    dropped.bytes = static_cast<std::int32_t>(queued->body.size());
    session.stored_bytes -= queued->body.size();
    session.queue.erase(queued);
  }
  end_call(session, req_msg_id);
  return tl::encode(dropped);
}

}  // namespace corogram::mtproto

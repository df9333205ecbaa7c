// The table of calls: where each is between submit and its outcome.

#include <corogram/mtproto/packed.hpp>
#include <corogram/mtproto/session_client_impl.hpp>
#include <corogram/service/functions/rpc_drop_answer.hpp>
#include <corogram/tl/codec.hpp>

#include <algorithm>

namespace corogram::mtproto {

request_id client_session::state::submit(outgoing_call call) {
  const request_id request{++last_request};
  call.query_delay = config.state_query_delay;
  if (call.what == outgoing_call::kind::api) ++api_calls;
  auto& placed = calls.emplace(request, std::move(call)).first->second;
  enqueue(request, placed);
  return request;
}

bool client_session::state::drop(request_id request) {
  const auto at = calls.find(request);
  if (at == calls.end() || at->second.what != outgoing_call::kind::api) return false;
  const std::int64_t msg_id = at->second.msg_id;
  erase(request);
  if (msg_id == 0) return true;
  //= SM-05
  service::rpc_drop_answer query;
  query.req_msg_id = msg_id;
  outgoing_call drop_call;
  drop_call.what = outgoing_call::kind::drop_answer;
  drop_call.subject = msg_id;
  drop_call.body = tl::encode(query);
  submit(std::move(drop_call));
  return true;
}

void client_session::state::enqueue(request_id request, outgoing_call& call) {
  set_query_timer(request, call, std::nullopt);
  if (call.waiting) return;
  call.waiting = true;
  (call.msg_id == 0 ? waiting : waiting_again).push_back(request);
}

void client_session::state::enqueue_as_new(request_id request, outgoing_call& call) {
  by_msg_id.erase(call.msg_id);
  call.msg_id = 0;
  call.transmissions = 0;
  call.received = false;
  enqueue(request, call);
}

void client_session::state::erase(request_id request) {
  const auto at = calls.find(request);
  if (at == calls.end()) return;
  set_query_timer(request, at->second, std::nullopt);
  by_msg_id.erase(at->second.msg_id);
  if (at->second.what == outgoing_call::kind::api) --api_calls;
  calls.erase(at);
}

void client_session::state::fail_call(request_id request, core::error reason) {
  const bool is_api = calls.at(request).what == outgoing_call::kind::api;
  erase(request);
  if (is_api) report(request_failed{request, reason});
}

outgoing_call* client_session::state::find_by_msg_id(std::int64_t msg_id, request_id& request) {
  //= GEN-05
  const auto at = by_msg_id.find(msg_id);
  if (at == by_msg_id.end()) return nullptr;
  request = at->second;
  return &calls.at(request);
}

void client_session::state::mark_received(request_id request, outgoing_call& call,
                                          bool by_quick_ack) {
  // A quick ack is worth telling, but no reason to stop caring for the call (TR-24).
  note_arrival();
  const bool news = by_quick_ack || !call.received;
  if (!by_quick_ack) call.received = true;
  if (news && call.what == outgoing_call::kind::api)
    report(request_received{request, by_quick_ack});
}

void client_session::state::set_query_timer(request_id request, outgoing_call& call,
                                            std::optional<core::deadline> at) {
  if (call.query_at) query_timers.erase({*call.query_at, request});
  call.query_at = at;
  if (at) query_timers.insert({*at, request});
}

std::optional<request_id> client_session::state::find_call(outgoing_call::kind what,
                                                           std::int64_t subject) const {
  const auto at = std::ranges::find_if(calls, [&](const auto& entry) {
    return entry.second.what == what && entry.second.subject == subject;
  });
  if (at == calls.end()) return std::nullopt;
  return at->first;
}

void client_session::state::note_arrival() {
  content_limit = std::min(2 * content_limit, container_content_limit);
}

void client_session::state::requeue_lost(core::instant now) {
  std::vector<std::pair<std::int64_t, request_id>> lost;
  for (auto& [request, call] : calls) {
    if (call.waiting || call.msg_id == 0) continue;
    // What the server has, it answers on the next connection (DESC-26); a question will tell.
    if (call.received)
      set_query_timer(request, call, now.steady);
    else
      lost.emplace_back(call.msg_id, request);
  }
  if (!lost.empty()) content_limit = std::max(content_limit / 2, least_container_content);
  sort_by_age(lost);
  //= SM-40
  // In whatever company the next packets have for them.
  for (const auto& [msg_id, request] : lost) enqueue(request, calls.at(request));
}

}  // namespace corogram::mtproto

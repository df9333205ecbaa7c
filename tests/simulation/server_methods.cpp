// What the simulated data centre answers.

#include "server_host.hpp"

#include <corogram/api/functions/help/getNearestDc.hpp>
#include <corogram/api/functions/messages/sendMessage.hpp>
#include <corogram/tl/codec.hpp>

namespace corogram::simulation {
namespace {

using namespace std::chrono_literals;

constexpr testdc::rpc_failure bad_peer{400, "PEER_ID_INVALID"};
constexpr testdc::rpc_failure flood{420, "FLOOD_WAIT_1"};
constexpr testdc::rpc_failure failure{500, "INTERNAL"};

}  // namespace

void server_host::add_methods() {
  center_->add_method(
      api::messages::sendMessage::tl_id,
      [this](testdc::method_context&, const testdc::call& call) { return send_message(call); });
}

std::optional<testdc::reply> server_host::send_message(const testdc::call& call) {
  const auto query = tl::decode_view<api::messages::sendMessage>(call.query);
  request_record* const request =
      query ? books_.find(static_cast<std::int32_t>((*query)->random_id)) : nullptr;
  if (request == nullptr || !std::ranges::equal(books_.query(*request), call.query)) {
    around_.broken("a call arrives as it was", "the server got one that nobody made");
    return testdc::failures::input_fetch_error;
  }
  const auto refuse = [&](testdc::rpc_failure with) {
    request->errors.push_back(with);
    return testdc::reply(with);
  };
  switch (request->kind) {
    case request_kind::refused:
      return refuse(bad_peer);
    case request_kind::fails_always:
      return refuse(failure);
    case request_kind::flood_wait:
      if (request->errors.empty()) return refuse(flood);
      break;
    case request_kind::fails_once:
      if (request->errors.empty()) return refuse(failure);
      break;
    default:
      break;
  }
  const session_life life = life_of(call.session);
  books_.perform(*request,
                 {call.session, life.number, tap_.is_stale(call.session, call.msg_id, life.since)},
                 [this](const performance& before) {
                   const auto now = session_lives_.find(before.session);
                   return now != session_lives_.end() && now->second.number == before.session_life;
                 });
  switch (request->kind) {
    case request_kind::ignored:
      return std::nullopt;
    case request_kind::late: {
      const pending_answer answer{call.session, call.msg_id, request->number, life_};
      around_.time.after(around_.fate.between(100ms, 20s), [this, answer] { answer_late(answer); });
      return std::nullopt;
    }
    default:
      request->succeeded = true;
      return testdc::reply(books_.expected_answer(*request));
  }
}

void server_host::answer_late(const pending_answer& answer) {
  if (answer.server_life != life_) return;
  request_record& request = *books_.find(answer.number);
  // First: others may begin because of it.
  const bool had_succeeded = std::exchange(request.succeeded, true);
  if (!center_->respond(answer.session, answer.msg_id, books_.expected_answer(request),
                        clock_.now()))
    request.succeeded = had_succeeded;
  flush();
}

}  // namespace corogram::simulation

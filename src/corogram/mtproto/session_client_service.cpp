// What a client does with each service message.

#include <corogram/core/reader.hpp>
#include <corogram/mtproto/packed.hpp>
#include <corogram/mtproto/session_client_impl.hpp>
#include <corogram/mtproto/state_info.hpp>
#include <corogram/service/service.hpp>
#include <corogram/tl/codec.hpp>

#include <algorithm>

namespace corogram::mtproto {
namespace {

std::vector<std::int64_t> to_vector(const tl::vector<std::int64_t>& ids) {
  return {ids.begin(), ids.end()};
}

}  // namespace

core::result<void> client_session::state::on_rpc_result(const message_view& message,
                                                        std::int64_t outer_msg_id,
                                                        core::instant now) {
  core::reader in(message.body);
  COROGRAM_CHECK(in.take(sizeof(service::rpc_result::tl_id)));
  COROGRAM_TRY(const auto req_msg_id, in.le<std::int64_t>());
  core::byte_view content = in.rest();
  core::byte_buffer inflated;
  core::result<void> readable;
  if (is_packed(content)) {
    //= SM-44
    //= INV-17
    auto inside = unpack(content, config.inflated_limit);
    if (inside) {
      inflated = std::move(inside->object);
      content = inflated;
    } else {
      readable = inside.error();
    }
  }
  const auto number = tl::peek_id(content);
  // Servers send the answers to service calls bare, the text leaves it open (DIV-22).
  switch (number.value_or(0)) {
    case service::pong::tl_id:
    case service::future_salts::tl_id:
    case service::destroy_session_ok::tl_id:
    case service::destroy_session_none::tl_id:
    case service::destroy_auth_key_ok::tl_id:
    case service::destroy_auth_key_none::tl_id:
    case service::destroy_auth_key_fail::tl_id:
      dispatch({message.msg_id, message.seq_no, content}, outer_msg_id, now);
      return {};
    default:
      break;
  }

  request_id request{};
  const outgoing_call* const call = find_by_msg_id(req_msg_id, request);
  // Dropped, or answered already.
  if (call == nullptr) return {};
  note_arrival();
  const bool is_api = call->what == outgoing_call::kind::api;
  if (!readable || !number) {
    fail_call(request, readable ? core::error(errc::unexpected_message) : readable.error());
    return readable;
  }
  //= SM-02
  //= DESC-25
  erase(request);
  // The answer to a call of ours, which nobody can have recorded before we made it. A list of salts
  // knows better.
  //= SMM-27
  if (packet_salt != 0 && salts.known().empty()) adopt_salt(packet_salt, now);
  //= SM-10
  // All three answers to rpc_drop_answer end it.
  if (!is_api) return {};
  if (number == service::rpc_error::tl_id) {
    const auto refusal = tl::decode_view<service::rpc_error>(content);
    if (!refusal) {
      report(request_failed{request, refusal.error()});
      return refusal.error();
    }
    const auto& text = (*refusal)->error_message;
    report(rpc_error{request, (*refusal)->error_code,
                     std::string(core::as_text({text.data(), text.size()}))});
    return {};
  }
  report(answer{request, inflated.empty() ? core::byte_buffer(content.begin(), content.end())
                                          : std::move(inflated)});
  return {};
}

core::result<void> client_session::state::on_packed(const message_view& message,
                                                    std::int64_t outer_msg_id, core::instant now) {
  COROGRAM_TRY(const unpacked inside, unpack(message.body, config.inflated_limit));
  dispatch({message.msg_id, message.seq_no, inside.object}, outer_msg_id, now);
  return {};
}

core::result<void> client_session::state::on_copy(const message_view& message,
                                                  std::int64_t outer_msg_id, core::instant now) {
  //= SM-42
  core::reader in(message.body);
  COROGRAM_CHECK(in.take(sizeof(service::msg_copy::tl_id)));
  COROGRAM_TRY(const auto number, in.le<std::uint32_t>());
  message_view original;
  COROGRAM_TRY(original.msg_id, in.le<std::int64_t>());
  COROGRAM_TRY(original.seq_no, in.le<std::int32_t>());
  COROGRAM_TRY(const auto length, in.le<std::int32_t>());
  original.body = in.rest();
  const auto inside = tl::peek_id(original.body);
  if (number != service::message::tl_id || length < 0 ||
      static_cast<std::size_t>(length) != original.body.size() ||
      !earlier(original.msg_id, message.msg_id) || (original.msg_id & 1) == 0 ||
      inside == service::msg_copy::tl_id || inside == service::msg_container::tl_id)
    return errc::bad_container;
  if (admit(original, now)) dispatch(original, outer_msg_id, now);
  return {};
}

core::result<void> client_session::state::on_acks(core::byte_view body) {
  //= SMM-01
  COROGRAM_TRY(const auto acks_, tl::decode_view<service::msgs_ack>(body));
  for (const std::int64_t msg_id : acks_->msg_ids) {
    request_id request{};
    if (outgoing_call* const call = find_by_msg_id(msg_id, request))
      mark_received(request, *call, false);
  }
  return {};
}

core::result<void> client_session::state::on_pong(core::byte_view body, std::int64_t outer_msg_id,
                                                  core::instant now) {
  COROGRAM_TRY(const auto pong, tl::decode_view<service::pong>(body));
  const auto ping = pings.find(pong->ping_id);
  //= SM-20
  if (ping == pings.end()) return errc::unexpected_message;
  const sent_ping asked = ping->second;
  pings.erase(ping);
  report(pong_received{asked.keepalive ? 0 : pong->ping_id, now.steady - asked.sent_at});
  confirm_clock(outer_msg_id, asked.sent_at, now);
  return {};
}

core::result<void> client_session::state::on_ping(const message_view& message) {
  //= SM-18
  COROGRAM_TRY(const auto ping, tl::decode_view<service::ping>(message.body));
  service::pong pong;
  pong.msg_id = message.msg_id;
  pong.ping_id = ping->ping_id;
  enqueue_service({service_message::kind::plain, tl::encode(pong), {}});
  return {};
}

core::result<void> client_session::state::on_future_salts(core::byte_view body, core::instant now) {
  //= SM-13
  COROGRAM_TRY(const auto list, tl::decode_view<service::future_salts>(body));
  //= SM-15
  if (list->req_msg_id != salts_query || salts_query == 0) return errc::unexpected_message;
  //= SM-16
  salts_query = 0;
  std::vector<salt_period> learned;
  for (const service::future_salt& one : list->salts)
    learned.push_back({from_wire_time(one.valid_since).count(),
                       from_wire_time(one.valid_until).count(), one.salt});
  salts.learned(std::move(learned), from_wire_time(list->now).count());
  report(salts_changed{});
  // Never sent twice, so its time is the server's time now, to a second.
  confirm_clock(first_msg_id_at(from_wire_time(list->now)), salts_query_sent_at, now);
  return {};
}

core::result<void> client_session::state::on_new_session(const message_view& message,
                                                         core::instant now) {
  COROGRAM_TRY(const auto notice, tl::decode_view<service::new_session_created>(message.body));
  //= SM-30
  // Unless the notice comes again after so long that its salt may be over.
  if (!clock.known() || age_of(message.msg_id, clock.time(now)) == age::fine)
    adopt_salt(notice->server_salt, now);
  //= DESC-08
  // Of what is older the server knows nothing. It goes out again under its old id, within a
  // container: should the server have it all the same, it is not processed a second time.
  std::vector<std::pair<std::int64_t, request_id>> forgotten;
  for (const auto& [msg_id, request] : by_msg_id)
    if (earlier(msg_id, notice->first_msg_id)) forgotten.emplace_back(msg_id, request);
  sort_by_age(forgotten);
  for (const auto& [msg_id, request] : forgotten) {
    outgoing_call& call = calls.at(request);
    call.received = false;
    enqueue(request, call);
  }
  //= SM-29
  report(session_new{notice->first_msg_id, notice->unique_id});
  return {};
}

core::result<void> client_session::state::on_state_request(const message_view& message) {
  COROGRAM_TRY(const auto query, tl::decode_view<service::msgs_state_req>(message.body));
  answer_states(message.msg_id, to_vector(query->msg_ids));
  return {};
}

//= SMM-33
void client_session::state::answer_states(std::int64_t req_msg_id,
                                          std::vector<std::int64_t> msg_ids) {
  if (msg_ids.size() > id_list_limit) return ignore(req_msg_id, errc::too_many_elements);
  service::msgs_state_info info;
  info.req_msg_id = req_msg_id;
  info.info = states_of(received, msg_ids);
  enqueue_service({service_message::kind::plain, tl::encode(info), {}});
}

core::result<void> client_session::state::on_state_info(core::byte_view body) {
  COROGRAM_TRY(const auto info_, tl::decode_view<service::msgs_state_info>(body));
  const auto query = state_queries.find(info_->req_msg_id);
  if (query == state_queries.end()) return errc::unexpected_message;
  const std::vector<std::int64_t> subjects = std::move(query->second);
  state_queries.erase(query);
  //= SMM-29
  if (info_->info.size() != subjects.size()) return core::errc::bad_length;
  for (std::size_t i = 0; i < subjects.size(); ++i) apply_state(subjects[i], info_->info[i]);
  return {};
}

core::result<void> client_session::state::on_all_info(core::byte_view body) {
  //= SMM-35
  COROGRAM_TRY(const auto all, tl::decode_view<service::msgs_all_info>(body));
  if (all->info.size() != all->msg_ids.size()) return core::errc::bad_length;
  for (std::size_t i = 0; i < all->info.size(); ++i) apply_state(all->msg_ids[i], all->info[i]);
  return {};
}

void client_session::state::apply_state(std::int64_t msg_id, core::byte state_byte) {
  request_id request{};
  outgoing_call* const call = find_by_msg_id(msg_id, request);
  if (call == nullptr || call->waiting) return;
  switch (state_byte & state_mask) {
    case state_unknown:
    case state_not_received:
    case state_not_received_yet:
      //= SMM-34
      call->received = false;
      return enqueue(request, *call);
    case state_received:
      //= SMM-32
      mark_received(request, *call, false);
      // The answer was sent before this, and would have come before this: it is lost, and a
      // duplicate of the call makes the server send it again, or announce it (SMM-36).
      if ((state_byte & state_answered) != 0) enqueue(request, *call);
      return;
    default:
      return;
  }
}

core::result<void> client_session::state::on_detailed_info(core::byte_view body,
                                                           core::instant now) {
  COROGRAM_TRY(const auto info_, tl::decode_view<service::msg_detailed_info>(body));
  request_id request{};
  if (outgoing_call* const call = find_by_msg_id(info_->msg_id, request))
    mark_received(request, *call, false);
  announce_answer(info_->answer_msg_id, now);
  return {};
}

core::result<void> client_session::state::on_new_detailed_info(core::byte_view body,
                                                               core::instant now) {
  COROGRAM_TRY(const auto info_, tl::decode_view<service::msg_new_detailed_info>(body));
  announce_answer(info_->answer_msg_id, now);
  return {};
}

void client_session::state::announce_answer(std::int64_t answer_msg_id, core::instant now) {
  //= SMM-38
  //= SMM-39
  if ((answer_msg_id & 1) == 0) return ignore(answer_msg_id, errc::bad_message_id);
  if (received.judge(answer_msg_id) != received_messages::verdict::fresh)
    acks.add(answer_msg_id, now);
  else if (wanted_answers.size() < id_list_limit)
    wanted_answers.insert(answer_msg_id);
}

core::result<void> client_session::state::on_resend_request(const message_view& message) {
  //= SMM-40
  COROGRAM_TRY(const auto query, tl::decode_view<service::msg_resend_req>(message.body));
  bool all_known = true;
  for (const std::int64_t msg_id : query->msg_ids) {
    request_id request{};
    if (outgoing_call* const call = find_by_msg_id(msg_id, request))
      enqueue(request, *call);
    else
      all_known = false;
  }
  //= SMM-41
  if (!all_known) answer_states(message.msg_id, to_vector(query->msg_ids));
  return {};
}

core::result<void> client_session::state::on_destroy_session(core::byte_view body) {
  //= SM-24
  COROGRAM_TRY(const auto outcome, tl::decode_view<tl::box<service::DestroySessionRes>>(body));
  const auto* const gone = outcome->get_if<service::destroy_session_ok>();
  const auto* const none = outcome->get_if<service::destroy_session_none>();
  const std::int64_t subject = gone != nullptr ? gone->session_id : none->session_id;
  const auto request = find_call(outgoing_call::kind::destroy_session, subject);
  if (!request) return errc::unexpected_message;
  erase(*request);
  report(session_destroyed{subject, gone != nullptr});
  return {};
}

void client_session::state::on_destroy_key(key_destroyed::outcome outcome) {
  const auto request = find_call(outgoing_call::kind::destroy_key, 0);
  if (!request) return;
  erase(*request);
  report(key_destroyed{outcome});
}

void client_session::state::confirm_clock(std::int64_t fresh_msg_id, core::deadline asked_at,
                                          core::instant now) {
  const bool timely = age_of(fresh_msg_id, clock.time(now)) == age::fine;
  // What was put off is too old or too new by a clock that is right.
  if (timely) untimely.clear();
  if (clock.known() && timely) return;
  constexpr std::chrono::seconds tolerance{1};
  const auto difference = time_of(fresh_msg_id) - clock.time(now);
  if (difference >= -tolerance && difference <= tolerance)
    clock.correct(clock.time(now), now);
  else
    correct_clock(fresh_msg_id, asked_at, now);
}

void client_session::state::adopt_salt(std::int64_t salt, core::instant now) {
  if (salts.corrected(salt, clock.seconds(now))) report(salts_changed{});
}

}  // namespace corogram::mtproto

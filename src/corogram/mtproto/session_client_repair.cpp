// Refused messages: what each code says about us, and how the message gets through after all. And
// leaving a session that cannot go on, without running anything twice.

#include <corogram/mtproto/bad_msg.hpp>
#include <corogram/mtproto/session_client_impl.hpp>
#include <corogram/service/types/BadMsgNotification.hpp>
#include <corogram/tl/codec.hpp>

#include <algorithm>

namespace corogram::mtproto {

core::result<void> client_session::state::on_refusal(core::byte_view body,
                                                     std::int64_t notice_msg_id,
                                                     core::instant now) {
  COROGRAM_TRY(const auto notice, tl::decode_view<service::bad_msg_notification>(body));
  return repair(notice->bad_msg_id, notice->error_code, notice_msg_id, now);
}

core::result<void> client_session::state::on_salt_refusal(core::byte_view body, core::instant now) {
  COROGRAM_TRY(const auto notice, tl::decode_view<service::bad_server_salt>(body));
  const auto is_ours = [&](const sent_packet& packet) {
    return packet.msg_id == notice->bad_msg_id && now.steady - packet.sent_at <= refusal_window;
  };
  //= SMM-22
  if (std::ranges::none_of(sent_packets, is_ours)) return errc::unexpected_message;
  //= SMM-24
  adopt_salt(notice->new_server_salt, now);
  return repair(notice->bad_msg_id, static_cast<std::int32_t>(bad_msg::bad_salt), 0, now);
}

core::result<void> client_session::state::repair(std::int64_t bad_msg_id, std::int32_t code,
                                                 std::int64_t notice_msg_id, core::instant now) {
  //= SMM-22
  const auto recent = [&](const sent_packet& packet) {
    return now.steady - packet.sent_at <= refusal_window;
  };
  //= SMM-26
  const auto packet = std::ranges::find(sent_packets, bad_msg_id, &sent_packet::msg_id);
  sent_packet refused;
  if (packet != sent_packets.end() && recent(*packet)) {
    refused = std::move(*packet);
    sent_packets.erase(packet);
  } else {
    // Named by its own id though it went out in a container: then it is refused alone.
    const auto around = std::ranges::find_if(sent_packets, [&](const sent_packet& one) {
      return recent(one) && std::ranges::any_of(one.calls, [&](const auto& entry) {
               return entry.second == bad_msg_id;
             });
    });
    if (around == sent_packets.end()) return errc::unexpected_message;
    const auto inner =
        std::ranges::find(around->calls, bad_msg_id, &std::pair<request_id, std::int64_t>::second);
    refused.sent_at = around->sent_at;
    refused.calls.push_back(*inner);
    around->calls.erase(inner);
  }

  //= SMM-21
  //= SMM-23
  if (code == static_cast<std::int32_t>(bad_msg::msg_id_too_low) ||
      code == static_cast<std::int32_t>(bad_msg::msg_id_too_high))
    correct_clock(notice_msg_id, refused.sent_at, now);
  resend_refused(std::move(refused), code, now);
  return {};
}

void client_session::state::resend_refused(sent_packet packet, std::int32_t code,
                                           core::instant now) {
  const auto is = [&](bad_msg known) { return code == static_cast<std::int32_t>(known); };
  const bool numbers_disagree = is(bad_msg::seq_no_too_low) || is(bad_msg::seq_no_too_high);
  for (const auto& [request, msg_id] : packet.calls) {
    const auto at = calls.find(request);
    if (at == calls.end() || at->second.msg_id != msg_id) continue;
    outgoing_call& call = at->second;
    if (is(bad_msg::container_id_known)) {
      // As a rule because the container itself came twice, which is no fault of the calls in it.
      // Then they are there; if not, the answer to a question will tell.
      if (!call.waiting) set_query_timer(request, call, now.steady);
      continue;
    }
    if (++call.repairs > config.repair_limit) {
      fail_call(request, errc::not_repairable);
      continue;
    }
    if (group_of(code) == bad_msg_group::container) call.alone = true;
    //= SMM-25
    // Numbered anew, and again wrong: the two sides count differently.
    if (numbers_disagree && call.repairs > 1) want_restart(now);
    //= DESC-18
    //= SMM-25
    // A message that was refused was not processed, and may go as a new one. Unless it had gone
    // out before, in a packet whose fate is not known: then it keeps its id, by which the server
    // tells. Except where it says that it cannot tell any more.
    if (call.transmissions > 1 && !is(bad_msg::message_too_old))
      enqueue(request, call);
    else
      enqueue_as_new(request, call);
  }
  for (const std::int64_t msg_id : packet.acks) acks.add(msg_id, now);
  for (service_message& message : packet.service) enqueue_service(std::move(message));
}

void client_session::state::correct_clock(std::int64_t server_msg_id, core::deadline asked_at,
                                          core::instant now) {
  if (time_of(server_msg_id) > last_server_time) return;
  //= GEN-08
  clock.correct(time_of(server_msg_id), now);
  report(clock_corrected{clock.offset()});
  // Ids ahead of the time that the server accepts were never accepted, and if they are far enough
  // ahead, they will not be accepted however late their packets arrive: these calls are free to go
  // as new messages, whatever becomes of those packets. Unless we knew the time when they got their
  // ids: then it is the server's clock that was set.
  // The server's clock has gone on since it said its time, but no longer than since we gave it
  // cause to.
  const auto latest = clock.time(now) + (now.steady - asked_at) + longest_way;
  std::vector<std::pair<std::int64_t, request_id>> never_accepted;
  for (const auto& [msg_id, request] : by_msg_id)
    if (age_of(msg_id, latest) == age::too_high && !calls.at(request).numbered_in_time)
      never_accepted.emplace_back(msg_id, request);
  sort_by_age(never_accepted);
  for (const auto& [msg_id, request] : never_accepted) enqueue_as_new(request, calls.at(request));
  want_untimely();
  //= GEN-09
  if (age_of(ids.last(), clock.time(now)) == age::too_high) want_restart(now);
}

void client_session::state::want_untimely() {
  for (const std::int64_t msg_id : std::exchange(untimely, {}))
    if (wanted_answers.size() < id_list_limit) wanted_answers.insert(msg_id);
}

void client_session::state::want_restart(core::instant now) {
  if (!restart_at) restart_at = now.steady + drain_time;
}

void client_session::state::restart_if_drained(core::instant now) {
  // While calls with ids of the old session are under way, their answers are waited for: on the
  // other side of the restart nobody could tell whether they were processed.
  if (restart_at && (by_msg_id.empty() || now.steady >= *restart_at)) restart(now);
}

void client_session::state::restart(core::instant now) {
  restart_at.reset();
  // What was not wanted any more ended with the session. In the next one its id may be another
  // call's.
  std::vector<request_id> needless;
  for (const auto& [request, call] : calls)
    if (call.what == outgoing_call::kind::drop_answer) needless.push_back(request);
  for (const request_id request : needless) erase(request);
  std::vector<request_id> unknown;
  for (const auto& [msg_id, request] : by_msg_id) unknown.push_back(request);
  std::ranges::sort(unknown);
  for (const request_id request : unknown) {
    outgoing_call& call = calls.at(request);
    // Destroying something twice does no harm.
    if (call.what == outgoing_call::kind::destroy_session ||
        call.what == outgoing_call::kind::destroy_key)
      enqueue_as_new(request, call);
    else
      fail_call(request, errc::outcome_unknown);
  }
  //= DESC-07
  session_id = random.integer<std::int64_t>();
  ids = msg_id_source(role::client);
  seq_nos = seq_no_source();
  received.clear();
  acks.clear();
  service_queue.clear();
  wanted_answers.clear();
  untimely.clear();
  sent_packets.clear();
  state_queries.clear();
  quick_acks.clear();
  salts_query = 0;
  next_salts_query = now.steady;
  // The server forgets with the session what the last ping said of the connection.
  next_ping = now.steady;
  report(session_restarted{session_id});
}

}  // namespace corogram::mtproto

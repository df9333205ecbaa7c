// From packets to messages that passed every check, in the order of the specification: the message
// key first, then session, parity, repetition, time; and only then what the message says.

#include <corogram/mtproto/container.hpp>
#include <corogram/mtproto/envelope.hpp>
#include <corogram/mtproto/packed.hpp>
#include <corogram/mtproto/session_client_impl.hpp>
#include <corogram/service/service.hpp>
#include <corogram/tl/codec.hpp>

#include <algorithm>

namespace corogram::mtproto {
namespace {

bool is_from_server(std::int64_t msg_id) noexcept {
  //= DESC-42
  //= SEC-12
  return (msg_id & 1) != 0;
}

/// Refusals and pongs quote what we have sent, so they can be believed whatever their time says.
bool quotes_us(core::byte_view body) noexcept {
  const auto number = tl::peek_id(body);
  return number == service::bad_server_salt::tl_id ||
         number == service::bad_msg_notification::tl_id || number == service::pong::tl_id;
}

}  // namespace

void client_session::state::handle_packet(core::byte_span packet, core::instant now) {
  if (!open || failed) return;
  const auto opened = open_packet(config.key, role::server, packet);
  //= SEC-16
  //= SEC-17
  //= SEC-18
  if (!opened) return fail_connection(opened.error());
  quiet_since.reset();
  heard = true;
  unheard_bytes = 0;
  unknown_key_in_a_row = 0;
  packet_salt = opened->header.salt;
  //= SEC-11
  if (opened->header.session_id != session_id)
    ignore(opened->message.msg_id, errc::wrong_session);
  else
    handle_outer(opened->message, now);
  restart_if_drained(now);
}

void client_session::state::handle_outer(const message_view& message, core::instant now) {
  if (!is_from_server(message.msg_id)) return ignore(message.msg_id, errc::bad_message_id);
  //= DESC-45
  //= SEC-14
  const bool timely = !clock.known() || age_of(message.msg_id, clock.time(now)) == age::fine;
  if (tl::peek_id(message.body) == msg_container_id) {
    const bool too_old = received.judge(message.msg_id) == received_messages::verdict::too_old;
    return handle_container(message, !timely || too_old, now);
  }
  handle_inner(message, message.msg_id, !timely, now);
}

void client_session::state::handle_container(const message_view& container, bool quotations_only,
                                             core::instant now) {
  //= SM-33
  // Nothing inside counts before all of it is known to be right.
  const auto messages = parse_container(container.body);
  if (!messages) return ignore(container.msg_id, messages.error());
  if (!container_in_order(container.msg_id, *messages))
    return ignore(container.msg_id, errc::bad_container);
  for (const message_view& message : *messages)
    if (!is_from_server(message.msg_id)) return ignore(container.msg_id, errc::bad_message_id);
  if (!quotations_only && !admit_container(container, *messages, now)) return;
  for (const message_view& message : *messages)
    handle_inner(message, container.msg_id, quotations_only, now);
}

bool client_session::state::admit_container(const message_view& container,
                                            const std::vector<message_view>& messages,
                                            core::instant now) {
  if (received.judge(container.msg_id) == received_messages::verdict::duplicate) {
    //= SMM-07
    for (const message_view& message : messages)
      if (content_related(message.seq_no) && received.find(message.msg_id) != nullptr)
        acks.add(message.msg_id, now);
    ignore(container.msg_id, errc::duplicate_message);
    return false;
  }
  //= SM-36
  // Even numbered or not, a container itself is not acknowledged.
  if (!admit({container.msg_id, 0, container.body}, now)) return false;
  received.find(container.msg_id)->is_container = true;
  return true;
}

void client_session::state::handle_inner(const message_view& message, std::int64_t outer_msg_id,
                                         bool quotations_only, core::instant now) {
  //= DESC-46
  if (quotations_only && !quotes_us(message.body)) return put_off(message, now);
  if (admit(message, now)) dispatch(message, outer_msg_id, now);
}

/// Ignores a message for its time; for now, if the server has to know that we have it. Perhaps it
/// is our clock that is wrong: the answer to a ping tells.
void client_session::state::put_off(const message_view& message, core::instant now) {
  ignore(message.msg_id, errc::bad_message_time);
  if (!content_related(message.seq_no)) return;
  const auto verdict = received.judge(message.msg_id);
  //= SMM-07
  if (verdict == received_messages::verdict::duplicate) acks.add(message.msg_id, now);
  if (verdict != received_messages::verdict::fresh) return;
  if (untimely.empty()) wanted_pings.push_back(random.integer<std::int64_t>());
  if (untimely.size() < untimely_limit) untimely.insert(message.msg_id);
}

bool client_session::state::admit(const message_view& message, core::instant now) {
  const auto verdict = received.judge(message.msg_id);
  //= SEC-13
  if (verdict == received_messages::verdict::too_old) {
    // A server that was restarted with its clock set back tells us so in messages below all that
    // we remember. What quotes us counts only once anyway, for what it names.
    //= DESC-46
    if (quotes_us(message.body)) return true;
    ignore(message.msg_id, errc::message_too_old);
    return false;
  }
  //= SM-03
  //= SM-28
  //= SMM-07
  //= SM-09
  // A duplicate too: that it came again shows that the server has not seen our acknowledgement.
  if (content_related(message.seq_no)) acks.add(message.msg_id, now);
  if (verdict == received_messages::verdict::duplicate) {
    ignore(message.msg_id, errc::duplicate_message);
    return false;
  }
  received_message fresh;
  fresh.msg_id = message.msg_id;
  fresh.seq_no = message.seq_no;
  received.add(fresh);
  return true;
}

void client_session::state::dispatch(const message_view& message, std::int64_t outer_msg_id,
                                     core::instant now) {
  const auto number = tl::peek_id(message.body);
  const auto handled = [&]() -> core::result<void> {
    switch (number.value_or(0)) {
      case service::rpc_result::tl_id:
        return on_rpc_result(message, outer_msg_id, now);
      case service::gzip_packed::tl_id:
        return on_packed(message, outer_msg_id, now);
      case service::msg_copy::tl_id:
        return on_copy(message, outer_msg_id, now);
      case service::msgs_ack::tl_id:
        return on_acks(message.body);
      case service::bad_msg_notification::tl_id:
        return on_refusal(message.body, message.msg_id, now);
      case service::bad_server_salt::tl_id:
        return on_salt_refusal(message.body, now);
      case service::pong::tl_id:
        return on_pong(message.body, outer_msg_id, now);
      case service::ping::tl_id:
        return on_ping(message);
      case service::future_salts::tl_id:
        return on_future_salts(message.body, now);
      case service::new_session_created::tl_id:
        return on_new_session(message, now);
      case service::msgs_state_req::tl_id:
        return on_state_request(message);
      case service::msgs_state_info::tl_id:
        return on_state_info(message.body);
      case service::msgs_all_info::tl_id:
        return on_all_info(message.body);
      case service::msg_detailed_info::tl_id:
        return on_detailed_info(message.body, now);
      case service::msg_new_detailed_info::tl_id:
        return on_new_detailed_info(message.body, now);
      case service::msg_resend_req::tl_id:
        return on_resend_request(message);
      case service::destroy_session_ok::tl_id:
      case service::destroy_session_none::tl_id:
        return on_destroy_session(message.body);
      case service::destroy_auth_key_ok::tl_id:
        return on_destroy_key(key_destroyed::outcome::ok), core::result<void>();
      case service::destroy_auth_key_none::tl_id:
        return on_destroy_key(key_destroyed::outcome::none), core::result<void>();
      case service::destroy_auth_key_fail::tl_id:
        return on_destroy_key(key_destroyed::outcome::fail), core::result<void>();
      // Reaches us only inside something else, where it is no container of ours to take apart.
      case msg_container_id:
        return errc::bad_container;
      default:
        break;
    }
    if (!number) return errc::unexpected_message;
    report(update{message.msg_id, {message.body.begin(), message.body.end()}});
    return {};
  }();
  if (!handled) ignore(message.msg_id, handled.error());
}

void client_session::state::ignore(std::int64_t msg_id, core::error reason) {
  report(message_ignored{msg_id, reason});
}

}  // namespace corogram::mtproto

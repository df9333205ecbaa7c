#include <corogram/mtproto/message.hpp>
#include <corogram/mtproto/message_rules.hpp>
#include <corogram/service/service.hpp>
#include <corogram/tl/codec.hpp>

namespace corogram::mtproto {

bool is_service(std::uint32_t constructor) noexcept {
  switch (constructor) {
    case service::msgs_ack::tl_id:
    case service::msg_container::tl_id:
    case service::msg_copy::tl_id:
    case service::gzip_packed::tl_id:
    case service::ping::tl_id:
    case service::ping_delay_disconnect::tl_id:
    case service::pong::tl_id:
    case service::get_future_salts::tl_id:
    case service::rpc_drop_answer::tl_id:
    case service::destroy_session::tl_id:
    case service::destroy_auth_key::tl_id:
    case service::msgs_state_req::tl_id:
    case service::msgs_state_info::tl_id:
    case service::msgs_all_info::tl_id:
    case service::msg_detailed_info::tl_id:
    case service::msg_new_detailed_info::tl_id:
    case service::msg_resend_req::tl_id:
    case service::http_wait::tl_id:
    // What only servers send: nothing of the API either.
    case service::rpc_result::tl_id:
    case service::rpc_error::tl_id:
    case service::new_session_created::tl_id:
    case service::bad_msg_notification::tl_id:
    case service::bad_server_salt::tl_id:
    case service::future_salts::tl_id:
    case service::destroy_session_ok::tl_id:
    case service::destroy_session_none::tl_id:
      return true;
    default:
      return false;
  }
}

parity parity_of(core::byte_view body) noexcept {
  const std::uint32_t constructor = tl::peek_id(body).value_or(0);
  switch (constructor) {
    //= DESC-28
    case service::msgs_ack::tl_id:
    case service::msg_container::tl_id:
    case service::msg_copy::tl_id:
      return parity::even;
    case service::gzip_packed::tl_id:
      return parity::odd;
    //= DESC-29
    //= DESC-27
    default:
      return is_service(constructor) ? parity::free : parity::odd;
  }
}

std::optional<bad_msg> check_parity(core::byte_view body, std::int32_t seq_no) noexcept {
  const parity demanded = parity_of(body);
  //= SMM-17
  if (demanded == parity::even && content_related(seq_no)) return bad_msg::seq_no_not_even;
  //= SMM-18
  if (demanded == parity::odd && !content_related(seq_no)) return bad_msg::seq_no_not_odd;
  return std::nullopt;
}

std::optional<bad_msg> check_order(const received_message* before, std::int32_t seq_no,
                                   const received_message* after) noexcept {
  // Equal even numbers are those of neighbours without a call between them (DIV-56).
  const bool odd = content_related(seq_no);
  //= SMM-15
  if (before != nullptr && (before->seq_no > seq_no || (before->seq_no == seq_no && odd)))
    return bad_msg::seq_no_too_low;
  //= SMM-16
  if (after != nullptr && (after->seq_no < seq_no || (after->seq_no == seq_no && odd)))
    return bad_msg::seq_no_too_high;
  return std::nullopt;
}

}  // namespace corogram::mtproto

#include "messages.hpp"

#include "alter.hpp"

#include <corogram/core/writer.hpp>
#include <corogram/mtproto/container.hpp>
#include <corogram/service/service.hpp>
#include <corogram/tl/codec.hpp>
#include <corogram/tl/gzip.hpp>

#include <array>
#include <deque>
#include <vector>

namespace corogram::fuzz {

namespace {

// Wrappers around wrappers, two more than any side takes apart.
constexpr unsigned deepest = 3;

std::int32_t some_int(choices& from) {
  return static_cast<std::int32_t>(word(from));
}

// Mostly small, where a number counts something or names a case.
std::int32_t small_int(choices& from) {
  const core::byte one = from.byte();
  return one < 0xf0 ? one : some_int(from);
}

std::vector<std::int64_t> some_ids(choices& from, known_ids ids) {
  std::vector<std::int64_t> chosen;
  for (std::size_t left = from.below(8); left > 0; --left) chosen.push_back(some_id(from, ids));
  return chosen;
}

core::byte_view some_bytes(choices& from) {
  return from.take(from.below(16));
}

template <class Object>
core::byte_buffer with_ids(choices& from, known_ids ids) {
  Object object;
  const std::vector<std::int64_t> chosen = some_ids(from, ids);
  object.msg_ids = chosen;
  return tl::encode(object);
}

template <class Object>
core::byte_buffer with_session(choices& from, known_ids ids) {
  Object object;
  object.session_id = some_id(from, ids);
  return tl::encode(object);
}

core::byte_buffer message(choices& from, known_ids ids, unsigned depth);

// Room for a whole number of words.
core::byte_buffer aligned(core::byte_buffer body) {
  body.resize((body.size() + 3) / 4 * 4);
  return body;
}

core::byte_buffer packed(choices& from, known_ids ids, unsigned depth) {
  const core::byte_buffer inside = message(from, ids, depth + 1);
  service::gzip_packed wrapper;
  wrapper.packed_data = from.byte() == 0xff ? inside : tl::gzip(inside);
  return tl::encode(wrapper);
}

core::byte_buffer result(choices& from, known_ids ids, unsigned depth) {
  core::byte_buffer body;
  core::writer(body).le(service::rpc_result::tl_id).le(some_id(from, ids));
  core::append(body, message(from, ids, depth + 1));
  return body;
}

core::byte_buffer copy(choices& from, known_ids ids, unsigned depth) {
  const std::int64_t msg_id = some_id(from, ids);
  const std::int32_t seq_no = small_int(from);
  const core::byte_buffer inside = aligned(message(from, ids, depth + 1));
  const auto length = static_cast<std::int32_t>(inside.size()) + (from.byte() == 0xff ? 4 : 0);
  core::byte_buffer body;
  core::writer(body).le(service::msg_copy::tl_id).le(service::message::tl_id);
  core::writer(body).le(msg_id).le(seq_no).le(length).bytes(inside);
  return body;
}

core::byte_buffer container(choices& from, known_ids ids, unsigned depth) {
  std::vector<mtproto::outgoing_message> messages;
  std::deque<core::byte_buffer> bodies;
  for (std::size_t left = from.below(4); left > 0; --left) {
    const std::int64_t msg_id = some_id(from, ids);
    const std::int32_t seq_no = small_int(from);
    bodies.push_back(aligned(message(from, ids, depth + 1)));
    messages.push_back({msg_id, seq_no, bodies.back()});
  }
  core::byte_buffer body;
  mtproto::write_container(messages, core::writer(body));
  return body;
}

core::byte_buffer refusal(choices& from, known_ids ids) {
  constexpr std::array<std::int32_t, 12> codes{16, 17, 18, 19, 20, 32, 33, 34, 35, 48, 64, 65};
  service::bad_msg_notification notice;
  notice.bad_msg_id = some_id(from, ids);
  notice.bad_msg_seqno = small_int(from);
  const core::byte which = from.byte();
  notice.error_code = which < 0xf0 ? codes[which % codes.size()] : some_int(from);
  return tl::encode(notice);
}

core::byte_buffer salt_refusal(choices& from, known_ids ids) {
  service::bad_server_salt notice;
  notice.bad_msg_id = some_id(from, ids);
  notice.bad_msg_seqno = small_int(from);
  notice.error_code = 48;
  notice.new_server_salt = signed_number(from);
  return tl::encode(notice);
}

core::byte_buffer salts(choices& from, known_ids ids) {
  core::byte_buffer body;
  const std::size_t count = from.below(4);
  core::writer out(body);
  out.le(service::future_salts::tl_id).le(some_id(from, ids)).le(some_int(from));
  out.le(static_cast<std::int32_t>(count));
  for (std::size_t i = 0; i < count; ++i)
    out.le(some_int(from)).le(some_int(from)).le(signed_number(from));
  return body;
}

core::byte_buffer error(choices& from) {
  service::rpc_error error;
  error.error_code = some_int(from);
  error.error_message = core::as_text(some_bytes(from));
  return tl::encode(error);
}

core::byte_buffer dropped(choices& from, known_ids ids) {
  service::rpc_answer_dropped answer;
  answer.msg_id = some_id(from, ids);
  answer.seq_no = small_int(from);
  answer.bytes = small_int(from);
  return tl::encode(answer);
}

core::byte_buffer pong(choices& from, known_ids ids) {
  service::pong answer;
  answer.msg_id = some_id(from, ids);
  answer.ping_id =
      from.below(8) == 0 ? signed_number(from) : static_cast<std::int64_t>(from.below(16));
  return tl::encode(answer);
}

core::byte_buffer ping(choices& from) {
  service::ping query;
  query.ping_id = small_int(from);
  return tl::encode(query);
}

core::byte_buffer ping_delay_disconnect(choices& from) {
  service::ping_delay_disconnect query;
  query.ping_id = small_int(from);
  query.disconnect_delay = small_int(from);
  return tl::encode(query);
}

core::byte_buffer new_session(choices& from, known_ids ids) {
  service::new_session_created notice;
  notice.first_msg_id = some_id(from, ids);
  notice.unique_id = signed_number(from);
  notice.server_salt = signed_number(from);
  return tl::encode(notice);
}

core::byte_buffer state_info(choices& from, known_ids ids) {
  service::msgs_state_info info;
  info.req_msg_id = some_id(from, ids);
  info.info = some_bytes(from);
  return tl::encode(info);
}

core::byte_buffer all_info(choices& from, known_ids ids) {
  service::msgs_all_info info;
  const std::vector<std::int64_t> chosen = some_ids(from, ids);
  info.msg_ids = chosen;
  info.info = from.take(from.byte() == 0xff ? from.below(16) : chosen.size());
  return tl::encode(info);
}

core::byte_buffer detailed_info(choices& from, known_ids ids) {
  service::msg_detailed_info info;
  info.msg_id = some_id(from, ids);
  info.answer_msg_id = some_id(from, ids);
  info.bytes = small_int(from);
  info.status = small_int(from);
  return tl::encode(info);
}

core::byte_buffer new_detailed_info(choices& from, known_ids ids) {
  service::msg_new_detailed_info info;
  info.answer_msg_id = some_id(from, ids);
  info.bytes = small_int(from);
  info.status = small_int(from);
  return tl::encode(info);
}

core::byte_buffer http_wait(choices& from) {
  service::http_wait query;
  query.max_delay = some_int(from);
  query.wait_after = some_int(from);
  query.max_wait = some_int(from);
  return tl::encode(query);
}

core::byte_buffer drop_answer(choices& from, known_ids ids) {
  service::rpc_drop_answer query;
  query.req_msg_id = some_id(from, ids);
  return tl::encode(query);
}

core::byte_buffer get_salts(choices& from) {
  service::get_future_salts query;
  query.num = small_int(from);
  return tl::encode(query);
}

core::byte_buffer call(choices& from) {
  core::byte_buffer body{0x0d, 0x0c, 0x0b, 0x0a};  // a number that no service message has
  core::append(body, some_bytes(from));
  return aligned(std::move(body));
}

core::byte_buffer message(choices& from, known_ids ids, unsigned depth) {
  if (depth > deepest) return call(from);
  switch (from.below(36)) {
    case 0:
      return result(from, ids, depth);
    case 1:
      return error(from);
    case 2:
      return tl::encode(service::rpc_answer_unknown());
    case 3:
      return tl::encode(service::rpc_answer_dropped_running());
    case 4:
      return dropped(from, ids);
    case 5:
      return salts(from, ids);
    case 6:
      return pong(from, ids);
    case 7:
      return with_session<service::destroy_session_ok>(from, ids);
    case 8:
      return with_session<service::destroy_session_none>(from, ids);
    case 9:
      return new_session(from, ids);
    case 10:
      return container(from, ids, depth);
    case 11:
      return copy(from, ids, depth);
    case 12:
      return packed(from, ids, depth);
    case 13:
      return with_ids<service::msgs_ack>(from, ids);
    case 14:
      return refusal(from, ids);
    case 15:
      return salt_refusal(from, ids);
    case 16:
      return with_ids<service::msg_resend_req>(from, ids);
    case 17:
      return with_ids<service::msgs_state_req>(from, ids);
    case 18:
      return state_info(from, ids);
    case 19:
      return all_info(from, ids);
    case 20:
      return detailed_info(from, ids);
    case 21:
      return new_detailed_info(from, ids);
    case 22:
      return tl::encode(service::destroy_auth_key_ok());
    case 23:
      return tl::encode(service::destroy_auth_key_none());
    case 24:
      return tl::encode(service::destroy_auth_key_fail());
    case 25:
      return http_wait(from);
    case 26:
      return drop_answer(from, ids);
    case 27:
      return get_salts(from);
    case 28:
      return ping(from);
    case 29:
      return ping_delay_disconnect(from);
    case 30:
      return with_session<service::destroy_session>(from, ids);
    case 31:
      return tl::encode(service::destroy_auth_key());
    case 32: {
      const core::byte_view raw = from.take(from.below(128));
      return {raw.begin(), raw.end()};
    }
    case 33: {
      core::byte_buffer body = message(from, ids, depth + 1);
      alter(from, body);
      return body;
    }
    default:
      return call(from);
  }
}

}  // namespace

std::int64_t some_id(choices& from, known_ids ids) {
  const core::byte which = from.byte();
  return which < 0xf0 && !ids.empty() ? ids[which % ids.size()] : signed_number(from);
}

core::byte_buffer any_message(choices& from, known_ids ids) {
  return aligned(message(from, ids, 0));
}

}  // namespace corogram::fuzz

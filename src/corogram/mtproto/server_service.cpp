// What a server does with each service message.

#include <corogram/core/reader.hpp>
#include <corogram/mtproto/container.hpp>
#include <corogram/mtproto/message_rules.hpp>
#include <corogram/mtproto/packed.hpp>
#include <corogram/mtproto/server_impl.hpp>
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

void server::state::dispatch(const origin& from, const message_view& message, bool inside) {
  const auto constructor = tl::peek_id(message.body);
  const auto handled = [&]() -> core::result<void> {
    switch (constructor.value_or(0)) {
      case service::gzip_packed::tl_id:
      case service::msg_copy::tl_id:
        if (inside) return errc::bad_packing;
        if (constructor == service::msg_copy::tl_id) return on_copy(from, message);
        on_packed(from, message);
        return {};
      case service::msgs_ack::tl_id:
        return on_acks(from, message.body);
      case service::ping::tl_id:
        return on_ping(from, message);
      case service::ping_delay_disconnect::tl_id:
        return on_ping_delay_disconnect(from, message);
      case service::get_future_salts::tl_id:
        return on_get_future_salts(from, message);
      case service::rpc_drop_answer::tl_id:
        return on_drop_answer(from, message);
      case service::msgs_state_req::tl_id:
        return on_state_request(from, message);
      case service::msgs_state_info::tl_id:
        return on_state_info(from, message.body);
      case service::msgs_all_info::tl_id:
        return on_all_info(from, message.body);
      case service::msg_resend_req::tl_id:
        return on_resend_request(from, message);
      case service::destroy_session::tl_id:
        return on_destroy_session(from, message);
      case service::destroy_auth_key::tl_id:
        return on_destroy_key(from), core::result<void>();
      //= SM-52
      case service::http_wait::tl_id:
        return on_http_wait(from, message.body);
      // To a server's own ping: nothing hangs on it.
      case service::pong::tl_id:
        return {};
      default:
        break;
    }
    if (!constructor || is_service(*constructor)) return errc::unexpected_message;
    on_call(from, message, {message.body.begin(), message.body.end()});
    return {};
  }();
  if (!handled) fault(from.link, handled.error());
}

void server::state::on_packed(const origin& from, const message_view& message) {
  auto inside = unpack(message.body, config.limits.inflated);
  const bool is_object = inside && tl::peek_id(inside->object);
  if (!is_object) {
    // It stands for a call, so it is answered like one.
    fault(from.link, inside ? core::error(errc::unexpected_message) : inside.error());
    service::rpc_error error;
    error.error_code = 400;
    error.error_message = "INPUT_FETCH_FAIL";
    begin_call(from.session, message.msg_id);
    answer_call(from.session, message.msg_id, {tl::encode(error), message.msg_id});
    return;
  }
  if (inside->by_zlib) admits(from, rule::gzip_wrapper, "zlib in place of gzip");
  if (is_service(tl::peek_id(inside->object).value_or(0))) {
    if (!admits(from, rule::packed_service_message, "a packed service message")) return;
    return dispatch(from, {message.msg_id, message.seq_no, inside->object}, true);
  }
  on_call(from, message, std::move(inside->object));
}

core::result<void> server::state::on_copy(const origin& from, const message_view& message) {
  //= SM-42
  if (!admits(from, rule::message_copy, "msg_copy")) return {};
  core::reader in(message.body);
  COROGRAM_CHECK(in.take(sizeof(service::msg_copy::tl_id)));
  COROGRAM_TRY(const auto number, in.le<std::uint32_t>());
  message_view original;
  COROGRAM_TRY(original.msg_id, in.le<std::int64_t>());
  COROGRAM_TRY(original.seq_no, in.le<std::int32_t>());
  COROGRAM_TRY(const auto length, in.le<std::int32_t>());
  original.body = in.rest();
  if (number != service::message::tl_id || length < 0 ||
      static_cast<std::size_t>(length) != original.body.size() ||
      !earlier(original.msg_id, message.msg_id) ||
      tl::peek_id(original.body) == service::msg_container::tl_id ||
      tl::peek_id(original.body) == service::msg_copy::tl_id)
    return errc::bad_container;
  if (check_together(from, {original})) return errc::bad_container;
  take(from, {original});
  return {};
}

core::result<void> server::state::on_acks(const origin& from, core::byte_view body) {
  COROGRAM_TRY(const auto list, tl::decode_view<service::msgs_ack>(body));
  if (!list_is_short_enough(from, list->msg_ids.size())) return {};
  //= SMM-01
  for (const std::int64_t msg_id : list->msg_ids) acknowledged(from.session, msg_id);
  return {};
}

void server::state::acknowledged(server_session& session, std::int64_t msg_id) {
  const auto at = session.unacknowledged.find(msg_id);
  if (at == session.unacknowledged.end()) return;
  const std::optional<std::int64_t> answers = at->second.answers;
  session.stored_bytes -= at->second.body.size();
  session.unacknowledged.erase(at);
  if (answers) end_call(session, *answers);
  report(message_acknowledged{session.name, msg_id});
}

core::result<void> server::state::on_ping(const origin& from, const message_view& message) {
  COROGRAM_TRY(const auto ping_, tl::decode_view<service::ping>(message.body));
  send_pong(from, message.msg_id, ping_->ping_id);
  return {};
}

core::result<void> server::state::on_ping_delay_disconnect(const origin& from,
                                                           const message_view& message) {
  COROGRAM_TRY(const auto ping_, tl::decode_view<service::ping_delay_disconnect>(message.body));
  send_pong(from, message.msg_id, ping_->ping_id);
  //= SM-21
  connection& link = from.link;
  if (link.disconnect_at) disconnect_timers.erase({*link.disconnect_at, link.id});
  link.disconnect_at = from.now.steady + std::chrono::seconds(std::max(ping_->disconnect_delay, 0));
  disconnect_timers.insert({*link.disconnect_at, link.id});
  return {};
}

void server::state::send_pong(const origin& from, std::int64_t msg_id, std::int64_t ping_id) {
  //= SM-18
  //= SM-19
  //= SM-20
  service::pong pong;
  pong.msg_id = msg_id;
  pong.ping_id = ping_id;
  reply(from, tl::encode(pong));
}

core::result<void> server::state::on_get_future_salts(const origin& from,
                                                      const message_view& message) {
  COROGRAM_TRY(const auto query, tl::decode_view<service::get_future_salts>(message.body));
  //= SM-12
  if ((query->num < 1 || query->num > future_salts_limit) &&
      !admits(from, rule::future_salts_count, "get_future_salts for less than 1 or more than 64"))
    return {};
  //= SM-14
  const auto count = static_cast<std::size_t>(std::clamp(query->num, 1, future_salts_limit));
  const auto seconds = std::chrono::floor<std::chrono::seconds>(from.now.wall).count();
  const stored_key& key = *keys.find(from.session.name.auth_key_id);
  std::vector<service::future_salt> salts;
  for (const salt_period& period :
       record_of(key, from.now).salts.upcoming(count, seconds, random)) {
    service::future_salt one;
    one.valid_since = static_cast<std::int32_t>(period.valid_since);
    one.valid_until = static_cast<std::int32_t>(period.valid_until);
    one.salt = period.salt;
    salts.push_back(one);
  }
  //= SM-13
  service::future_salts answer;
  answer.req_msg_id = message.msg_id;
  answer.now = static_cast<std::int32_t>(seconds);
  answer.salts = salts;
  //= SM-16
  from.session.acks.settle(message.msg_id);
  reply(from, tl::encode(answer));
  return {};
}

core::result<void> server::state::on_state_request(const origin& from,
                                                   const message_view& message) {
  COROGRAM_TRY(const auto query, tl::decode_view<service::msgs_state_req>(message.body));
  if (!list_is_short_enough(from, query->msg_ids.size())) return {};
  //= SMM-33
  from.session.acks.settle(message.msg_id);
  send_states(from, message.msg_id, to_vector(query->msg_ids));
  return {};
}

void server::state::send_states(const origin& from, std::int64_t req_msg_id,
                                const std::vector<std::int64_t>& msg_ids) {
  //= SMM-29
  service::msgs_state_info info;
  info.req_msg_id = req_msg_id;
  info.info = states_of(from.session.received, msg_ids);
  reply(from, tl::encode(info));
}

core::result<void> server::state::on_state_info(const origin& from, core::byte_view body) {
  COROGRAM_TRY(const auto info_, tl::decode_view<service::msgs_state_info>(body));
  const auto query = from.session.state_queries.find(info_->req_msg_id);
  if (query == from.session.state_queries.end()) return errc::unexpected_message;
  const std::vector<std::int64_t> subjects = std::move(query->second);
  from.session.state_queries.erase(query);
  if (info_->info.size() != subjects.size()) return core::errc::bad_length;
  for (std::size_t i = 0; i < subjects.size(); ++i)
    apply_state(from.session, subjects[i], info_->info[i]);
  return {};
}

core::result<void> server::state::on_all_info(const origin& from, core::byte_view body) {
  //= SMM-35
  COROGRAM_TRY(const auto all, tl::decode_view<service::msgs_all_info>(body));
  if (all->info.size() != all->msg_ids.size()) return core::errc::bad_length;
  for (std::size_t i = 0; i < all->msg_ids.size(); ++i)
    apply_state(from.session, all->msg_ids[i], all->info[i]);
  return {};
}

void server::state::apply_state(server_session& session, std::int64_t msg_id,
                                core::byte state_byte) {
  switch (state_byte & state_mask) {
    case state_unknown:
    case state_not_received:
    case state_not_received_yet:
      //= SMM-34
      if (session.unacknowledged.contains(msg_id)) session.enqueue_again(msg_id);
      return;
    //= SMM-32
    case state_received:
      return acknowledged(session, msg_id);
    default:
      return;
  }
}

core::result<void> server::state::on_resend_request(const origin& from,
                                                    const message_view& message) {
  COROGRAM_TRY(const auto query, tl::decode_view<service::msg_resend_req>(message.body));
  if (!list_is_short_enough(from, query->msg_ids.size())) return {};
  bool all_known = true;
  //= SMM-40
  for (const std::int64_t msg_id : query->msg_ids) {
    if (from.session.unacknowledged.contains(msg_id))
      from.session.enqueue_again(msg_id, from.link.id);
    else
      all_known = false;
  }
  //= SMM-41
  if (!all_known) send_states(from, message.msg_id, to_vector(query->msg_ids));
  return {};
}

core::result<void> server::state::on_destroy_session(const origin& from,
                                                     const message_view& message) {
  COROGRAM_TRY(const auto query, tl::decode_view<service::destroy_session>(message.body));
  const session_key subject{from.session.name.auth_key_id, query->session_id};
  bool existed = false;
  if (subject == from.session.name)
    // The text leaves the result open; a session does not survive its own last message anyway, so
    // it is let live.
    admits(from, rule::destroy_own_session, "destroy_session for the session that it is sent in");
  else
    existed = remove_session(subject);
  //= SM-24
  core::byte_buffer body;
  if (existed) {
    service::destroy_session_ok answer;
    answer.session_id = subject.session_id;
    tl::encode(answer, body);
  } else {
    service::destroy_session_none answer;
    answer.session_id = subject.session_id;
    tl::encode(answer, body);
  }
  // Kept until it is acknowledged: asked again, the server could only say that there is none.
  begin_call(from.session, message.msg_id);
  answer_call(from.session, message.msg_id, std::move(body));
  return {};
}

void server::state::on_destroy_key(const origin& from) {
  //= SM-54
  const stored_key* const key = keys.find(from.session.name.auth_key_id);
  const bool alone = key->is_temporary() && key->bound_to == 0;
  queued_message message;
  // A temporary key that acts for none is no key that could be destroyed.
  message.body = alone ? tl::encode(service::destroy_auth_key_none())
                       : tl::encode(service::destroy_auth_key_ok());
  message.response = true;
  message.only_on = from.link.id;
  message.ends_key = !alone;
  from.session.enqueue(std::move(message));
}

bool server::state::list_is_short_enough(const origin& from, std::size_t size) {
  //= SMM-03
  if (size <= id_list_limit ||
      admits(from, rule::id_list_size, "a list of more than 8192 message ids"))
    return true;
  refuse(from.link, error_flood, errc::too_many_elements);
  return false;
}

void server::state::reply(const origin& from, core::byte_buffer body) {
  queued_message message;
  message.body = std::move(body);
  message.response = true;
  message.only_on = from.link.id;
  from.session.enqueue(std::move(message));
  schedule(from.session);
}

}  // namespace corogram::mtproto

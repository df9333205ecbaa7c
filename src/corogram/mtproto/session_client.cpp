#include <corogram/mtproto/packed.hpp>
#include <corogram/mtproto/session_client.hpp>
#include <corogram/mtproto/session_client_impl.hpp>
#include <corogram/service/functions/destroy_auth_key.hpp>
#include <corogram/service/functions/destroy_session.hpp>
#include <corogram/tl/codec.hpp>

#include <algorithm>

namespace corogram::mtproto {

client_session::state::state(client_session_config config_, core::random_source& random_)
    : config(std::move(config_)),
      random(random_),
      //= DESC-07
      session_id(random.integer<std::int64_t>()),
      clock(config.server_time_offset, config.server_time_known),
      acks(config.ack_delay, config.ack_count),
      //= DESC-48
      salts(config.server_salt, config.future_salts) {}

void client_session::state::observe(core::instant now) {
  if (clock.observe(now)) report(clock_corrected{clock.offset()});
}

void client_session::state::fail_connection(core::error reason) {
  failed = true;
  report(close_connection{reason});
}

void pack(query_body& query) {
  std::optional<core::byte_buffer> shorter =
      packed_form(query.head.empty() ? core::byte_view(*query.content)
                                     : core::byte_view(core::concat(query.head, *query.content)));
  if (shorter) query = query_body(*std::move(shorter));
}

client_session::client_session(client_session_config config, core::random_source& random)
    : state_(std::make_unique<state>(std::move(config), random)) {}
client_session::client_session(client_session&&) noexcept = default;
client_session& client_session::operator=(client_session&&) noexcept = default;
client_session::~client_session() = default;

request_id client_session::submit(query_body body, request_options options) {
  outgoing_call call;
  call.quick_ack = options.quick_ack;
  //= INV-16
  //= SM-45
  if (options.compress && body.size() > state_->config.compress_above) pack(body);
  call.body = std::move(body);
  const bool whole = call.body.size() != 0 && call.body.size() % 4 == 0;
  const bool fits = call.body.size() <= call_size_limit;
  const bool has_room = requests_under_way() < state_->config.request_limit;
  const request_id request = state_->submit(std::move(call));
  if (!whole)
    state_->fail_call(request, core::errc::bad_length);
  else if (!fits)
    state_->fail_call(request, errc::message_too_long);
  else if (!has_room)
    state_->fail_call(request, errc::too_many_requests);
  return request;
}

request_id client_session::submit_with(body_maker maker, request_options options) {
  outgoing_call call;
  call.quick_ack = options.quick_ack;
  call.maker = std::move(maker);
  const bool has_room = requests_under_way() < state_->config.request_limit;
  const request_id request = state_->submit(std::move(call));
  if (!has_room) state_->fail_call(request, errc::too_many_requests);
  return request;
}

bool client_session::drop(request_id request) {
  return state_->drop(request);
}

void client_session::ping(std::int64_t ping_id) {
  if (state_->wanted_pings.size() < open_questions_limit) state_->wanted_pings.push_back(ping_id);
}

void client_session::wait_over_http() {
  state_->http_wait_wanted = true;
}

//= SM-11
bool client_session::destroy_session(std::int64_t session_id) {
  //= SM-23
  if (session_id == state_->session_id) return false;
  service::destroy_session query;
  query.session_id = session_id;
  outgoing_call call;
  call.what = outgoing_call::kind::destroy_session;
  call.subject = session_id;
  call.body = tl::encode(query);
  state_->submit(std::move(call));
  return true;
}

void client_session::destroy_auth_key() {
  //= SM-53
  outgoing_call call;
  call.what = outgoing_call::kind::destroy_key;
  call.body = tl::encode(service::destroy_auth_key());
  state_->submit(std::move(call));
}

void client_session::connection_opened(core::instant now) {
  state& s = *state_;
  s.observe(now);
  s.open = true;
  s.failed = false;
  s.next_ping = now.steady;
  s.quiet_since.reset();
  s.heard = false;
  s.unheard_bytes = 0;
  s.next_salts_query = now.steady;
}

void client_session::connection_closed(core::instant now) {
  state& s = *state_;
  s.observe(now);
  if (!s.open) return;
  s.open = false;
  s.quiet_since.reset();
  // What was meant for this connection; acknowledgements are not (they stay in their queue).
  s.service_queue.clear();
  s.wanted_pings.clear();
  s.http_wait_wanted = false;
  s.pings.clear();
  s.state_queries.clear();
  s.quick_acks.clear();
  s.salts_query = 0;
  s.requeue_lost(now);
}

void client_session::handle_packet(core::byte_span packet, core::instant now) {
  state_->observe(now);
  state_->handle_packet(packet, now);
}

void client_session::bytes_received(core::instant now) {
  state_->observe(now);
  if (state_->quiet_since) state_->quiet_since = now.steady;
}

void client_session::handle_transport_error(std::int32_t code, core::instant now) {
  state& s = *state_;
  s.observe(now);
  if (!s.open || s.failed) return;
  s.failed = true;
  constexpr std::int32_t not_found = -404;
  if (code == not_found)
    s.report(key_unknown{++s.unknown_key_in_a_row});
  else
    s.report(transport_failed{code});
}

void client_session::handle_quick_ack(std::uint32_t token) {
  state& s = *state_;
  const auto packet = s.quick_acks.find(token);
  if (packet == s.quick_acks.end()) return;
  //= TR-23
  for (const request_id request : packet->second) {
    const auto call = s.calls.find(request);
    if (call != s.calls.end()) s.mark_received(request, call->second, true);
  }
  s.quick_acks.erase(packet);
}

bool client_session::poll_transmit(outgoing_packet& out, core::instant now) {
  state_->observe(now);
  return state_->transmit(out, now);
}

std::optional<client_event> client_session::poll_event() {
  auto& events = state_->events;
  if (events.empty()) return std::nullopt;
  client_event next = std::move(events.front());
  events.pop_front();
  return next;
}

std::optional<core::deadline> client_session::poll_deadline() const {
  const state& s = *state_;
  std::optional<core::deadline> earliest = s.restart_at;
  const auto consider = [&](std::optional<core::deadline> candidate) {
    if (candidate && (!earliest || *candidate < *earliest)) earliest = candidate;
  };
  if (!s.open || s.failed) return earliest;
  consider(s.life_sign_due());
  if (s.restart_at) return earliest;
  // What is to be sent waits for poll_transmit once its time has come: while a connection takes no
  // more bytes, the clock must not call for it again and again.
  const auto consider_sending = [&](std::optional<core::deadline> candidate) {
    if (candidate && *candidate > s.awake_since) consider(candidate);
  };
  consider_sending(s.acks.poll_deadline());
  if (s.config.ping_interval.count() > 0) consider_sending(s.next_ping);
  if (!s.query_timers.empty()) consider_sending(s.query_timers.begin()->first);
  return earliest;
}

void client_session::handle_timeout(core::instant now) {
  state& s = *state_;
  s.observe(now);
  s.awake_since = now.steady;
  s.restart_if_drained(now);
  const auto due = s.life_sign_due();
  if (!s.open || s.failed || !due || now.steady < *due) return;
  s.quiet_since.reset();
  s.fail_connection(errc::timed_out);
}

/// A pong comes behind what was sent before the ping. Of that, one packet at most is on its way
/// without the server being heard: others are acknowledged.
std::optional<core::deadline> client_session::state::life_sign_due() const {
  if (!quiet_since) return std::nullopt;
  const auto sending =
      std::chrono::seconds(std::min(unheard_bytes, call_size_limit) / slowest_connection);
  return *quiet_since + config.ping_timeout + sending;
}

std::int64_t client_session::session_id() const noexcept {
  return state_->session_id;
}
const auth_key& client_session::key() const noexcept {
  return state_->config.key;
}
std::int64_t client_session::server_salt() const noexcept {
  return state_->salts.last();
}
std::vector<salt_period> client_session::future_salts() const {
  return state_->salts.known();
}
std::chrono::nanoseconds client_session::server_time_offset() const noexcept {
  return state_->clock.offset();
}
bool client_session::server_time_known() const noexcept {
  return state_->clock.known();
}

std::optional<std::int64_t> client_session::msg_id_of(request_id request) const {
  const auto call = state_->calls.find(request);
  if (call == state_->calls.end() || call->second.msg_id == 0) return std::nullopt;
  return call->second.msg_id;
}

client_load client_session::load() const noexcept {
  const state& s = *state_;
  return {s.calls.size(), s.service_queue.size() + s.wanted_answers.size(), s.acks.size(),
          s.sent_packets.size() + s.pings.size() + s.state_queries.size() + s.quick_acks.size()};
}

std::size_t client_session::requests_under_way() const noexcept {
  return state_->api_calls;
}

}  // namespace corogram::mtproto

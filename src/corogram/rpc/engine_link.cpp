// The part of the engine that deals with links: opening and losing them, and what the session
// reports.

#include <corogram/mtproto/errc.hpp>
#include <corogram/mtproto/plain_message.hpp>
#include <corogram/rpc/dial.hpp>
#include <corogram/rpc/engine.hpp>
#include <corogram/rpc/engine_operation_impl.hpp>
#include <corogram/rpc/errc.hpp>
#include <corogram/transport/frame_reader.hpp>

#include <type_traits>
#include <utility>

namespace corogram::rpc {
namespace {

std::error_code meaning_of(std::int32_t transport_code) noexcept {
  switch (transport::transport_code{transport_code}) {
    case transport::transport_code::too_many:
      return errc::too_many_connections;
    case transport::transport_code::invalid_dc:
      return errc::wrong_dc;
    default:
      return errc::transport_error;
  }
}

template <class... Functions>
struct overloaded : Functions... {
  using Functions::operator()...;
};

}  // namespace

bool engine::has_link() const noexcept {
  return phase_ == phase::connecting || phase_ == phase::exchanging || phase_ == phase::open;
}

void engine::report(stage_kind kind, core::instant now, std::string what, std::error_code failure) {
  events_.emplace_back(stage(kind, now, std::move(what), failure));
}

engine::engine(options settings, core::random_source& random)
    : options_(std::move(settings)),
      random_(random),
      backoff_(options_.reconnect),
      uses_temporary_keys_(options_.forward_secrecy),
      binding_pauses_(options_.server_failure_pause) {
  const bool makes_keys = !options_.key || uses_temporary_keys_;
  if (options_.endpoints.empty() || (makes_keys && options_.public_keys.empty()) ||
      !can_dial(options_)) {
    stopped_ = errc::bad_options;
    phase_ = phase::stopped;
    return;
  }
  if (!options_.key) return;
  if (uses_temporary_keys_) {
    permanent_ = std::move(options_.key);
  } else {
    mtproto::client_session_config config(std::move(options_.key->key));
    config.server_salt = options_.key->server_salt;
    config.server_time_offset = options_.key->server_time_offset;
    config.request_limit = options_.max_requests;
    session_.emplace(std::move(config), random_);
  }
  options_.key.reset();
}

engine::~engine() = default;

//= ERR-13
/// Opens a link. Pre: there is none; the last one was closed by drop_link.
void engine::begin_attempt(core::instant now) {
  const std::size_t endpoint = next_endpoint_ % options_.endpoints.size();
  ++link_;
  phase_ = phase::connecting;
  phase_deadline_ = now.steady + options_.connect_timeout;
  orders_.emplace_back(open_link{link_, endpoint});
  endpoint_ = options_.endpoints[endpoint];
  report(stage_kind::connecting, now, endpoint_->host + ":" + std::to_string(endpoint_->port));
}

//= DC-01
void engine::use_endpoints(std::vector<endpoint> endpoints) {
  options_.endpoints = std::move(endpoints);
  next_endpoint_ = 0;
}

void engine::connected(link_number link, core::instant now) {
  if (link != link_ || phase_ != phase::connecting) return;
  report(stage_kind::connected, now);
  phase_deadline_ = now.steady + options_.handshake_timeout;

  const std::int32_t dc = mtproto::wire_dc(options_.dc_id, options_.test_mode, options_.media);
  stream_.emplace(stream_config(options_, *endpoint_, static_cast<std::int16_t>(dc)), random_);

  go_on_with_link(now);
}

void engine::link_is_alive(core::instant now) {
  // The session may report what it has heard when the link is gone already.
  if (alive_ || phase_ != phase::open || !is_usable()) return;
  alive_ = true;
  is_confirmed_ = false;
  phase_deadline_.reset();
  last_failure_.clear();
  refusals_in_a_row_ = 0;
  backoff_.reset();
  if (expiry_ && !next_session_ && !renew_at_) plan_renewal();
  report(stage_kind::ready, now);
  for (auto at = operations_.begin(); at != operations_.end();) {
    const auto next = std::next(at);
    if (!at->second.is_request) finish(at, {});
    at = next;
  }
}

void engine::disconnected(link_number link, std::error_code why, core::instant now) {
  if (link != link_ || !has_link()) return;
  fail_link(why, now, is_beyond_doubt(why));
  drain_session(now);
}

//= SEC-18
/// Whether a failure ends the engine. What says that no other attempt would help (no key of ours,
/// no such data centre) is not authenticated, and one flipped bit makes it: it is believed once
/// attempt after attempt has ended with it.
bool engine::is_beyond_doubt(std::error_code why) noexcept {
  if (!is_final(why)) {
    refusals_in_a_row_ = 0;
    return false;
  }
  if (why != last_refusal_) refusals_in_a_row_ = 0;
  last_refusal_ = why;
  return ++refusals_in_a_row_ >= options_.refusal_limit;
}

//= SEC-17
//= SEC-18
/// Ends the link, and the engine too if another link would not help.
void engine::fail_link(std::error_code why, core::instant now, bool final) {
  drop_link(now);
  last_failure_ = why;
  report(stage_kind::disconnected, now, {}, why);

  const std::chrono::nanoseconds pause = backoff_.next(random_);
  if (final || backoff_.failures() == options_.max_attempts) return stop(why);
  ++next_endpoint_;
  phase_ = phase::pausing;
  phase_deadline_ = now.steady + pause;
  report(stage_kind::pausing, now, to_milliseconds(pause));
}

void engine::drop_link(core::instant now) {
  if (!has_link()) return;
  orders_.emplace_back(close_link{link_});
  stream_.reset();
  if (phase_ == phase::open && exchange_) renewal_failed(now);
  exchange_.reset();
  exchange_output_.clear();
  alive_ = false;
  if (session_) session_->connection_closed(now);
}

void engine::stop(std::error_code why) {
  stopped_ = why;
  phase_ = phase::stopped;
  phase_deadline_.reset();
  session_.reset();
  doubted_session_.reset();
  while (!operations_.empty()) finish(operations_.begin(), why);
}

void engine::close(core::instant now) {
  if (phase_ == phase::stopped) return;
  drop_link(now);
  stop(errc::closed);
}

void engine::phase_timed_out(core::instant now) {
  switch (phase_) {
    case phase::pausing:
      return begin_attempt(now);
    case phase::connecting:
      return fail_link(errc::connect_timed_out, now, false);
    case phase::exchanging:
    case phase::open:
      return fail_link(errc::handshake_timed_out, now, false);
    case phase::idle:
    case phase::stopped:
      return;
  }
}

void engine::received(link_number link, core::byte_view bytes, core::instant now) {
  if (link != link_ || !stream_) return;
  if (phase_ == phase::open) session_->bytes_received(now);
  stream_->feed(bytes);
  take_incoming(now);
}

transport::receive_buffer engine::lend(link_number link) {
  if (link == link_ && stream_) return stream_->lend();
  transport::receive_buffer unused;
  unused.reserve(transport::least_read_size);
  return unused;
}

void engine::received(link_number link, transport::receive_buffer lent, core::instant now) {
  if (link != link_ || !stream_) return;
  if (phase_ == phase::open) session_->bytes_received(now);
  stream_->feed(std::move(lent));
  take_incoming(now);
}

void engine::take_incoming(core::instant now) {
  // Handling a packet may drop the link, and the stream with it.
  while (stream_) {
    const auto incoming = stream_->poll();
    if (!incoming)
      fail_link(incoming.error().code, now, false);
    else if (*incoming)
      handle(**incoming, now);
    else
      break;
  }
  drain_session(now);
}

void engine::handle(const transport::incoming& what, core::instant now) {
  if (const auto* packet = std::get_if<transport::packet>(&what)) {
    if (exchange_ && (phase_ == phase::exchanging || mtproto::is_plain(packet->payload)))
      exchange_->handle_packet(packet->payload, now);
    else
      session_->handle_packet(packet->payload, now);
  } else if (const auto* failure = std::get_if<transport::transport_error>(&what)) {
    if (phase_ == phase::exchanging)
      exchange_->handle_transport_error(failure->code, now);
    else
      session_->handle_transport_error(failure->code, now);
  } else if (const auto* ack = std::get_if<transport::quick_ack>(&what); ack && session_) {
    session_->handle_quick_ack(ack->token);
  }
  if (exchange_) drain_exchange(now);
  drain_session(now);
}

void engine::drain_session(core::instant now) {
  while (session_) {
    auto event = session_->poll_event();
    if (!event) break;
    if (!binding_ended(*event, now)) handle(std::move(*event), now);
  }
  if (order_changed_) hand_over_ordered();
  change_over_if_idle(now);
}

void engine::handle(mtproto::client_event event, core::instant now) {
  const auto alive = [this, now] { link_is_alive(now); };
  std::visit(overloaded{
                 [&](mtproto::answer& it) { alive(), answered(std::move(it), now); },
                 [&](mtproto::rpc_error& it) { alive(), refused(it, now); },
                 [&](mtproto::request_failed& it) {
                   if (const auto at = take(it.request); at != operations_.end())
                     finish(at, it.reason.code);
                 },
                 [&](mtproto::update& it) {
                   alive(), events_.emplace_back(update_received{std::move(it.body)});
                 },
                 [&](mtproto::session_new&) {
                   alive(), report(stage_kind::session_created, now);
                   events_.emplace_back(updates_missed{});
                 },
                 [&](mtproto::salts_changed&) { alive(), events_.emplace_back(key_changed{}); },
                 // No sign of life: a clock that was set back is noticed without the server.
                 [&](mtproto::clock_corrected&) { events_.emplace_back(key_changed{}); },
                 [&](mtproto::pong_received&) { alive(); },
                 [&](mtproto::message_ignored& it) {
                   report(stage_kind::ignored, now, {}, it.reason.code);
                 },
                 [&](mtproto::close_connection& it) { fail_link(it.reason.code, now, false); },
                 [&](mtproto::key_unknown& it) {
                   key_is_unknown(static_cast<std::uint32_t>(it.in_a_row), now);
                 },
                 [&](mtproto::transport_failed& it) {
                   const std::error_code why = meaning_of(it.code);
                   fail_link(why, now, is_beyond_doubt(why));
                 },
                 // Nobody asks for these here: destroying keys and sessions is not offered, and
                 // that a call has arrived says nothing about its outcome (TR-23).
                 [&](mtproto::request_received&) {},
                 [&](mtproto::session_restarted&) {},
                 [&](mtproto::session_destroyed&) {},
                 [&](mtproto::key_destroyed&) {},
             },
             event);
}

void engine::poll_transmit(link_number link, core::send_queue& out, core::instant now,
                           std::size_t enough) {
  if (link != link_ || !stream_) return;
  core::byte_buffer replies;
  stream_->poll_transmit(replies);
  if (!replies.empty()) out.push(core::packet_buffer(std::move(replies)));
  if (!exchange_output_.empty()) out.push(core::packet_buffer(std::exchange(exchange_output_, {})));
  if (phase_ != phase::open) return;
  mtproto::outgoing_packet packet;
  for (bool more = true; more && out.size() < enough;) {
    more = session_->poll_transmit(packet, now);
    //= WS-15
    // Over HTTP there is always a query for what the server may want to say.
    if (!more && stream_->needs_query()) {
      session_->wait_over_http();
      more = session_->poll_transmit(packet, now);
    }
    if (more) stream_->write_packet(std::move(packet.packet), packet.quick_ack, out);
  }
  drain_session(now);
}

}  // namespace corogram::rpc

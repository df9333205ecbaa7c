// The part of the engine that deals with keys: the exchanges that make them, the session under
// them, the binding of a temporary key to the permanent one, its renewal, and what to believe of a
// server that denies a key.

#include <corogram/api/functions/auth/bindTempAuthKey.hpp>
#include <corogram/core/hex.hpp>
#include <corogram/mtproto/errc.hpp>
#include <corogram/mtproto/pfs.hpp>
#include <corogram/rpc/engine.hpp>
#include <corogram/rpc/engine_operation_impl.hpp>
#include <corogram/rpc/errc.hpp>
#include <corogram/tl/codec.hpp>

#include <algorithm>

namespace corogram::rpc {
namespace {

// A key exchange sends each query at most so often; all of that fits into the handshake's time.
constexpr int query_sends = 3;

//= PFS-19
//= PFS-20
/// A server that does not know a permanent key may not have heard of it yet for so long.
constexpr std::chrono::seconds new_key_age{60};

/// How long a session waits for what is under way before its key is changed in spite of it.
constexpr std::chrono::seconds rest_time{5};

}  // namespace

//= PFS-18
std::optional<stored_key> engine::stored() const {
  if (permanent_)
    return stored_key(permanent_->key.clone(), permanent_->server_salt,
                      permanent_->server_time_offset);
  if (!session_ || expiry_) return std::nullopt;
  return stored_key(session_->key().clone(), session_->server_salt(),
                    session_->server_time_offset());
}

/// Does what comes next on a link that is connected: an exchange, or the session.
void engine::go_on_with_link(core::instant now) {
  //= PFS-15
  if (is_expired(now)) abandon_session();
  //= GEN-07
  if (session_) return open_session(now);
  phase_ = phase::exchanging;
  begin_exchange(now);
}

//= PFS-02 exception: an engine has one TCP connection at a time (ERR-13), so the exchange of the
// temporary key follows that of the permanent one there; the text permits both at once, no more
/// Begins the exchange that is due: of the permanent key, or of a temporary one for it.
void engine::begin_exchange(core::instant now) {
  mtproto::key_exchange_client_config exchange;
  exchange.keys = options_.public_keys;
  exchange.dc = mtproto::wire_dc(options_.dc_id, options_.test_mode, options_.media);
  exchange.sends = query_sends;
  exchange.reply_timeout = options_.handshake_timeout / query_sends;
  exchange.primes = &primes_;
  //= PFS-01
  if (permanent_) exchange.expires_in = options_.temporary_key_lifetime;
  exchange_ = std::make_unique<mtproto::key_exchange_client>(std::move(exchange), random_);
  exchange_->start(now);
  drain_exchange(now);
}

void engine::drain_exchange(core::instant now) {
  while (const auto passed = exchange_->poll_stage())
    report(stage_kind::key_exchange, passed->at, std::string(passed->name) + ": " + passed->what);
  core::byte_buffer packet;
  while (exchange_->poll_transmit(packet)) stream_->write_packet(packet, false, exchange_output_);

  auto outcome = exchange_->poll_outcome();
  if (!outcome) return;
  if (!*outcome) {
    std::error_code why = outcome->error().code;
    if (why == mtproto::errc::timed_out) why = errc::handshake_timed_out;
    if (phase_ == phase::exchanging) return fail_link(why, now, is_beyond_doubt(why));
    exchange_.reset();
    return renewal_failed(now);
  }
  exchange_.reset();
  take_key(std::move(**outcome), now);
}

void engine::take_key(mtproto::key_exchange_result agreed, core::instant now) {
  report(stage_kind::key_agreed, now,
         core::wire_hex(agreed.key.id()) + (agreed.expiry ? ", temporary" : ""));
  if (!agreed.expiry) permanent_made_at_ = now.steady;
  if (!agreed.expiry && uses_temporary_keys_) {
    //= PFS-01
    //= PFS-04
    permanent_.emplace(std::move(agreed.key), agreed.server_salt, agreed.server_time_offset);
    events_.emplace_back(key_changed{});
    return begin_exchange(now);
  }

  mtproto::client_session_config config(std::move(agreed.key));
  config.server_salt = agreed.server_salt;
  config.server_time_offset = agreed.server_time_offset;
  config.server_time_known = true;
  config.request_limit = options_.max_requests;
  if (phase_ == phase::open) {
    //= PFS-16
    next_session_.emplace(std::move(config), random_);
    next_expiry_ = agreed.expiry;
    return change_over_if_idle(now);
  }
  session_.emplace(std::move(config), random_);
  //= PFS-03
  expiry_ = agreed.expiry;
  if (!expiry_) events_.emplace_back(key_changed{});
  open_session(now);
}

void engine::open_session(core::instant now) {
  phase_ = phase::open;
  session_->connection_opened(now);
  // Something has to come back soon, or the key or the server is not what we think.
  session_->ping(random_.integer<std::int64_t>() | 1);
  if (is_usable())
    hand_over_all();
  else
    bind(now);
  drain_session(now);
}

/// Forgets the session with its key. What was under way in it goes to the next one.
void engine::abandon_session() {
  session_.reset();
  expiry_.reset();
  is_bound_ = false;
  binding_.reset();
  bind_again_at_.reset();
  renew_at_.reset();
  next_session_.reset();
  next_expiry_.reset();
  rests_ = false;
  if (doubted_session_) return;
  introduced_ = false;
  by_request_.clear();
  for (auto& [id, request] : operations_) request.request.reset();
}

// Binding.

/// Has the temporary key act for the permanent one. Until it does, requests wait.
void engine::bind(core::instant now) {
  bind_again_at_.reset();
  if (binding_) return;
  //= PFS-05
  //= PFS-06
  binding_ = session_->submit_with(
      [this](const mtproto::message_identity& carrier) { return binding_call(carrier); });
  drain_session(now);
}

//= PFS-06
//= PFS-09
/// The call for the message that is about to carry it.
core::byte_buffer engine::binding_call(const mtproto::message_identity& carrier) {
  const mtproto::key_binding binding{
      .nonce = random_.integer<std::int64_t>(),
      .temp_auth_key_id = session_->key().id(),
      .perm_auth_key_id = permanent_->key.id(),
      .temp_session_id = carrier.session_id,
      .expires_at = expiry_->expires_at,
  };
  const core::byte_buffer sealed =
      mtproto::seal_binding(permanent_->key, binding, carrier.msg_id, random_);
  api::auth::bindTempAuthKey call;
  call.perm_auth_key_id = binding.perm_auth_key_id;
  call.nonce = binding.nonce;
  call.expires_at = binding.expires_at;
  call.encrypted_message = sealed;
  return tl::encode(call);
}

/// Takes what the session says of the binding. False: it is about something else.
bool engine::binding_ended(const mtproto::client_event& event, core::instant now) {
  if (!binding_) return false;
  if (const auto* const answer = std::get_if<mtproto::answer>(&event);
      answer != nullptr && answer->request == *binding_) {
    binding_.reset();
    const auto agrees = tl::decode_view<bool>(answer->body);
    if (agrees && **agrees)
      bound(now);
    else
      fail_link(errc::binding_failed, now, false);
    return true;
  }
  if (const auto* const refusal = std::get_if<mtproto::rpc_error>(&event);
      refusal != nullptr && refusal->request == *binding_) {
    binding_.reset();
    binding_refused(parse_rpc_error(refusal->code, refusal->message), now);
    return true;
  }
  if (const auto* const failed = std::get_if<mtproto::request_failed>(&event);
      failed != nullptr && failed->request == *binding_) {
    binding_.reset();
    fail_link(failed->reason.code, now, false);
    if (phase_ != phase::stopped) abandon_session();
    return true;
  }
  return false;
}

void engine::bound(core::instant now) {
  if (doubted_session_) return key_is_confirmed(now);
  //= PFS-13
  //= INV-02
  introduced_ = false;
  is_bound_ = true;
  binding_pauses_.reset();
  report(stage_kind::key_bound, now, core::wire_hex(permanent_->key.id()));
  link_is_alive(now);
  hand_over_all();
}

void engine::binding_refused(const rpc_error& error, core::instant now) {
  const std::error_code why = error.error_code();
  report(stage_kind::answered, now, error.message);
  if (why == api_errc::ENCRYPTED_MESSAGE_INVALID) {
    const bool is_new = permanent_made_at_ && now.steady - *permanent_made_at_ <= new_key_age;
    //= PFS-19
    if (!is_new) return lose_key(why, now);
    //= PFS-20
    bind_again_at_ = now.steady + binding_pauses_.next(random_);
    return;
  }
  const reaction asked = reaction_to(error);
  if (asked == reaction::wait || asked == reaction::retry) {
    bind_again_at_ = now.steady + std::max<std::chrono::nanoseconds>(
                                      wait_time(error).value_or(std::chrono::seconds(0)),
                                      binding_pauses_.next(random_));
    return;
  }
  // EXPIRES_AT_INVALID, TEMP_AUTH_KEY_ALREADY_BOUND and the like: this temporary key will not do.
  fail_link(why, now, false);
  if (phase_ != phase::stopped) abandon_session();
}

// Loss.

/// The permanent key is gone, says the server in a message that is encrypted and its own.
void engine::lose_key(std::error_code why, core::instant now) {
  // What else the session has to say counts; it may be the same.
  drain_session(now);
  if (!session_) return;
  events_.emplace_back(authorization_lost{why});
  if (options_.public_keys.empty() || options_.on_unknown_key == unknown_key_policy::report)
    return fail_link(errc::auth_key_unknown, now, true);
  fail_link(why, now, false);
  if (phase_ == phase::stopped) return;
  doubted_session_.reset();
  abandon_session();
  permanent_.reset();
}

//= DIV-37
/// A transport error is not authenticated and a wrong address has the same effect, so a -404 does
/// not cost a permanent key. Several in a row, on as many connections, put it in doubt; then a
/// temporary key is bound to it, and the answer to that comes encrypted.
void engine::key_is_unknown(std::uint32_t in_a_row, core::instant now) {
  const bool is_temporary = expiry_.has_value();
  const bool in_doubt = !is_temporary && in_a_row >= options_.unknown_key_limit;
  const bool is_final = in_doubt && (options_.on_unknown_key == unknown_key_policy::report ||
                                     options_.public_keys.empty());
  fail_link(errc::auth_key_unknown, now, is_final);
  if (phase_ == phase::stopped || (!is_temporary && !in_doubt)) return;
  if (in_doubt) {
    permanent_ = stored();
    uses_temporary_keys_ = true;
    if (!is_confirmed_) doubted_session_ = std::move(session_);
  }
  //= PFS-17
  abandon_session();
}

/// The binding has told that the server knows the key after all: the session goes on as if nothing
/// had been. A server that confirms the key and denies it all the same gets temporary keys.
void engine::key_is_confirmed(core::instant now) {
  session_->connection_closed(now);
  abandon_session();
  session_ = std::move(doubted_session_);
  doubted_session_.reset();
  permanent_.reset();
  uses_temporary_keys_ = false;
  is_confirmed_ = true;
  open_session(now);
}

// Renewal.

bool engine::is_expired(core::instant now) const {
  return expiry_ && now.steady >= expiry_->deadline;
}

/// Sets the times of a temporary key's end, from which its renewal is counted back.
void engine::plan_renewal() {
  const auto ahead = std::min<std::chrono::nanoseconds>(options_.renew_before,
                                                        options_.temporary_key_lifetime / 2);
  renew_at_ = expiry_->deadline - ahead;
  rest_at_ = expiry_->deadline - ahead / 2;
  change_at_ = rest_at_ + std::min<std::chrono::nanoseconds>(rest_time, ahead / 4);
}

/// One of those times may have come.
void engine::renewal_timed_out(core::instant now) {
  if (phase_ != phase::open) return;
  if (is_expired(now)) {
    //= PFS-15
    alive_ = false;
    exchange_.reset();
    session_->connection_closed(now);
    phase_deadline_ = now.steady + options_.handshake_timeout;
    return go_on_with_link(now);
  }
  //= PFS-16
  if (renew_at_ && *renew_at_ <= now.steady && alive_) {
    renew_at_.reset();
    if (!exchange_ && !next_session_) begin_exchange(now);
  }
  change_over_if_idle(now);
}

/// The next temporary key has not come about; it is tried again before long.
void engine::renewal_failed(core::instant now) {
  renew_at_ = now.steady + binding_pauses_.next(random_);
}

/// Changes over to the next temporary key when nothing is under way in the session, or when it
/// is time.
void engine::change_over_if_idle(core::instant now) {
  if (!next_session_ || !alive_) return;
  rests_ = now.steady >= rest_at_;
  if (by_request_.empty() || now.steady >= change_at_) change_over(now);
}

void engine::change_over(core::instant now) {
  std::optional<mtproto::client_session> next = std::move(next_session_);
  const auto expiry = next_expiry_;
  session_->connection_closed(now);
  abandon_session();
  session_ = std::move(next);
  expiry_ = expiry;
  alive_ = false;
  phase_deadline_ = now.steady + options_.handshake_timeout;
  open_session(now);
}

}  // namespace corogram::rpc

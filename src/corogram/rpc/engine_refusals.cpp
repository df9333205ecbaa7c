// What the engine does about RPC errors: repeat the request, repair what it lacks, or report it.

#include <corogram/rpc/engine.hpp>
#include <corogram/rpc/engine_operation_impl.hpp>
#include <corogram/rpc/errc.hpp>

namespace corogram::rpc {
namespace {

// A server that asks for an introduction or a binding again and again is not asked for ever.
constexpr std::uint32_t max_introductions = 2;

}  // namespace

void engine::refused(const mtproto::rpc_error& refusal, core::instant now) {
  const auto at = take(refusal.request);
  if (at == operations_.end()) return;
  rpc_error error = parse_rpc_error(refusal.code, refusal.message);
  if (repeats(at, error, now)) return hold_back_followers(at);

  report(stage_kind::answered, now, error.message);
  const std::error_code failure = error.error_code();
  const reaction asked = reaction_to(error);
  finish(at, failure, {}, std::move(error));
  //= ERR-06
  if (asked == reaction::sign_in) events_.emplace_back(authorization_lost{failure});
  //= ERR-12
  if (asked == reaction::new_key) lose_key(failure, now);
}

/// Has the request repeated, at once or later, if the error asks for it. False: it is over.
bool engine::repeats(operations::iterator at, const rpc_error& error, core::instant now) {
  auto& [id, request] = *at;
  switch (reaction_to(error)) {
    //= ERR-18
    //= INV-02
    //= DIV-55
    case reaction::init_connection:
      introduced_ = false;
      if (!request.how.wrap || ++request.introductions > max_introductions) return false;
      hand_over(id, request);
      return true;
    //= ERR-07
    case reaction::bind_key:
      if (!expiry_ || ++request.introductions > max_introductions) return false;
      if (is_bound_) phase_deadline_ = now.steady + options_.handshake_timeout;
      is_bound_ = false;
      alive_ = false;
      if (!bind_again_at_) bind(now);
      return true;
    //= ERR-14
    //= ERR-16
    case reaction::wait:
      return request.how.repeat && *wait_time(error) <= options_.max_flood_wait &&
             resume_later(at, *wait_time(error), now);
    //= ERR-17
    case reaction::retry:
      return request.how.repeat && request.pauses.failures() < options_.max_server_failures &&
             resume_later(at, request.pauses.next(random_), now);
    //= INV-11
    case reaction::follow_again:
      return request.how.repeat && !request.followed.empty() &&
             resume_later(at, request.pauses.next(random_), now);
    //= INV-13
    case reaction::await_predecessors:
      return request.how.repeat && !request.followed.empty() && await_predecessors(at);
    // Elsewhere, or up to the caller: the pool of data centres, who signs in, who asks for the
    // password, who shows errors.
    case reaction::migrate:
    case reaction::migrate_query:
    case reaction::sign_in:
    case reaction::new_key:
    case reaction::check_password:
    case reaction::keep_silent:
    case reaction::report:
      return false;
  }
  return false;
}

/// Repeats the request after a pause, unless its time is over by then.
bool engine::resume_later(operations::iterator at, std::chrono::nanoseconds pause,
                          core::instant now) {
  const core::deadline resume_at = now.steady + pause;
  if (resume_at >= at->second.deadline) return false;
  at->second.resume_at = resume_at;
  timers_.emplace(resume_at, at->first);
  return true;
}

}  // namespace corogram::rpc

#include <corogram/rpc/engine.hpp>
#include <corogram/rpc/engine_operation_impl.hpp>
#include <corogram/rpc/errc.hpp>

#include <algorithm>

namespace corogram::rpc {
namespace {

// A server that asks for initConnection again and again is not asked for ever.
constexpr std::uint32_t max_introductions = 2;

}  // namespace

operation_id engine::submit(core::byte_buffer body, const request_options& how, core::instant now) {
  operation fresh;
  fresh.is_request = true;
  fresh.body = std::move(body);
  fresh.how = how;
  fresh.pauses = backoff(options_.server_failure_pause);
  fresh.deadline = now.steady + how.timeout.value_or(options_.request_timeout);
  const operation_id id = begin_operation(std::move(fresh), now);
  if (const auto at = operations_.find(id); at != operations_.end()) hand_over(id, at->second);
  drain_session(now);
  return id;
}

operation_id engine::wait_ready(std::optional<std::chrono::nanoseconds> timeout,
                                core::instant now) {
  operation fresh;
  fresh.deadline = now.steady + timeout.value_or(options_.request_timeout);
  const operation_id id = begin_operation(std::move(fresh), now);
  if (const auto at = operations_.find(id); at != operations_.end() && alive_) finish(at, {}, {});
  return id;
}

operation_id engine::begin_operation(operation fresh, core::instant now) {
  const operation_id id{++last_operation_};
  if (stopped_ || operations_.size() >= options_.max_requests) {
    operation_finished refusal;
    refusal.operation = id;
    refusal.failure = stopped_ ? stopped_ : make_error_code(errc::too_many_requests);
    events_.emplace_back(std::move(refusal));
    return id;
  }
  fresh.begun = now.steady;
  timers_.emplace(fresh.deadline, id);
  operations_.emplace(id, std::move(fresh));
  if (phase_ == phase::idle) begin_attempt(now);
  return id;
}

/// Gives the request to the session, if there is one: again, if it was given before.
void engine::hand_over(operation_id id, operation& request) {
  if (!session_ || !request.is_request || request.request || request.resume_at) return;
  //= INV-01
  //= INV-03
  request.wrapped = request.how.wrap && !introduced_ && !is_wrapped(request.body);
  core::byte_buffer body = request.wrapped
                               ? wrap_first_call(options_.layer, options_.client, request.body)
                               : request.body;
  mtproto::request_options how;
  how.quick_ack = request.how.quick_ack;
  how.compress = request.how.compress;
  request.request = session_->submit(std::move(body), how);
  by_request_.emplace(*request.request, id);
}

void engine::hand_over_all() {
  for (auto& [id, request] : operations_) hand_over(id, request);
}

void engine::finish(operations::iterator at, std::error_code failure, core::byte_buffer body,
                    rpc_error details) {
  operation_finished end;
  end.operation = at->first;
  end.failure = failure;
  end.body = std::move(body);
  end.details = std::move(details);

  timers_.erase({at->second.deadline, at->first});
  if (at->second.resume_at) timers_.erase({*at->second.resume_at, at->first});
  if (at->second.request) by_request_.erase(*at->second.request);
  operations_.erase(at);
  events_.emplace_back(std::move(end));
}

/// Finishes an operation that the server may still be busy with.
void engine::give_up(operations::iterator at, std::error_code failure) {
  if (at->second.request && session_) session_->drop(*at->second.request);
  finish(at, failure);
}

void engine::cancel(operation_id id, core::instant now) {
  const auto at = operations_.find(id);
  if (at == operations_.end()) return;
  //= SM-05
  give_up(at, cancelled());
  drain_session(now);
}

/// The operation of a call that the session speaks of, and that it is done with.
engine::operations::iterator engine::take(mtproto::request_id request) {
  const auto known = by_request_.find(request);
  if (known == by_request_.end()) return operations_.end();
  const auto at = operations_.find(known->second);
  by_request_.erase(known);
  at->second.request.reset();
  return at;
}

void engine::answered(mtproto::answer answer, core::instant now) {
  const auto at = take(answer.request);
  if (at == operations_.end()) return;
  if (at->second.wrapped) introduced_ = true;
  report(stage_kind::answered, now, to_milliseconds(now.steady - at->second.begun));
  finish(at, {}, std::move(answer.body));
}

void engine::refused(const mtproto::rpc_error& refusal, core::instant now) {
  const auto at = take(refusal.request);
  if (at == operations_.end()) return;
  auto& [id, request] = *at;
  rpc_error error = parse_rpc_error(refusal.code, refusal.message);

  switch (reaction_to(error)) {
    //= ERR-18
    //= INV-02
    case reaction::init_connection:
      introduced_ = false;
      if (request.how.wrap && ++request.introductions <= max_introductions)
        return hand_over(id, request);
      break;
    //= ERR-14
    //= ERR-16
    case reaction::wait:
      if (request.how.repeat && *wait_time(error) <= options_.max_flood_wait &&
          resume_later(at, *wait_time(error), now))
        return;
      break;
    //= ERR-17
    case reaction::retry:
      if (request.how.repeat && request.pauses.failures() < options_.max_server_failures &&
          resume_later(at, request.pauses.next(random_), now))
        return;
      break;
    default:
      break;
  }

  report(stage_kind::answered, now, error.message);
  const std::error_code failure = error.error_code();
  finish(at, failure, {}, std::move(error));
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

/// One of the operation's two times has come: to go on, or to end.
void engine::timer_expired(operation_id id, core::instant now) {
  const auto at = operations_.find(id);
  operation& it = at->second;
  if (it.resume_at && *it.resume_at <= now.steady && now.steady < it.deadline) {
    it.resume_at.reset();
    hand_over(id, it);
    return;
  }
  give_up(at, time_out_reason());
}

/// Why an operation whose time is over has not succeeded.
std::error_code engine::time_out_reason() const noexcept {
  if (alive_) return errc::request_timed_out;
  if (last_failure_) return last_failure_;
  return phase_ == phase::connecting ? errc::connect_timed_out : errc::handshake_timed_out;
}

//= INV-02
void engine::introduce(client_info client) {
  options_.client = std::move(client);
  introduced_ = false;
}

std::optional<core::deadline> engine::poll_deadline() const {
  std::optional<core::deadline> first = phase_deadline_;
  const auto consider = [&first](std::optional<core::deadline> other) {
    if (other && (!first || *other < *first)) first = other;
  };
  if (!timers_.empty()) consider(timers_.begin()->first);
  if (exchange_) consider(exchange_->poll_deadline());
  if (session_) consider(session_->poll_deadline());
  return first;
}

void engine::handle_timeout(core::instant now) {
  if (phase_deadline_ && *phase_deadline_ <= now.steady) phase_timed_out(now);

  if (exchange_) {
    if (const auto due = exchange_->poll_deadline(); due && *due <= now.steady) {
      exchange_->handle_timeout(now);
      drain_exchange(now);
    }
  }
  if (session_) {
    if (const auto due = session_->poll_deadline(); due && *due <= now.steady)
      session_->handle_timeout(now);
  }
  while (!timers_.empty() && timers_.begin()->first <= now.steady) {
    const operation_id id = timers_.begin()->second;
    timers_.erase(timers_.begin());
    timer_expired(id, now);
  }
  drain_session(now);
}

std::optional<network_order> engine::poll_order() {
  if (orders_.empty()) return std::nullopt;
  network_order first = std::move(orders_.front());
  orders_.pop_front();
  return first;
}

std::optional<engine_event> engine::poll_event() {
  if (events_.empty()) return std::nullopt;
  engine_event first = std::move(events_.front());
  events_.pop_front();
  return first;
}

}  // namespace corogram::rpc

#include <corogram/rpc/engine.hpp>
#include <corogram/rpc/engine_operation_impl.hpp>
#include <corogram/rpc/errc.hpp>

#include <algorithm>

namespace corogram::rpc {
operation_id engine::submit(core::byte_buffer body, const request_options& how, core::instant now) {
  operation fresh;
  fresh.is_request = true;
  fresh.body = core::share(std::move(body));
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
  for (const std::uint64_t order : fresh.how.orders) orders_of_requests_[order].insert(id);
  operations_.emplace(id, std::move(fresh));
  if (phase_ == phase::idle) begin_attempt(now);
  return id;
}

/// Gives the request to the session, if there is one: again, if it was given before.
void engine::hand_over(operation_id id, operation& request) {
  if (!session_ || !is_usable() || rests_) return;
  if (!request.is_request || request.request || request.resume_at) return;
  if (waits_for_predecessors(id, request)) return;
  //= INV-01
  //= INV-03
  request.wrapped = request.how.wrap && !introduced_ && !is_wrapped(*request.body);
  request.is_held_back = false;
  mtproto::request_options how;
  how.quick_ack = request.how.quick_ack;
  how.compress = request.how.compress;
  if (request.how.orders.empty()) {
    request.request = session_->submit(call_body(request), how);
  } else {
    const auto maker = [this, id = id](const mtproto::message_identity& carrier) {
      return ordered_call(id, carrier);
    };
    request.request = session_->submit_with(maker, how);
    order_changed_ = true;
  }
  by_request_.emplace(*request.request, id);
}

/// The call with the wrappers that it needs.
mtproto::query_body engine::call_body(const operation& request) const {
  core::byte_buffer wrappers;
  //= INV-07
  if (!options_.receives_updates) wrappers = without_updates(wrappers);
  if (request.wrapped) wrappers = wrap_first_call(options_.layer, options_.client, wrappers);
  return {std::move(wrappers), request.body};
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
  for (const std::uint64_t order : at->second.how.orders) {
    const auto members = orders_of_requests_.find(order);
    members->second.erase(at->first);
    if (members->second.empty()) orders_of_requests_.erase(members);
    order_changed_ = true;
  }
  operations_.erase(at);
  events_.emplace_back(std::move(end));
}

/// Finishes an operation that the server may still be busy with.
void engine::give_up(operations::iterator at, std::error_code failure) {
  auto& session = doubted_session_ ? doubted_session_ : session_;
  if (at->second.request && session) session->drop(*at->second.request);
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

//= INV-05
void engine::misread(core::instant now) {
  introduced_ = false;
  events_.emplace_back(updates_missed{});
  if (phase_ == phase::open) fail_link(errc::older_layer, now, false);
  drain_session(now);
}

std::optional<core::deadline> engine::poll_deadline() const {
  std::optional<core::deadline> first = phase_deadline_;
  const auto consider = [&first](std::optional<core::deadline> other) {
    if (other && (!first || *other < *first)) first = other;
  };
  if (!timers_.empty()) consider(timers_.begin()->first);
  if (exchange_) consider(exchange_->poll_deadline());
  if (phase_ == phase::open) {
    consider(bind_again_at_);
    if (expiry_) consider(expiry_->deadline);
    if (alive_) consider(renew_at_);
    if (alive_ && next_session_) consider(rests_ ? change_at_ : rest_at_);
  }
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
  if (phase_ == phase::open && bind_again_at_ && *bind_again_at_ <= now.steady) bind(now);
  renewal_timed_out(now);
  while (!timers_.empty() && timers_.begin()->first <= now.steady) {
    const operation_id id = timers_.begin()->second;
    timers_.erase(timers_.begin());
    timer_expired(id, now);
  }
  drain_session(now);
}

engine_load engine::load() const {
  engine_load all;
  all.operations = operations_.size();
  if (session_) all.session = session_->load();
  return all;
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

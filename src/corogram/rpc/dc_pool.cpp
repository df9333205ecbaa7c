#include <corogram/api/functions/auth/exportAuthorization.hpp>
#include <corogram/api/functions/auth/importAuthorization.hpp>
#include <corogram/api/functions/help/getConfig.hpp>
#include <corogram/api/functions/help/getNearestDc.hpp>
#include <corogram/api/types/Config.hpp>
#include <corogram/api/types/NearestDc.hpp>
#include <corogram/api/types/Update.hpp>
#include <corogram/api/types/Updates.hpp>
#include <corogram/api/types/auth/ExportedAuthorization.hpp>
#include <corogram/rpc/dc_pool.hpp>
#include <corogram/rpc/errc.hpp>
#include <corogram/tl/codec.hpp>

#include <algorithm>
#include <limits>

namespace corogram::rpc {
namespace {

// Data centres that send a request in circles are not obeyed for ever.
constexpr std::uint32_t max_migrations = 5;

/// How long after a failure the addresses are asked for again, and the least time between two
/// questions.
constexpr std::chrono::minutes config_pause{1};

template <class... Functions>
struct overloaded : Functions... {
  using Functions::operator()...;
};

call_outcome failed(std::error_code why) {
  call_outcome outcome;
  outcome.failure = why;
  return outcome;
}

}  // namespace

dc_pool::dc_pool(pool_options settings)
    : settings_(std::move(settings)),
      addresses_(std::move(settings_.addresses)),
      main_dc_(settings_.main_dc),
      home_dc_(settings_.main_dc),
      signed_in_(settings_.signed_in),
      choosing_(settings_.choose_nearest && !settings_.signed_in) {
  if (signed_in_) authorized_.insert({home_dc_, false});
}

pool_operation dc_pool::submit(core::byte_buffer body, pool_request how, core::instant) {
  const pool_operation id{++last_operation_};
  operation fresh;
  fresh.body = std::move(body);
  fresh.how = std::move(how.how);
  fresh.target = {how.dc_id.value_or(main_dc_), how.media};
  fresh.follows_main = !how.dc_id;
  operations_.emplace(id, std::move(fresh));
  const bool is_first = open_.empty();
  if (is_first && open({main_dc_, false})) {
    //= DC-01
    ask_for_config();
    //= DC-12
    if (choosing_) {
      const api::help::getNearestDc query;
      call({main_dc_, false}, tl::encode(query), {}, for_nearest{});
    }
  }
  advance(id);
  return id;
}

void dc_pool::cancel(pool_operation id) {
  const auto at = operations_.find(id);
  if (at == operations_.end()) return;
  if (at->second.call) {
    orders_.emplace_back(cancel_call{*at->second.call, at->second.target});
    calls_.erase(*at->second.call);
  }
  finish(id, failed(cancelled()));
}

void dc_pool::signed_in(bool is) {
  signed_in_ = is;
  home_dc_ = main_dc_;
  choosing_ = false;
  authorized_.clear();
  if (is) authorized_.insert({home_dc_, false});
  advance_all();
}

/// Takes a request as far as it can go now.
void dc_pool::advance(pool_operation id) {
  operation& request = operations_.at(id);
  if (request.call || choosing_) return;
  if (request.follows_main) request.target.dc_id = main_dc_;
  if (!open(request.target)) {
    if (request.asked_for_addresses && !config_under_way_)
      return finish(id, failed(errc::unknown_dc));
    request.asked_for_addresses = true;
    return ask_for_config();
  }
  //= DC-06
  //= DC-10
  if (signed_in_ && !authorized_.contains(request.target)) {
    if (!importing_.insert(request.target).second) return;
    api::auth::exportAuthorization query;
    query.dc_id = request.target.dc_id;
    call({home_dc_, false}, tl::encode(query), {}, for_export{request.target});
    return;
  }
  request.call = call(request.target, request.body, request.how, for_operation{id});
}

void dc_pool::advance_all() {
  std::vector<pool_operation> ids;
  for (const auto& [id, request] : operations_) ids.push_back(id);
  for (const pool_operation id : ids) {
    if (operations_.contains(id)) advance(id);
  }
}

//= DC-05
/// Makes sure that there is a connection, which has a key of its own. False: nobody knows where to.
bool dc_pool::open(const dc_target& target) {
  if (open_.contains(target)) return true;
  std::vector<endpoint> endpoints = addresses_.endpoints_of(target, settings_.ipv6);
  if (endpoints.empty()) return false;
  open_.insert(target);
  orders_.emplace_back(open_connection{target, std::move(endpoints)});
  return true;
}

call_number dc_pool::call(const dc_target& target, core::byte_buffer body, request_options how,
                          purpose what) {
  const call_number number{++last_call_};
  calls_.emplace(number, std::pair(target, std::move(what)));
  orders_.emplace_back(make_call{number, target, std::move(body), std::move(how)});
  return number;
}

void dc_pool::finish(pool_operation id, call_outcome outcome) {
  operations_.erase(id);
  events_.emplace_back(
      pool_finished{id, outcome.failure, std::move(outcome.body), std::move(outcome.details)});
}

void dc_pool::answered(call_number number, call_outcome outcome, core::instant now) {
  const auto at = calls_.find(number);
  if (at == calls_.end()) return;
  const purpose what = at->second.second;
  calls_.erase(at);
  std::visit(overloaded{
                 [&](const for_operation& it) { ended(it.operation, std::move(outcome)); },
                 [&](const for_config&) { config_ended(outcome, now); },
                 [&](const for_nearest&) { nearest_ended(outcome); },
                 [&](const for_export& it) { export_ended(it.to, std::move(outcome)); },
                 [&](const for_import& it) { import_ended(it.to, std::move(outcome)); },
             },
             what);
}

/// A request of the application was answered: it is over, or goes on somewhere else.
void dc_pool::ended(pool_operation id, call_outcome outcome) {
  operation& request = operations_.at(id);
  request.call.reset();
  if (outcome.failure.category() != api_category()) return finish(id, std::move(outcome));
  if (migrates(request, outcome.details)) {
    if (++request.migrations > max_migrations) return finish(id, failed(errc::too_many_migrations));
    return advance(id);
  }
  const bool is_home = request.target == dc_target{home_dc_, false};
  if (reaction_to(outcome.details) == reaction::sign_in && signed_in_ && !is_home &&
      !request.was_unauthorized) {
    //= DC-06
    request.was_unauthorized = true;
    authorized_.erase(request.target);
    return advance(id);
  }
  const dc_target target = request.target;
  const std::error_code why = outcome.failure;
  const bool is_lost = reaction_to(outcome.details) == reaction::sign_in;
  finish(id, std::move(outcome));
  if (is_lost) authorization_lost(target, why);
}

/// Sends a request to another data centre if the error says so.
bool dc_pool::migrates(operation& request, const rpc_error& error) {
  const reaction asked = reaction_to(error);
  if (asked != reaction::migrate && asked != reaction::migrate_query) return false;
  if (!error.parameter || *error.parameter <= 0 ||
      *error.parameter > std::numeric_limits<std::int32_t>::max())
    return false;
  const auto dc_id = static_cast<std::int32_t>(*error.parameter);
  request.asked_for_addresses = false;
  //= ERR-03
  //= ERR-04
  if (asked == reaction::migrate) {
    //= DC-09
    move_main(dc_id);
    request.follows_main = true;
  } else {
    //= DC-11
    request.follows_main = false;
    request.target.dc_id = dc_id;
  }
  return true;
}

void dc_pool::move_main(std::int32_t dc_id) {
  if (dc_id == main_dc_) return;
  main_dc_ = dc_id;
  // While somebody is signed in, the authorisation is still where it was.
  if (!signed_in_ || authorized_.contains({dc_id, false})) home_dc_ = dc_id;
  events_.emplace_back(main_dc_changed{dc_id});
}

// The authorisation.

void dc_pool::export_ended(const dc_target& to, call_outcome outcome) {
  if (outcome.failure) return hand_over_failed(to, outcome);
  const auto answer = tl::decode<tl::box<api::auth::ExportedAuthorization>>(outcome.body);
  if (!answer) return hand_over_failed(to, failed(answer.error().code));
  const auto& exported = *(*answer)->get_if<api::auth::exportedAuthorization>();
  //= DC-06
  api::auth::importAuthorization query;
  query.id = exported.id;
  query.bytes = exported.bytes;
  call(to, tl::encode(query), {}, for_import{to});
}

void dc_pool::import_ended(const dc_target& to, call_outcome outcome) {
  if (outcome.failure) return hand_over_failed(to, outcome);
  importing_.erase(to);
  if (signed_in_) authorized_.insert(to);
  if (to == dc_target{main_dc_, false}) home_dc_ = main_dc_;
  advance_all();
}

/// Those that have waited for the authorisation end as the hand-over did.
void dc_pool::hand_over_failed(const dc_target& to, const call_outcome& outcome) {
  importing_.erase(to);
  std::vector<pool_operation> waiting;
  for (const auto& [id, request] : operations_)
    if (!request.call && request.target == to) waiting.push_back(id);
  for (const pool_operation id : waiting) finish(id, outcome);
}

void dc_pool::authorization_lost(const dc_target& target, std::error_code why) {
  authorized_.erase(target);
  //= PFS-19
  //= ERR-06
  // Elsewhere than at home it is imported again when it is needed.
  if (!signed_in_ || target != dc_target{home_dc_, false}) return;
  signed_in_ = false;
  authorized_.clear();
  events_.emplace_back(logged_out{why});
  advance_all();
}

// The addresses.

void dc_pool::ask_for_config() {
  if (std::exchange(config_under_way_, true)) return;
  refresh_at_.reset();
  const api::help::getConfig query;
  // The first connection is there whatever has become of the main data centre's addresses.
  const dc_target from = open_.contains({main_dc_, false}) || open_.empty()
                             ? dc_target{main_dc_, false}
                             : *open_.begin();
  call(from, tl::encode(query), {}, for_config{});
}

void dc_pool::config_ended(const call_outcome& outcome, core::instant now) {
  config_under_way_ = false;
  refresh_at_ = now.steady + config_pause;
  const auto answer = outcome.failure
                          ? core::result<tl::decoded<tl::box<api::Config>>>(outcome.failure)
                          : tl::decode<tl::box<api::Config>>(outcome.body);
  if (const auto* const config = answer ? (*answer)->get_if<api::config>() : nullptr) {
    //= DC-01
    //= DC-04
    const std::chrono::seconds lifetime(std::int64_t{config->expires} - config->date);
    refresh_at_ = now.steady + std::max<std::chrono::nanoseconds>(lifetime, config_pause);
    addresses_.take_all(config->dc_options);
    addresses_.prefer_ipv6(config->force_try_ipv6());
    addresses_are_others();
  }
  advance_all();
}

void dc_pool::addresses_are_others() {
  events_.emplace_back(addresses_changed{});
  for (const dc_target& target : open_) {
    std::vector<endpoint> endpoints = addresses_.endpoints_of(target, settings_.ipv6);
    if (!endpoints.empty()) orders_.emplace_back(use_endpoints{target, std::move(endpoints)});
  }
}

void dc_pool::updated(core::byte_view body, core::instant) {
  const auto updates = tl::decode_view<tl::box<api::Updates>>(body);
  if (!updates) return;
  const auto take = [this](const tl::box<api::Update>& update) {
    if (const auto* const options = update.get_if<api::updateDcOptions>()) {
      //= DC-04
      addresses_.take_changed(options->dc_options);
      addresses_are_others();
    }
  };
  if (const auto* const one = (*updates)->get_if<api::updateShort>()) take(one->update);
  if (const auto* const several = (*updates)->get_if<api::updates_>())
    for (const auto& each : several->updates) take(each);
  if (const auto* const several = (*updates)->get_if<api::updatesCombined>())
    for (const auto& each : several->updates) take(each);
}

void dc_pool::handle_timeout(core::instant now) {
  if (refresh_at_ && *refresh_at_ <= now.steady) ask_for_config();
}

//= DC-12
void dc_pool::nearest_ended(const call_outcome& outcome) {
  choosing_ = false;
  if (!outcome.failure) {
    const auto answer = tl::decode_view<tl::box<api::NearestDc>>(outcome.body);
    const auto* const nearest = answer ? (*answer)->get_if<api::nearestDc>() : nullptr;
    if (nearest != nullptr && nearest->nearest_dc > 0) move_main(nearest->nearest_dc);
  }
  advance_all();
}

std::optional<pool_order> dc_pool::poll_order() {
  std::optional<pool_order> first;
  if (orders_.empty()) return first;
  first.emplace(std::move(orders_.front()));
  orders_.pop_front();
  return first;
}

std::optional<pool_event> dc_pool::poll_event() {
  std::optional<pool_event> first;
  if (events_.empty()) return first;
  first.emplace(std::move(events_.front()));
  events_.pop_front();
  return first;
}

}  // namespace corogram::rpc

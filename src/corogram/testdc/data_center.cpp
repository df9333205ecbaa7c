#include <corogram/api/fwd.hpp>
#include <corogram/core/hex.hpp>
#include <corogram/older_api/older_api.hpp>
#include <corogram/testdc/data_center.hpp>
#include <corogram/tl/codec.hpp>
#include <corogram/tl/convert.hpp>

#include <array>
#include <utility>

namespace corogram::testdc {
namespace {

/// Methods in these namespaces serve clients that are not signed in, so lacking one of them is no
/// question of authorisation.
constexpr std::array public_namespaces{std::string_view("auth."), std::string_view("help."),
                                       std::string_view("langpack.")};

bool needs_authorization(std::string_view method) {
  for (const std::string_view prefix : public_namespaces)
    if (method.starts_with(prefix)) return false;
  return true;
}

std::string method_name(core::byte_view query) {
  const auto id = tl::peek_id(query);
  if (!id) return "(nothing)";
  const tl::tables& schema = api::tables();
  const tl::combinator_row* const row = schema.find(*id);
  if (row != nullptr && row->is_function) return std::string(schema.name_of(*row));
  std::array<core::byte, 4> digits;
  core::store_be(digits.data(), *id);
  return '#' + core::to_hex(digits);
}

/// What is known of a call before its outcome is.
call_answered report_on(const mtproto::request_event& request, core::byte_view query,
                        std::int32_t layer) {
  return {request.connection, request.session, request.msg_id, method_name(query), layer, {}, 0};
}

/// The right refusal of a call for which there is no method here.
rpc_failure lack_of(std::uint32_t id) {
  const tl::tables& schema = api::tables();
  const tl::combinator_row* const row = schema.find(id);
  if (row == nullptr || !row->is_function) return failures::input_method_invalid;
  return needs_authorization(schema.name_of(*row)) ? failures::auth_key_unregistered
                                                   : failures::method_invalid;
}

/// The answer to the function `id`, as a client of `layer` reads it.
reply in_layer(std::uint32_t id, std::int32_t layer, core::byte_buffer answer) {
  const tl::tables& newest = api::tables();
  const tl::combinator_row* const row = newest.find(id);
  if (row == nullptr || layer >= static_cast<std::int32_t>(newest.layer)) return answer;
  auto older = tl::to_older_layer(newest, older_api::layers(), static_cast<std::uint32_t>(layer),
                                  newest.result_of(*row), answer);
  if (!older) return failures::internal;
  return *std::move(older);
}

}  // namespace

data_center::data_center(address self, mtproto::server_config protocol, core::random_source& random)
    : self_(std::move(self)),
      policy_(protocol.exchange.strictness),
      protocol_(std::move(protocol), random) {}

void data_center::connection_opened(mtproto::connection_id connection, core::instant now) {
  protocol_.connection_opened(connection, now);
  drain(now);
}

void data_center::connection_closed(mtproto::connection_id connection, core::instant now) {
  protocol_.connection_closed(connection, now);
  drain(now);
}

void data_center::handle_packet(mtproto::connection_id connection, core::byte_span packet,
                                bool quick_ack, core::instant now) {
  protocol_.handle_packet(connection, packet, quick_ack, now);
  drain(now);
}

bool data_center::poll_transmit(mtproto::server_output& out, core::instant now) {
  return protocol_.poll_transmit(out, now);
}

std::optional<data_center_event> data_center::poll_event() {
  if (events_.empty()) return std::nullopt;
  data_center_event event = std::move(events_.front());
  events_.pop_front();
  return event;
}

std::optional<core::deadline> data_center::poll_deadline() const {
  const auto protocol = protocol_.poll_deadline();
  const auto order = order_.poll_deadline();
  if (!protocol) return order;
  return order ? std::min(*protocol, *order) : *protocol;
}

void data_center::handle_timeout(core::instant now) {
  protocol_.handle_timeout(now);
  for (released_call& released : order_.handle_timeout(now))
    released_.push_back(std::move(released));
  drain(now);
}

const client_record* data_center::find_client(std::int64_t auth_key_id) const {
  const auto found = clients_.find(auth_key_id);
  return found == clients_.end() ? nullptr : &found->second;
}

/// Takes what the protocol machine reports: calls are answered, the rest is passed on.
void data_center::drain(core::instant now) {
  while (auto event = protocol_.poll_event()) {
    if (auto* const request = std::get_if<mtproto::request_event>(&*event)) {
      handle_call(std::move(*request), now);
      run_released(now);
      continue;
    }
    if (const auto* const gone = std::get_if<mtproto::session_removed>(&*event))
      forget_session(gone->session);
    if (const auto* const gone = std::get_if<mtproto::key_removed>(&*event))
      clients_.erase(gone->auth_key_id);
    events_.push_back(std::move(*event));
  }
  run_released(now);
}

void data_center::forget_session(const mtproto::session_key& session) {
  order_.forget(session);
  subscribed_.erase(session);
  std::erase_if(open_calls_, [&](const auto& open) { return open.first.first == session; });
}

void data_center::handle_call(mtproto::request_event request, core::instant now) {
  const auto unwrapped = unwrap(request.body);
  if (!unwrapped) {
    answer(request, request.body, 0, failures::input_fetch_error, now);
    return;
  }
  switch (order_.admit(request.session, unwrapped->after)) {
    case admission::wait:
      order_.hold(std::move(request), unwrapped->after, now);
      return;
    case admission::failed:
      answer(request, unwrapped->query, 0, failures::msg_wait_failed, now);
      return;
    case admission::timed_out:
    case admission::run:
      run(request, *unwrapped, now);
  }
}

/// Goes on with calls that have waited; each may release further ones.
void data_center::run_released(core::instant now) {
  while (!released_.empty()) {
    const released_call released = std::move(released_.front());
    released_.pop_front();
    // It could be unwrapped before it waited, so it can be again.
    const auto unwrapped = unwrap(released.request.body);
    if (!unwrapped) continue;
    switch (released.verdict) {
      case admission::failed:
        answer(released.request, unwrapped->query, 0, failures::msg_wait_failed, now);
        break;
      case admission::timed_out:
        answer(released.request, unwrapped->query, 0, failures::msg_wait_timeout, now);
        break;
      case admission::wait:
      case admission::run:
        run(released.request, *unwrapped, now);
    }
  }
}

void data_center::run(const mtproto::request_event& request, const unwrapped_call& unwrapped,
                      core::instant now) {
  const auto key = protocol_.find_key(request.session.auth_key_id);
  if (!key) return;  // It went with its sessions while the call waited.

  if (const auto refusal = admit_connection(request, unwrapped, *key)) {
    answer(request, unwrapped.query, 0, *refusal, now);
    return;
  }
  const client_record* const client = find_client(key->identity());
  const std::int32_t layer = client != nullptr && client->layer
                                 ? *client->layer
                                 : static_cast<std::int32_t>(api::tables().layer);
  auto outcome = dispatch({request.session, request.msg_id, *key, unwrapped.query}, now);
  if (outcome) return answer(request, unwrapped.query, layer, *std::move(outcome), now);
  open_call& open = open_calls_[{request.session, request.msg_id}];
  open.function = tl::peek_id(unwrapped.query).value_or(0);
  open.report = report_on(request, unwrapped.query, layer);
}

/// Notes what the wrappers say about the program behind the key, or refuses it.
std::optional<rpc_failure> data_center::admit_connection(const mtproto::request_event& request,
                                                         const unwrapped_call& unwrapped,
                                                         const mtproto::key_state& key) {
  const auto report = [&](mtproto::violation what) {
    events_.push_back(mtproto::server_event(
        mtproto::violation_event{request.connection, request.session, std::move(what)}));
  };
  //= INV-14
  if (unwrapped.after_is_inside &&
      !policy_.admits(mtproto::rule::after_outermost,
                      "invokeAfterMsg stands inside another wrapper", report))
    return failures::input_method_invalid;
  //= INV-03
  if (unwrapped.layer_alone() && !policy_.admits(mtproto::rule::layer_with_init,
                                                 "invokeWithLayer without initConnection", report))
    return failures::connection_not_inited;

  if (unwrapped.layer) {
    //= INV-03
    if (*unwrapped.layer <= 0) return failures::connection_layer_invalid;
    if (*unwrapped.layer > static_cast<std::int32_t>(api::tables().layer) &&
        !policy_.admits(mtproto::rule::known_layer,
                        "layer " + std::to_string(*unwrapped.layer) + " is newer than ours",
                        report))
      return failures::connection_layer_invalid;
  }
  //= INV-04
  client_record& record = clients_[key.identity()];
  if (unwrapped.layer) record.layer = *unwrapped.layer;
  if (unwrapped.initialised) {
    record.client = unwrapped.client;
    if (unwrapped.without_updates)
      subscribed_.erase(request.session);
    else
      subscribed_.insert(request.session);
  }
  const auto id = tl::peek_id(unwrapped.query);
  const method* const found = id ? find_method(*id) : nullptr;
  if (!record.layer && (found == nullptr || !found->before_binding) &&
      !policy_.admits(mtproto::rule::connection_inited,
                      "a call before any invokeWithLayer(initConnection(...))", report))
    return failures::connection_not_inited;
  return std::nullopt;
}

std::optional<reply> data_center::dispatch(const call& request, core::instant now) {
  const auto id = tl::peek_id(request.query);
  if (!id) return failures::input_fetch_error;
  const method* const found = find_method(*id);
  //= PFS-05
  if (!request.key.usable() && (found == nullptr || !found->before_binding))
    return failures::auth_key_perm_empty;
  method_context context{protocol_, self_, now};
  if (const auto added = added_methods_.find(*id); added != added_methods_.end())
    return added->second(context, request);
  return found == nullptr ? lack_of(*id) : found->run(context, request);
}

void data_center::add_method(std::uint32_t id, added_method run) {
  added_methods_[id] = std::move(run);
}

bool data_center::respond(const mtproto::session_key& session, std::int64_t msg_id, reply outcome,
                          core::instant now) {
  auto open = open_calls_.extract({session, msg_id});
  if (open.empty()) return false;
  open_call& it = open.mapped();
  answer(it.function, std::move(it.report), std::move(outcome), now);
  drain(now);
  return true;
}

void data_center::answer(const mtproto::request_event& request, core::byte_view query,
                         std::int32_t layer, reply outcome, core::instant now) {
  answer(tl::peek_id(query).value_or(0), report_on(request, query, layer), std::move(outcome), now);
}

void data_center::answer(std::uint32_t function, call_answered report, reply outcome,
                         core::instant now) {
  if (auto* const body = std::get_if<core::byte_buffer>(&outcome))
    outcome = in_layer(function, report.layer, std::move(*body));
  const mtproto::session_key session = report.session;
  const std::int64_t msg_id = report.msg_id;
  const bool succeeded = std::holds_alternative<core::byte_buffer>(outcome);
  if (succeeded) {
    core::byte_buffer& body = std::get<core::byte_buffer>(outcome);
    report.answer_bytes = body.size();
    protocol_.respond(session, msg_id, std::move(body), now);
  } else {
    //= SM-04
    report.failure = std::get<rpc_failure>(outcome);
    protocol_.respond_error(session, msg_id, report.failure->code, report.failure->type, now);
  }
  events_.push_back(std::move(report));
  // Not run from here: a chain of waiting calls would become a chain of stack frames.
  for (released_call& released : order_.finished(session, msg_id, succeeded))
    released_.push_back(std::move(released));
}

}  // namespace corogram::testdc

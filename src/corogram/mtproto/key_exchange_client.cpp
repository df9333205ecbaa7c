#include <corogram/mtproto/detail/client_steps.hpp>
#include <corogram/mtproto/errc.hpp>
#include <corogram/mtproto/key_exchange_client.hpp>
#include <corogram/mtproto/msg_id.hpp>
#include <corogram/mtproto/plain_message.hpp>

#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace corogram::mtproto {
namespace {

struct idle {};
struct finished {};

constexpr std::int32_t not_found = -404;
constexpr std::int32_t invalid_dc = -444;

}  // namespace

struct key_exchange_client::machine {
  machine(key_exchange_client_config config_, core::random_source& random_)
      : config(std::move(config_)), random(random_) {}

  void begin_run(core::instant now);
  void handle_body(core::byte_view body, core::instant now);
  template <class State>
  void take(detail::client_step<State> step, core::byte_view body, core::instant now);
  void send_query(core::instant now);
  void report(detail::remark about, core::instant now);
  void finish(core::result<key_exchange_result> how);
  void handle_transport_error(std::int32_t code, core::instant now);
  [[nodiscard]] bool is_repetition(core::byte_view body) const;
  [[nodiscard]] bool is_waiting() const {
    return !std::holds_alternative<idle>(state) && !std::holds_alternative<finished>(state);
  }

  key_exchange_client_config config;
  core::random_source& random;
  std::variant<idle, detail::awaiting_res_pq, detail::awaiting_dh_params, detail::awaiting_answer,
               finished>
      state;
  msg_id_source msg_ids{role::client};
  /// The query whose reply we wait for.
  core::byte_buffer query;
  int sends = 0;
  int runs = 0;
  core::deadline deadline{};
  /// The object that led into the state: it arrives twice if the query before was sent twice.
  core::byte_buffer last_reply;
  std::optional<core::byte_buffer> outgoing;
  std::deque<key_exchange_stage> stages;
  std::optional<core::result<key_exchange_result>> outcome;
};

void key_exchange_client::machine::begin_run(core::instant now) {
  if (runs == config.runs) return finish(errc::too_many_attempts);
  ++runs;
  last_reply.clear();
  take(detail::begin(config, random), {}, now);
}

/// Goes over into the next state and sends the query that leads on.
template <class State>
void key_exchange_client::machine::take(detail::client_step<State> step, core::byte_view body,
                                        core::instant now) {
  const core::byte_view object = body.first(step.object_size);
  last_reply.assign(object.begin(), object.end());
  state = std::move(step.state);
  query = std::move(step.query);
  sends = 0;
  if (!step.received.name.empty()) report(std::move(step.received), now);
  report(std::move(step.sent), now);
  send_query(now);
}

/// The body of a repeated query is the same to the last byte, under a message id of its own.
//= AK-51
void key_exchange_client::machine::send_query(core::instant now) {
  ++sends;
  deadline = now.steady + config.reply_timeout;
  outgoing.emplace();
  //= GEN-07
  encode_plain(msg_ids.next(now.wall), query, *outgoing);
}

void key_exchange_client::machine::report(detail::remark about, core::instant now) {
  stages.push_back({about.name, std::move(about.what), now});
}

void key_exchange_client::machine::finish(core::result<key_exchange_result> how) {
  // Whatever the state held is wiped here, and nothing is sent any more.
  state = finished{};
  query.clear();
  last_reply.clear();
  outgoing.reset();
  outcome.emplace(std::move(how));
}

bool key_exchange_client::machine::is_repetition(core::byte_view body) const {
  return !last_reply.empty() && body.size() >= last_reply.size() &&
         core::equal(body.first(last_reply.size()), last_reply);
}

void key_exchange_client::machine::handle_body(core::byte_view body, core::instant now) {
  if (is_repetition(body)) return;
  if (auto* waiting = std::get_if<detail::awaiting_res_pq>(&state)) {
    auto step = detail::on_res_pq(std::move(*waiting), body, config, random);
    if (!step) return finish(step.error());
    return take(*std::move(step), body, now);
  }
  if (auto* waiting = std::get_if<detail::awaiting_dh_params>(&state)) {
    auto step = detail::on_dh_params(std::move(*waiting), body, config, random, now);
    if (!step) return finish(step.error());
    return take(*std::move(step), body, now);
  }
  if (auto* waiting = std::get_if<detail::awaiting_answer>(&state)) {
    auto step = detail::on_answer(std::move(*waiting), body, config, random);
    if (!step) return finish(step.error());
    if (auto* again = std::get_if<detail::client_step<detail::awaiting_answer>>(&*step))
      return take(std::move(*again), body, now);
    auto& success = std::get<detail::client_success>(*step);
    report(std::move(success.received), now);
    finish(std::move(success.result));
  }
}

void key_exchange_client::machine::handle_transport_error(std::int32_t code, core::instant now) {
  report({"transport error", std::to_string(code)}, now);
  //= AK-25
  if (code == not_found) return begin_run(now);
  //= AK-26
  if (code == invalid_dc) return finish(errc::wrong_dc);
  //= TR-31
  finish(errc::transport_error);
}

key_exchange_client::key_exchange_client(key_exchange_client_config config,
                                         core::random_source& random)
    : machine_(std::make_unique<machine>(std::move(config), random)) {}

key_exchange_client::~key_exchange_client() = default;

void key_exchange_client::start(core::instant now) {
  if (std::holds_alternative<idle>(machine_->state)) machine_->begin_run(now);
}

void key_exchange_client::handle_packet(core::byte_view packet, core::instant now) {
  if (!machine_->is_waiting()) return;
  const auto message = decode_plain(packet);
  if (!message) return machine_->finish(message.error());
  const auto id_check = check_plain_msg_id(message->msg_id, role::server);
  if (!id_check) return machine_->finish(id_check.error());
  machine_->handle_body(message->body, now);
}

void key_exchange_client::handle_transport_error(std::int32_t code, core::instant now) {
  if (machine_->is_waiting()) machine_->handle_transport_error(code, now);
}

void key_exchange_client::handle_reconnected(core::instant now) {
  if (machine_->is_waiting()) machine_->send_query(now);
}

bool key_exchange_client::poll_transmit(core::byte_buffer& packet) {
  if (!machine_->outgoing) return false;
  packet = *std::exchange(machine_->outgoing, std::nullopt);
  return true;
}

std::optional<core::deadline> key_exchange_client::poll_deadline() const {
  if (!machine_->is_waiting()) return std::nullopt;
  return machine_->deadline;
}

void key_exchange_client::handle_timeout(core::instant now) {
  if (!machine_->is_waiting() || now.steady < machine_->deadline) return;
  if (machine_->sends >= machine_->config.sends) return machine_->finish(errc::timed_out);
  machine_->report({"repeated query", "no reply in time"}, now);
  machine_->send_query(now);
}

std::optional<key_exchange_stage> key_exchange_client::poll_stage() {
  if (machine_->stages.empty()) return std::nullopt;
  std::optional<key_exchange_stage> stage(std::move(machine_->stages.front()));
  machine_->stages.pop_front();
  return stage;
}

bool key_exchange_client::is_finished() const {
  return std::holds_alternative<finished>(machine_->state);
}

std::optional<core::result<key_exchange_result>> key_exchange_client::poll_outcome() {
  return std::exchange(machine_->outcome, std::nullopt);
}

}  // namespace corogram::mtproto

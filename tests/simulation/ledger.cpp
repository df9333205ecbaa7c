#include "ledger.hpp"

#include <corogram/api/functions/help/getNearestDc.hpp>
#include <corogram/api/functions/messages/sendMessage.hpp>
#include <corogram/api/types/InputPeer.hpp>
#include <corogram/api/types/NearestDc.hpp>
#include <corogram/api/types/Updates.hpp>
#include <corogram/mtproto/errc.hpp>
#include <corogram/rpc/errc.hpp>
#include <corogram/tl/codec.hpp>

#include <algorithm>
#include <array>

namespace corogram::simulation {
namespace {

constexpr std::array<std::string_view, request_kinds> kind_names{
    "brief",   "long_packed", "long_random", "long_query",   "late",      "ignored",
    "refused", "flood_wait",  "fails_once",  "fails_always", "nearest_dc"};

/// More than packets need that wait for each other.
constexpr std::chrono::seconds prompt{3};
/// Pushed messages come from this user, answers from nobody.
constexpr std::int64_t pushing_user = 777000;

std::string name_of(const request_record& request) {
  return "request " + std::to_string(request.number) + " (" +
         std::string(simulation::name_of(request.kind)) + ") of client " +
         std::to_string(request.client);
}

/// Text that packs well, or does not at all, and is another for each number.
std::string text_of(std::int32_t number, std::size_t size, bool random) {
  std::string text = "number " + std::to_string(number) + ' ';
  core::test_random source(static_cast<std::uint64_t>(number));
  while (text.size() < size) {
    if (random) {
      const std::uint64_t bits = source.next();
      // Any 7 bits are UTF-8.
      for (int i = 0; i < 9; ++i) text += static_cast<char>(bits >> (7 * i) & 0x7f);
    } else {
      text += "again and ";
    }
  }
  text.resize(std::max(size, std::size_t{8}));
  return text;
}

bool clocks_were_wrong(const tally& counts) noexcept {
  return counts.of(fault::client_clock_ahead) + counts.of(fault::client_clock_back) +
             counts.of(fault::client_clock_wrong_from_start) + counts.of(fault::client_asleep) +
             counts.of(fault::server_clock_ahead) + counts.of(fault::server_clock_back) !=
         0;
}

core::byte_buffer message(std::int32_t number, std::int64_t user, const std::string& text) {
  api::updateShortMessage answer;
  answer.id = number;
  answer.user_id = user;
  answer.message = text;
  return tl::encode(answer);
}

}  // namespace

std::string_view name_of(request_kind kind) noexcept {
  return kind_names[static_cast<std::size_t>(kind)];
}

request_record& ledger::begin(std::size_t client, request_kind kind) {
  request_record& request = requests_.emplace_back();
  request.number = static_cast<std::int32_t>(requests_.size());
  request.client = client;
  request.kind = kind;
  request.begun = around_.time.now();
  ++open_;
  around_.counts.count(happening::requests);
  return request;
}

request_record* ledger::find(std::int32_t number) {
  const auto at = static_cast<std::size_t>(number) - 1;
  return at < requests_.size() ? &requests_[at] : nullptr;
}

core::byte_buffer ledger::query(const request_record& request) const {
  if (request.kind == request_kind::nearest_dc) return tl::encode(api::help::getNearestDc());
  api::messages::sendMessage query;
  query.peer = api::inputPeerSelf();
  query.random_id = request.number;
  const bool is_long = request.kind == request_kind::long_query;
  query.message =
      text_of(request.number, is_long ? around_.plan.large : 40, request.number % 2 == 0);
  return tl::encode(query);
}

core::byte_buffer ledger::expected_answer(const request_record& request) const {
  const bool is_random = request.kind == request_kind::long_random;
  const bool is_long = is_random || request.kind == request_kind::long_packed;
  return message(request.number, 0,
                 text_of(request.number, is_long ? around_.plan.large : 20, is_random));
}

void ledger::repeated(const request_record& request) {
  around_.broken("a call runs once in its session", name_of(request) + " was performed twice");
}

/// Those before it in its orders have succeeded at the server, or ended for their caller.
void ledger::check_order(const request_record& request) {
  for (const request_record& before : requests_) {
    if (before.number == request.number) return;
    if (before.client != request.client || before.finished || before.succeeded) continue;
    const bool is_ordered = std::ranges::any_of(before.orders, [&](std::uint64_t order) {
      return std::ranges::find(request.orders, order) != request.orders.end();
    });
    if (is_ordered)
      around_.broken("requests in order begin in order",
                     name_of(request) + " began before number " + std::to_string(before.number));
  }
}

void ledger::finish(request_record& request, const request_outcome& outcome) {
  if (request.finished)
    return around_.broken("a request ends once", name_of(request) + " ended again");
  request.finished = true;
  --open_;
  if (around_.logging())
    around_.log("client " + std::to_string(request.client),
                "end of " + name_of(request) + ": " +
                    (outcome.failure ? outcome.failure.message() : std::string("answered")));
  if (!outcome.failure) {
    around_.counts.count(happening::requests_answered);
    check_promptness(request);
    check_answer(request, outcome.body);
  } else {
    check_failure(request, outcome);
  }
}

void ledger::check_answer(const request_record& request, core::byte_view body) {
  if (request.kind == request_kind::nearest_dc) {
    const auto answer = tl::decode_view<api::nearestDc>(body);
    return around_.require(answer && (*answer)->this_dc == 2, "a request gets its own answer",
                           name_of(request) + " got something else");
  }
  const core::byte_buffer expected = expected_answer(request);
  around_.require(std::ranges::equal(expected, body), "a request gets its own answer",
                  name_of(request) + " got something else");
  around_.require(!request.performances.empty(), "a request gets its own answer",
                  name_of(request) + " was answered and never performed");
}

/// Where nothing is wrong but that connections break, an answer waits for nothing but the next one.
void ledger::check_promptness(const request_record& request) {
  const bool is_immediate =
      request.kind == request_kind::brief || request.kind == request_kind::long_packed ||
      request.kind == request_kind::long_random || request.kind == request_kind::long_query ||
      request.kind == request_kind::nearest_dc;
  if (!around_.plan.only_breaks || !is_immediate || !request.orders.empty()) return;
  const nanoseconds since = std::max(request.begun, last_ready_[request.client]);
  const nanoseconds waited = around_.time.now() - since;
  around_.require(waited <= prompt + 6 * around_.plan.most_latency,
                  "what a broken connection held up goes on with the next one",
                  name_of(request) + " waited for " + seconds_text(waited) + " s");
}

void ledger::check_failure(const request_record& request, const request_outcome& outcome) {
  tally& counts = around_.counts;
  const std::error_code why = outcome.failure;
  if (outcome.details != nullptr && outcome.details->code != 0) {
    counts.count(happening::requests_with_error);
    return check_error(request, *outcome.details);
  }
  around_.require(!request.probe, "what is asked in calm is answered",
                  name_of(request) + " ended with: " + why.message());
  if (why == rpc::cancelled()) {
    counts.count(happening::requests_cancelled);
    return around_.require(request.cancelled, "a request ends as it was treated",
                           name_of(request) + " ended as cancelled, and was not");
  }
  if (why == rpc::errc::closed) {
    counts.count(happening::requests_closed);
    return around_.require(request.closed, "a request ends as it was treated",
                           name_of(request) + " ended as closed, and was not");
  }
  if (why == mtproto::errc::outcome_unknown) {
    counts.count(happening::requests_of_unknown_outcome);
    // Only clocks make a client leave its session.
    return around_.require(clocks_were_wrong(counts), "no request is given up",
                           name_of(request) + ": " + why.message());
  }
  if (outcome.stopped && why == outcome.stopped) {
    counts.count(happening::requests_failed_otherwise);
    return;
  }
  if (why == mtproto::errc::not_repairable || why == rpc::errc::too_many_requests ||
      why == mtproto::errc::too_many_requests || why == mtproto::errc::message_too_long) {
    counts.count(happening::requests_failed_otherwise);
    return around_.broken("no request is given up", name_of(request) + ": " + why.message());
  }
  counts.count(happening::requests_timed_out);
  check_time_out(request, outcome);
}

void ledger::check_error(const request_record& request, const rpc::rpc_error& error) {
  const bool was_sent = std::ranges::any_of(request.errors, [&](const testdc::rpc_failure& one) {
    return one.code == error.code && one.type == error.message;
  });
  // A server that forgets its clients again and again asks one and the same request too often.
  const std::uint64_t restarts = around_.counts.of(fault::server_restarted_sessions_lost) +
                                 around_.counts.of(fault::server_restarted_salts_lost);
  if (restarts >= 3 && error.message == "CONNECTION_NOT_INITED") return;
  // The data centre says so of itself.
  if (!request.orders.empty() && error.message.starts_with("MSG_WAIT_")) return;
  around_.require(was_sent, "a request gets its own answer",
                  name_of(request) + " got an error that nobody sent: " + error.message);
}

void ledger::check_time_out(const request_record& request, const request_outcome& outcome) {
  around_.require(outcome.now.steady >= request.deadline, "time is over when it is over",
                  name_of(request) + " ended before its time: " + outcome.failure.message());
  const bool answerable = request.kind != request_kind::ignored;
  around_.require(
      !around_.calm || !answerable || around_.time.now() < around_.plan.storm + recovery,
      "what is asked in calm is answered",
      name_of(request) + " ended with: " + outcome.failure.message());
}

core::byte_buffer ledger::push(std::size_t client) {
  push_record& push = pushes_.emplace_back();
  push.number = static_cast<std::int32_t>(pushes_.size());
  push.client = client;
  push.at = around_.time.now();
  around_.counts.count(happening::pushes);
  const bool is_long = push.number % 7 == 0;
  return message(push.number, pushing_user,
                 text_of(push.number, is_long ? around_.plan.large : 30, push.number % 2 == 0));
}

void ledger::push_seen(std::size_t client, core::byte_view body) {
  const auto update = tl::decode_view<api::updateShortMessage>(body);
  const auto at = update ? static_cast<std::size_t>((*update)->id) - 1 : pushes_.size();
  if (at >= pushes_.size() || (*update)->user_id != pushing_user)
    return around_.broken("a pushed message arrives as it was",
                          "client " + std::to_string(client) + " got one that nobody pushed");
  push_record& push = pushes_[at];
  around_.counts.count(happening::pushes_delivered);
  if (around_.logging())
    around_.log("client " + std::to_string(client), "push " + std::to_string(push.number));
  around_.require(push.client == client, "a pushed message arrives as it was",
                  "push " + std::to_string(push.number) + " reached another client");
  around_.require(++push.seen == 1, "no pushed message is seen twice",
                  "push " + std::to_string(push.number) + " was seen again");
}

void ledger::balance() {
  for (const request_record& request : requests_)
    around_.require(request.finished, "a request ends once", name_of(request) + " never ended");
  for (const push_record& push : pushes_) {
    const auto gap = last_gaps_.find(push.client);
    const bool told = gap != last_gaps_.end() && gap->second >= push.at;
    around_.require(push.seen != 0 || told, "no pushed message is lost",
                    "push " + std::to_string(push.number) + " to client " +
                        std::to_string(push.client) + " at " + seconds_text(push.at) +
                        " was never seen, and the client was not told of a gap since");
  }
}

}  // namespace corogram::simulation

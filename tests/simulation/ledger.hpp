#pragma once

// The books of one run: each request from its beginning to its one end, each pushed message from
// the server to the one place where it is seen. What the machines claim is compared with these.

#include "setting.hpp"

#include <corogram/core/bytes.hpp>
#include <corogram/core/clock.hpp>
#include <corogram/mtproto/server.hpp>
#include <corogram/rpc/rpc_error.hpp>
#include <corogram/testdc/method.hpp>

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace corogram::simulation {

/// What the server does with a request.
enum class request_kind {
  /// Answered at once, briefly.
  brief,
  /// Answered at once, with as many bytes as may be; such as pack well, and such as do not.
  long_packed,
  long_random,
  /// The query is long.
  long_query,
  /// Answered after some time.
  late,
  /// Never answered.
  ignored,
  /// Answered by an error.
  refused,
  /// Refused once with FLOOD_WAIT_1, answered the next time.
  flood_wait,
  /// The server fails once, and answers the next time.
  fails_once,
  /// The server fails every time.
  fails_always,
  /// help.getNearestDc, which the data centre has itself.
  nearest_dc,
};

inline constexpr std::size_t request_kinds = static_cast<std::size_t>(request_kind::nearest_dc) + 1;
std::string_view name_of(request_kind kind) noexcept;

/// One run of a call at the server, with effect.
struct performance {
  mtproto::session_key session;
  /// Which of the sessions that have had this name.
  std::uint64_t session_life = 0;
  /// The message is older than the session at the server, which has lost another of that name, or
  /// was refused before. The client may have put another in its place, and somebody replays it.
  bool is_stale = false;
};

/// One request of a client.
struct request_record {
  std::int32_t number = 0;
  std::size_t client = 0;
  request_kind kind{};
  nanoseconds begun{};
  /// On the client's steady clock.
  core::deadline deadline{};
  /// The orders that it stands in.
  std::vector<std::uint64_t> orders;
  bool cancelled = false;
  /// The client program was closed before the end.
  bool closed = false;
  /// The last one, when all has to be well.
  bool probe = false;
  bool finished = false;
  std::vector<performance> performances;
  /// The server has answered it with success.
  bool succeeded = false;
  /// The errors that the server has answered.
  std::vector<testdc::rpc_failure> errors;
};

/// One pushed message.
struct push_record {
  std::int32_t number = 0;
  std::size_t client = 0;
  nanoseconds at{};
  int seen = 0;
};

/// How a request ended for its caller.
struct request_outcome {
  std::error_code failure;
  core::byte_view body;
  const rpc::rpc_error* details = nullptr;
  /// The client's clock.
  core::instant now;
  /// Why the client has stopped for good, if it has.
  std::error_code stopped;
};

class ledger {
 public:
  explicit ledger(setting& around) noexcept : around_(around) {}

  // Requests.

  request_record& begin(std::size_t client, request_kind kind);
  [[nodiscard]] request_record* find(std::int32_t number);
  /// query is the body of the request, and expected_answer that of its answer.
  [[nodiscard]] core::byte_buffer query(const request_record& request) const;
  [[nodiscard]] core::byte_buffer expected_answer(const request_record& request) const;
  /// perform notes that the server runs a request. `is_alive` says whether a session still exists.
  template <class IsAlive>
  void perform(request_record& request, const performance& now, IsAlive is_alive);
  void finish(request_record& request, const request_outcome& outcome);

  // Pushes.

  /// push makes the next pushed message and notes it.
  core::byte_buffer push(std::size_t client);
  void push_seen(std::size_t client, core::byte_view body);
  /// gap notes that a client was told that messages may be missing.
  void gap(std::size_t client) { last_gaps_[client] = around_.time.now(); }

  /// ready notes that a client is online again.
  void ready(std::size_t client) { last_ready_[client] = around_.time.now(); }

  /// open counts the requests that have not ended.
  [[nodiscard]] std::size_t open() const noexcept { return open_; }
  /// balance closes the books: everything has to have ended.
  void balance();

 private:
  void check_answer(const request_record& request, core::byte_view body);
  void check_promptness(const request_record& request);
  void check_failure(const request_record& request, const request_outcome& outcome);
  void check_error(const request_record& request, const rpc::rpc_error& error);
  void check_time_out(const request_record& request, const request_outcome& outcome);
  void repeated(const request_record& request);
  void check_order(const request_record& request);

  setting& around_;
  /// A deque: records stay where they are.
  std::deque<request_record> requests_;
  std::vector<push_record> pushes_;
  std::map<std::size_t, nanoseconds> last_gaps_;
  std::map<std::size_t, nanoseconds> last_ready_;
  std::size_t open_ = 0;
};

template <class IsAlive>
void ledger::perform(request_record& request, const performance& now, IsAlive is_alive) {
  around_.counts.count(happening::calls_performed);
  // What was done in a session that is lost, or under a key that the client gave up, nobody can
  // know to have been done: the request may be made again.
  for (const performance& before : request.performances)
    if (before.session.auth_key_id == now.session.auth_key_id && is_alive(before) &&
        !before.is_stale && !now.is_stale)
      repeated(request);
  if (!now.is_stale) check_order(request);
  request.performances.push_back(now);
}

}  // namespace corogram::simulation

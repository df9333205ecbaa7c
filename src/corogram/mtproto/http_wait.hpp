#pragma once

// When a server over HTTP answers. It may speak only if a query waits for its response, and a
// client that has nothing to say leaves one waiting on purpose, with the times in http_wait.
//
//   query ------------- max_wait -------------> response, an empty container if need be
//        first message --- max_delay ---> response
//             last message - wait_after -> response
//
// The earliest of the three counts: max_wait before max_delay before wait_after (SM-50).

#include <corogram/core/clock.hpp>
#include <corogram/service/types/HttpWait.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>

namespace corogram::mtproto {

/// The times of http_wait. Units: nanoseconds.
struct http_wait_times {
  /// From the first message that waits to its transmission, at most.
  std::chrono::nanoseconds max_delay{0};
  /// From the last message that waits: nothing more came.
  std::chrono::nanoseconds wait_after{0};
  //= WS-20 exception: an option; the client's times say how long to wait, nothing is added to them
  //= SM-51
  /// From the query to its response, at most.
  std::chrono::nanoseconds max_wait = std::chrono::seconds(25);
};

/// http_wait_times_of reads what a client asks for. Negative times count as none, and nobody waits
/// longer than `longest`.
inline http_wait_times http_wait_times_of(const service::http_wait& asked,
                                          std::chrono::nanoseconds longest) {
  const auto time = [longest](std::int32_t milliseconds) {
    return std::clamp<std::chrono::nanoseconds>(std::chrono::milliseconds(milliseconds),
                                                std::chrono::nanoseconds::zero(), longest);
  };
  return {time(asked.max_delay), time(asked.wait_after), time(asked.max_wait)};
}

/// When the messages of a session that wait for transmission came.
struct waiting_since {
  core::deadline first{};
  core::deadline last{};
};

/// The queries of one HTTP connection that wait for their responses, in their order.
class http_queries {
 public:
  /// arrived adds a query.
  void arrived(core::instant now) { waiting_.push_back({now.steady, {}}); }
  /// set_times gives the latest query its times.
  void set_times(http_wait_times times) {
    if (!waiting_.empty()) waiting_.back().times = times;
  }
  /// answered removes the first query.
  void answered() {
    if (!waiting_.empty()) waiting_.pop_front();
  }

  [[nodiscard]] std::size_t size() const noexcept { return waiting_.size(); }
  //= WS-18
  [[nodiscard]] bool may_answer() const noexcept { return !waiting_.empty(); }

  //= SM-48
  //= SM-49
  //= SM-50
  /// due returns when the next response has to leave. `messages`: those that it would carry, if
  /// there are any. Pre: may_answer().
  [[nodiscard]] core::deadline due(const std::optional<waiting_since>& messages) const {
    const query& next = waiting_.front();
    core::deadline end = next.at + next.times.max_wait;
    if (!messages) return end;
    end = std::min(end, messages->first + next.times.max_delay);
    return std::min(end, messages->last + next.times.wait_after);
  }

 private:
  struct query {
    core::deadline at;
    http_wait_times times;
  };

  std::deque<query> waiting_;
};

}  // namespace corogram::mtproto

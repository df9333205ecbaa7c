#pragma once

// When the reply to an HTTP request leaves: long polling, as http_wait asks for it.
//
//   request ........ first message ....... last message
//      |                  |<-- wait_after -->| of silence: reply
//      |                  |<------ max_delay ------>| reply
//      |<------------------ max_wait ------------------>| reply, an empty container at worst

#include <corogram/core/clock.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace corogram::mtproto {

/// The three times of http_wait.
struct http_waits {
  //= SM-51
  std::chrono::milliseconds max_delay{0};
  std::chrono::milliseconds wait_after{0};
  std::chrono::milliseconds max_wait{25000};
};

/// The longest max_wait that is kept to.
inline constexpr std::chrono::milliseconds http_wait_limit{60000};

/// One request that is to be replied to.
class http_reply {
 public:
  explicit http_reply(core::instant now) noexcept : came_at_(now.steady) {}

  /// wait takes the times of an http_wait in the request; of several the last counts (SM-52).
  void wait(std::int32_t max_delay, std::int32_t wait_after, std::int32_t max_wait) noexcept {
    const auto kept = [](std::int32_t ms) {
      return std::clamp(std::chrono::milliseconds(ms), std::chrono::milliseconds(0),
                        http_wait_limit);
    };
    waits_ = {kept(max_delay), kept(wait_after), kept(max_wait)};
  }

  /// observe tells how many messages there are for the reply now.
  void observe(std::size_t messages, core::instant now) noexcept {
    if (messages > seen_) {
      if (seen_ == 0) first_at_ = now.steady;
      last_at_ = now.steady;
    }
    seen_ = messages;
  }

  /// due_at says when the reply leaves if nothing else happens.
  [[nodiscard]] core::deadline due_at() const noexcept {
    //= SM-49
    const core::deadline at_last = came_at_ + waits_.max_wait;
    if (seen_ == 0) return at_last;
    //= SM-48
    //= SM-50
    return std::min({at_last, first_at_ + waits_.max_delay, last_at_ + waits_.wait_after});
  }

 private:
  core::deadline came_at_;
  http_waits waits_;
  std::size_t seen_ = 0;
  core::deadline first_at_{};
  core::deadline last_at_{};
};

}  // namespace corogram::mtproto

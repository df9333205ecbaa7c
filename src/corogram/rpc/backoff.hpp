#pragma once

// How long to wait before trying again.

#include <corogram/core/random.hpp>

#include <chrono>
#include <cstdint>

namespace corogram::rpc {

/// The growth of the pauses between attempts. Units: nanoseconds.
struct backoff_options {
  backoff_options() = default;

  std::chrono::nanoseconds initial = std::chrono::milliseconds(500);
  std::chrono::nanoseconds maximum = std::chrono::seconds(30);
};

/// Exponential back-off: each step is twice the last, up to a maximum, and the pause is drawn
/// evenly from the upper half of the step, so that many clients that lost one server do not return
/// as one.
class backoff {
 public:
  explicit backoff(backoff_options options) noexcept : options_(options) {}

  /// next counts one more failure and returns the pause that follows it.
  [[nodiscard]] std::chrono::nanoseconds next(core::random_source& random) noexcept;

  /// reset forgets the failures, after a success.
  void reset() noexcept { failures_ = 0; }

  /// failures returns how many there were since the last success.
  [[nodiscard]] std::uint32_t failures() const noexcept { return failures_; }

 private:
  backoff_options options_;
  std::uint32_t failures_ = 0;
};

}  // namespace corogram::rpc

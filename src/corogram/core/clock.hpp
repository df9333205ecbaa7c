#pragma once

// Time as the state machines see it: a value that the caller hands in with each call.

#include <chrono>
#include <compare>

namespace corogram::core {

/// One reading of both clocks of this machine. Units: nanoseconds.
struct instant {
  /// Monotonic, from an arbitrary origin. Deadlines and timeouts are counted on it.
  std::chrono::nanoseconds steady{};
  /// Since 1970-01-01 UTC as this machine believes it, right or wrong. Message ids start from it.
  std::chrono::nanoseconds wall{};

  friend bool operator==(const instant&, const instant&) = default;
};

/// A point on the monotonic clock, as `poll_deadline` returns it. Units: nanoseconds.
using deadline = std::chrono::nanoseconds;

/// later moves both clocks by the same step.
[[nodiscard]] constexpr instant later(instant from, std::chrono::nanoseconds step) noexcept {
  return {from.steady + step, from.wall + step};
}

/// Reads the time. Only the shell owns one; machines get an `instant`.
class clock {
 public:
  virtual ~clock() = default;
  [[nodiscard]] virtual instant now() const noexcept = 0;
};

/// The operating system's clocks.
class system_clock final : public clock {
 public:
  [[nodiscard]] instant now() const noexcept override {
    return {std::chrono::steady_clock::now().time_since_epoch(),
            std::chrono::system_clock::now().time_since_epoch()};
  }
};

/// A clock that moves only when told to.
class manual_clock final : public clock {
 public:
  explicit manual_clock(instant start) noexcept : now_(start) {}
  [[nodiscard]] instant now() const noexcept override { return now_; }

  void advance(std::chrono::nanoseconds step) noexcept { now_ = later(now_, step); }
  /// Moves the wall clock alone, as an administrator or a bad battery would.
  void shift_wall(std::chrono::nanoseconds step) noexcept { now_.wall += step; }

 private:
  instant now_;
};

}  // namespace corogram::core

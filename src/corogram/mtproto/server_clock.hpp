#pragma once

// A client's idea of the server's time. Message ids are made from it, so it has to survive what
// happens to clocks: a machine whose clock is wrong, is set while we run, or sleeps.

#include <corogram/core/clock.hpp>

#include <chrono>

namespace corogram::mtproto {

/// The server's wall clock as far as it is known here: ours plus an offset.
class server_clock {
 public:
  server_clock(std::chrono::nanoseconds offset, bool known) noexcept
      : offset_(offset), known_(known) {}

  /// observe compares our two clocks with what they showed last; to be called with every `now`.
  /// A wall clock that was set back is compensated, since server time never runs backwards. One
  /// that jumped ahead is believed, since that is what a suspended machine looks like, but the
  /// server's time is not certain from then on. True: the offset changed.
  bool observe(core::instant now) noexcept {
    const std::chrono::nanoseconds drift = now.wall - now.steady;
    const std::chrono::nanoseconds step = seen_ ? drift - drift_ : std::chrono::nanoseconds{0};
    drift_ = drift;
    seen_ = true;
    if (step > jump) known_ = false;
    if (step >= -jump) return false;
    offset_ -= step;
    return true;
  }

  /// time returns the server's time.
  [[nodiscard]] std::chrono::nanoseconds time(core::instant now) const noexcept {
    return now.wall + offset_;
  }
  /// seconds returns the server's unix time.
  [[nodiscard]] std::int64_t seconds(core::instant now) const noexcept {
    return std::chrono::floor<std::chrono::seconds>(time(now)).count();
  }

  /// correct sets the clock to what the server has just said.
  void correct(std::chrono::nanoseconds server_time, core::instant now) noexcept {
    //= GEN-08
    offset_ = server_time - now.wall;
    known_ = true;
  }

  [[nodiscard]] std::chrono::nanoseconds offset() const noexcept { return offset_; }
  /// known says whether received messages may be judged by this clock (DESC-45).
  [[nodiscard]] bool known() const noexcept { return known_; }

 private:
  /// What is more is no correction of a running clock but a new setting of it.
  static constexpr std::chrono::seconds jump{2};

  std::chrono::nanoseconds offset_;
  bool known_;
  bool seen_ = false;
  std::chrono::nanoseconds drift_{};
};

}  // namespace corogram::mtproto

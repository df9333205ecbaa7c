#pragma once

// Virtual time: what is going to happen, in order, and the clocks of machines that are not set
// alike.

#include <corogram/core/clock.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <utility>

namespace corogram::simulation {

using std::chrono::nanoseconds;

/// True time begins here. Units: since 1970-01-01 UTC; that a machine may be an hour behind must
/// not lead before the beginning of its steady clock.
inline constexpr core::instant beginning{std::chrono::hours(1000),
                                         std::chrono::seconds(1'800'000'000)};

/// The order of all that happens. Things of the same moment happen in the order in which they were
/// planned.
class clockwork {
 public:
  using action = std::function<void()>;

  /// now is the true time that has passed since the beginning.
  [[nodiscard]] nanoseconds now() const noexcept { return now_; }
  void at(nanoseconds when, action what) {
    planned_.emplace(std::pair(std::max(when, now_), ++count_), std::move(what));
  }
  void after(nanoseconds pause, action what) { at(now_ + pause, std::move(what)); }

  [[nodiscard]] std::optional<nanoseconds> next() const {
    if (planned_.empty()) return std::nullopt;
    return planned_.begin()->first.first;
  }
  void advance_to(nanoseconds when) noexcept { now_ = std::max(now_, when); }
  /// run_next runs what is planned first, at its time. Pre: something is planned.
  void run_next() {
    const auto first = planned_.extract(planned_.begin());
    advance_to(first.key().first);
    first.mapped()();
  }

 private:
  nanoseconds now_{};
  std::uint64_t count_ = 0;
  std::map<std::pair<nanoseconds, std::uint64_t>, action> planned_;
};

/// The two clocks of one machine: right, or not.
class machine_clock {
 public:
  explicit machine_clock(const clockwork& time) noexcept : time_(time) {}

  [[nodiscard]] core::instant now() const noexcept {
    return {beginning.steady + time_.now() - slept_, beginning.wall + time_.now() + wrong_by_};
  }
  /// due_at returns the true time of a deadline on this machine's steady clock.
  [[nodiscard]] nanoseconds due_at(core::deadline deadline) const noexcept {
    return deadline - beginning.steady + slept_;
  }
  /// jump sets the wall clock.
  void jump(nanoseconds step) noexcept { wrong_by_ += step; }
  /// sleep notes that the machine slept: the steady clock stood still, the wall clock did not.
  void sleep(nanoseconds duration) noexcept { slept_ += duration; }
  [[nodiscard]] nanoseconds wrong_by() const noexcept { return wrong_by_; }

 private:
  const clockwork& time_;
  nanoseconds wrong_by_{};
  nanoseconds slept_{};
};

}  // namespace corogram::simulation

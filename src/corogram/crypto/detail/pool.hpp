#pragma once

// Jobs that advance side by side, chunk by chunk, each with its own end.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

namespace corogram::crypto::detail {

/// Up to `Lanes` jobs of one kind that advance together. A job has begin(message); chunks(), how
/// far it can go in a row; and done(chunks), which takes note of that. With more places than lanes,
/// jobs that ended stay what they are while the next begin.
template <class Job, std::size_t Lanes, std::size_t Places = Lanes>
class pool {
 public:
  pool() noexcept {
    for (std::size_t i = 0; i < jobs_.size(); ++i) active_[i] = &jobs_[i];
  }

  [[nodiscard]] bool has_room() const noexcept { return size_ < Lanes; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] Job& operator[](std::size_t i) const noexcept { return *active_[i]; }

  /// The place that begin() would take. Pre: there is one: has_room(), or more places than lanes.
  [[nodiscard]] Job& next() const noexcept { return *active_[size_]; }

  template <class Message>
  void begin(Message& message) noexcept {
    active_[size_++]->begin(message);
  }

  /// How far all can go together.
  [[nodiscard]] std::size_t chunks() const noexcept {
    std::size_t least = SIZE_MAX;
    for (const Job* const job : at_work()) least = std::min(least, job->chunks());
    return least;
  }

  /// Takes note that all went that far.
  void advance(std::size_t chunks) noexcept {
    for (Job* const job : at_work()) job->done(chunks);
  }

  /// Takes out one that has no chunks left, if there is one. It stays what it is until the place is
  /// needed: those that are free longer go first.
  [[nodiscard]] Job* take_ended() noexcept {
    for (Job*& job : at_work())
      if (job->chunks() == 0) {
        std::swap(job, active_[--size_]);
        std::rotate(active_.begin() + static_cast<std::ptrdiff_t>(size_),
                    active_.begin() + static_cast<std::ptrdiff_t>(size_ + 1), active_.end());
        return active_.back();
      }
    return nullptr;
  }

 private:
  // Loops over the array itself g++ peels, once for each place: that costs a queue of messages of 4
  // KiB one part in a hundred.
  [[nodiscard]] std::span<Job* const> at_work() const noexcept { return {active_.data(), size_}; }
  [[nodiscard]] std::span<Job*> at_work() noexcept { return {active_.data(), size_}; }

  std::array<Job, Places> jobs_;
  // Those that are active, then the free ones, the longest free first.
  std::array<Job*, Places> active_;
  std::size_t size_ = 0;
};

/// lanes_of collects what is at work of each job. Lifetime: that of `room`.
template <class Job, std::size_t Lanes, std::size_t Places, class Lane>
std::span<Lane* const> lanes_of(const pool<Job, Lanes, Places>& jobs, Lane Job::* lane,
                                std::array<Lane*, Lanes>& room) noexcept {
  for (std::size_t i = 0; i < jobs.size(); ++i) room[i] = &(jobs[i].*lane);
  return {room.data(), jobs.size()};
}

}  // namespace corogram::crypto::detail

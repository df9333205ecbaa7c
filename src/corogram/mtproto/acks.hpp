#pragma once

// The acknowledgements that one side owes the other: collected, sent together, late.

#include <corogram/core/clock.hpp>
#include <corogram/mtproto/msg_id.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <vector>

namespace corogram::mtproto {

//= SMM-03
/// The most ids in one msgs_ack, msgs_state_req or msg_resend_req.
inline constexpr std::size_t id_list_limit = 8192;

/// The ids of received content-related messages whose receipt the sender has not been told.
class ack_queue {
 public:
  /// Acknowledgements are due `delay` after the first of them, or when there are `count`.
  ack_queue(std::chrono::nanoseconds delay, std::size_t count) noexcept
      : delay_(delay), count_(count) {}

  /// add owes one more. Of more than may wait the oldest is given up: its message comes again.
  void add(std::int64_t msg_id, core::instant now) {
    if (owed_.empty()) due_ = now.steady + delay_;
    owed_.insert(msg_id);
    if (owed_.size() > waiting_limit) owed_.erase(owed_.begin());
  }
  /// settle owes one less: something else acknowledged it.
  void settle(std::int64_t msg_id) { owed_.erase(msg_id); }

  [[nodiscard]] bool empty() const noexcept { return owed_.empty(); }
  [[nodiscard]] std::size_t size() const noexcept { return owed_.size(); }
  [[nodiscard]] bool due(core::instant now) const noexcept {
    return !owed_.empty() && (owed_.size() >= count_ || now.steady >= due_);
  }
  [[nodiscard]] std::optional<core::deadline> poll_deadline() const noexcept {
    if (owed_.empty()) return std::nullopt;
    return owed_.size() >= count_ ? core::deadline::min() : due_;
  }

  //= SM-38
  /// take hands over as many ids as one msgs_ack may hold.
  std::vector<std::int64_t> take() {
    std::vector<std::int64_t> ids;
    while (!owed_.empty() && ids.size() < id_list_limit)
      ids.push_back(owed_.extract(owed_.begin()).value());
    return ids;
  }
  void clear() noexcept { owed_.clear(); }

 private:
  static constexpr std::size_t waiting_limit = 2 * id_list_limit;

  std::chrono::nanoseconds delay_;
  std::size_t count_;
  core::deadline due_{};
  std::set<std::int64_t, by_age> owed_;
};

}  // namespace corogram::mtproto

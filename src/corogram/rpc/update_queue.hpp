#pragma once

// Updates on their way from the session to whoever receives them.

#include <corogram/core/bytes.hpp>

#include <cstddef>
#include <deque>
#include <optional>

namespace corogram::rpc {

/// Something that the server sent unasked, or the notice that something of that kind is missing.
struct received_update {
  received_update() = default;

  /// Updates before this point are missing: the server made the session anew, or they came faster
  /// than they were received. Fetch the difference (SM-29). The body is empty.
  bool gap = false;
  /// A serialised, boxed object: Updates, mostly.
  core::byte_buffer body;
};

/// A bounded queue. When it overflows, what it holds is replaced by one gap: whoever fell so far
/// behind has to fetch the difference anyway.
class update_queue {
 public:
  update_queue(std::size_t max_updates, std::size_t max_bytes) noexcept
      : max_updates_(max_updates), max_bytes_(max_bytes) {}

  void push(core::byte_buffer body);
  /// push_gap notes that updates are missing here. Gaps that follow each other are one.
  void push_gap();
  /// pop takes the oldest.
  std::optional<received_update> pop();

 private:
  std::size_t max_updates_;
  std::size_t max_bytes_;
  std::size_t bytes_ = 0;
  std::deque<received_update> updates_;
};

}  // namespace corogram::rpc

#pragma once

// Bytes that have arrived and are not yet taken, in one piece.

#include <corogram/core/bytes.hpp>

#include <cstddef>

namespace corogram::transport {

/// A queue of bytes that can be looked at whole. Each byte is moved at most once while it waits, as
/// long as whatever is taken is taken before more is appended.
class receive_buffer {
 public:
  /// append copies `bytes` to the end and returns the copy for changing it in place.
  /// Lifetime: until the next append().
  core::byte_span append(core::byte_view bytes) {
    bytes_.erase(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(taken_));
    taken_ = 0;
    const std::size_t old_size = bytes_.size();
    core::append(bytes_, bytes);
    return core::byte_span(bytes_).subspan(old_size);
  }

  /// waiting returns the bytes that have not been taken. Lifetime: until the next append().
  [[nodiscard]] core::byte_span waiting() noexcept {
    return core::byte_span(bytes_).subspan(taken_);
  }

  /// take removes `count` bytes from the front. What waiting() returned stays readable.
  /// Pre: count <= waiting().size().
  void take(std::size_t count) noexcept {
    taken_ += count;
    total_ += count;
  }

  /// total_taken counts all bytes ever taken: the position of waiting() in the whole stream.
  [[nodiscard]] std::size_t total_taken() const noexcept { return total_; }

 private:
  core::byte_buffer bytes_;
  std::size_t taken_ = 0;
  std::size_t total_ = 0;
};

}  // namespace corogram::transport

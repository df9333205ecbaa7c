#pragma once

// Bytes that have arrived and are not yet taken, in one piece.

#include <corogram/core/bytes.hpp>

#include <algorithm>
#include <cstddef>
#include <utility>

namespace corogram::transport {

/// A queue of bytes that can be looked at whole, and that a socket reads into. Each byte is moved
/// at most once while it waits, as long as whatever is taken is taken before more is appended; and
/// again when a frame needs more room than there is, which frame_reader keeps rare.
class receive_buffer {
 public:
  /// reserve makes room for `count` bytes more.
  void reserve(std::size_t count) {
    if (begin_ > 0) {
      std::copy(bytes_.begin() + at(begin_), bytes_.begin() + at(end_), bytes_.begin());
      end_ -= begin_;
      fresh_ -= std::min(begin_, fresh_);
      begin_ = 0;
    }
    if (bytes_.size() - end_ < count) bytes_.resize(end_ + count);
  }

  /// space returns the room behind what waits, for reading into.
  /// Lifetime: until the next reserve() or append().
  [[nodiscard]] core::byte_span space() noexcept { return core::byte_span(bytes_).subspan(end_); }

  /// commit makes the first `count` bytes of space() wait, too.
  /// Pre: count <= space().size().
  void commit(std::size_t count) noexcept { end_ += count; }

  /// append copies `bytes` to the end.
  void append(core::byte_view bytes) {
    reserve(bytes.size());
    std::ranges::copy(bytes, space().begin());
    commit(bytes.size());
  }

  /// fresh returns what has come since the last call, for changing it in place.
  /// Lifetime: as that of waiting().
  core::byte_span fresh() noexcept {
    const std::size_t from = std::exchange(fresh_, end_);
    return core::byte_span(bytes_).subspan(from, end_ - from);
  }

  /// waiting returns the bytes that have not been taken.
  /// Lifetime: until the next reserve() or append().
  [[nodiscard]] core::byte_span waiting() noexcept {
    return core::byte_span(bytes_).subspan(begin_, end_ - begin_);
  }

  /// take removes `count` bytes from the front. What waiting() returned stays readable.
  /// Pre: count <= waiting().size().
  void take(std::size_t count) noexcept {
    begin_ += count;
    total_ += count;
  }

  /// total_taken counts all bytes ever taken: the position of waiting() in the whole stream.
  [[nodiscard]] std::size_t total_taken() const noexcept { return total_; }

 private:
  static std::ptrdiff_t at(std::size_t index) noexcept {
    return static_cast<std::ptrdiff_t>(index);
  }

  /// Room, of which [begin_, end_) is taken up by what waits.
  core::byte_buffer bytes_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  /// Where what fresh() has not returned begins.
  std::size_t fresh_ = 0;
  std::size_t total_ = 0;
};

}  // namespace corogram::transport

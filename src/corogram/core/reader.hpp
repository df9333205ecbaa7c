#pragma once

// The one way to take wire bytes apart outside the TL codec: it checks, then advances.

#include <corogram/core/bytes.hpp>
#include <corogram/core/endian.hpp>
#include <corogram/core/result.hpp>

#include <array>
#include <concepts>
#include <cstddef>

namespace corogram::core {

/// A cursor over bytes. Each call either succeeds and advances, or fails and has not moved.
/// Errors: errc::truncated with the offset of the value that does not fit.
/// Lifetime: the viewed bytes must outlive the reader and every view taken from it.
class reader {
 public:
  explicit reader(byte_view input) noexcept : input_(input) {}

  [[nodiscard]] std::size_t offset() const noexcept { return offset_; }
  [[nodiscard]] std::size_t remaining() const noexcept { return input_.size() - offset_; }
  [[nodiscard]] byte_view rest() const noexcept { return input_.subspan(offset_); }

  /// le takes a little-endian integer.
  template <std::integral T>
  result<T> le() {
    if (remaining() < sizeof(T)) return too_short("a little-endian integer");
    const T value = load_le<T>(input_.data() + offset_);
    offset_ += sizeof(T);
    return value;
  }

  /// be takes a big-endian integer.
  template <std::integral T>
  result<T> be() {
    if (remaining() < sizeof(T)) return too_short("a big-endian integer");
    const T value = load_be<T>(input_.data() + offset_);
    offset_ += sizeof(T);
    return value;
  }

  /// take returns a view of the next `count` bytes.
  result<byte_view> take(std::size_t count, std::string_view expected = "more bytes") {
    if (remaining() < count) return too_short(expected);
    const byte_view taken = input_.subspan(offset_, count);
    offset_ += count;
    return taken;
  }

  /// array copies the next N bytes.
  template <std::size_t N>
  result<std::array<byte, N>> array() {
    COROGRAM_TRY(const byte_view taken, take(N));
    std::array<byte, N> copy;
    std::copy(taken.begin(), taken.end(), copy.begin());
    return copy;
  }

  /// finish succeeds when nothing is left. Errors: errc::trailing_bytes.
  result<void> finish() const {
    if (remaining() != 0) return error(errc::trailing_bytes, offset_, "the end of the input");
    return {};
  }

 private:
  error too_short(std::string_view expected) const { return {errc::truncated, offset_, expected}; }

  byte_view input_;
  std::size_t offset_ = 0;
};

}  // namespace corogram::core

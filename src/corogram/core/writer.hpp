#pragma once

// Appends integers and bytes to a buffer that the caller owns.

#include <corogram/core/bytes.hpp>
#include <corogram/core/endian.hpp>

#include <concepts>
#include <cstddef>

namespace corogram::core {

/// Writes at the end of `out`. Lifetime: `out` must outlive the writer.
class writer {
 public:
  explicit writer(byte_buffer& out) noexcept : out_(out) {}

  template <std::integral T>
  writer& le(T value) {
    store_le(extend(sizeof(T)).data(), value);
    return *this;
  }

  template <std::integral T>
  writer& be(T value) {
    store_be(extend(sizeof(T)).data(), value);
    return *this;
  }

  writer& bytes(byte_view tail) {
    append(out_, tail);
    return *this;
  }

  /// extend grows the buffer by `count` zero bytes and returns them for writing.
  /// Lifetime: until the buffer grows again.
  byte_span extend(std::size_t count) {
    const std::size_t old_size = out_.size();
    out_.resize(old_size + count);
    return byte_span(out_).subspan(old_size);
  }

 private:
  byte_buffer& out_;
};

}  // namespace corogram::core

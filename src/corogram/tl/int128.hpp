#pragma once

// TL's int128 and int256: 4 and 8 consecutive ints, which is to say 16 and 32 bytes copied in
// order.

#include <corogram/tl/memory.hpp>

#include <cstddef>
#include <cstdint>

namespace corogram::tl {

/// N bytes that mean a number or a nonce to those who exchange them and nothing to TL.
/// Not for values that must stay secret: it neither wipes itself nor compares in constant time.
template <std::size_t N>
struct fixed_bytes {
  std::uint8_t bytes[N] = {};

  fixed_bytes() noexcept = default;

  /// Pre: `source` has N bytes; std::array and a fixed std::span are checked by the compiler, other
  /// sizes end the program.
  template <class R>
    requires requires(const R& source) {
      source.data()[0];
      requires sizeof(source.data()[0]) == 1;
    }
  fixed_bytes(const R& source) {
    if (source.size() != N) detail::misuse("tl: int128 or int256 from another number of bytes");
    detail::copy_bytes(bytes, source.data(), N);
  }

  [[nodiscard]] static constexpr std::size_t size() noexcept { return N; }
  [[nodiscard]] const std::uint8_t* data() const noexcept { return bytes; }
  [[nodiscard]] std::uint8_t* data() noexcept { return bytes; }
  [[nodiscard]] const std::uint8_t* begin() const noexcept { return bytes; }
  [[nodiscard]] const std::uint8_t* end() const noexcept { return bytes + N; }
  [[nodiscard]] std::uint8_t* begin() noexcept { return bytes; }
  [[nodiscard]] std::uint8_t* end() noexcept { return bytes + N; }

  /// view is the bytes as the array that they are: std::span<const std::uint8_t, N> takes it.
  [[nodiscard]] const std::uint8_t (&view() const noexcept)[N] { return bytes; }

  friend bool operator==(const fixed_bytes&, const fixed_bytes&) = default;
};

using int128 = fixed_bytes<16>;
using int256 = fixed_bytes<32>;

}  // namespace corogram::tl

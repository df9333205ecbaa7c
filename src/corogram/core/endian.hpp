#pragma once

// Fixed-width integers to and from bytes, independent of the machine's own order.
// MTProto is little-endian except for pq, p, q and the 2048-bit quantities (GEN-01).

#include <corogram/core/bytes.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>

namespace corogram::core {

//= GEN-01
/// load_le reads the first sizeof(T) bytes at `from` as a little-endian integer.
/// Pre: sizeof(T) bytes are readable there.
template <std::integral T>
constexpr T load_le(const byte* from) noexcept {
  std::make_unsigned_t<T> value = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i)
    value = static_cast<std::make_unsigned_t<T>>(
        value | static_cast<std::make_unsigned_t<T>>(std::make_unsigned_t<T>{from[i]} << (8 * i)));
  return static_cast<T>(value);
}

/// store_le writes `value` to the first sizeof(T) bytes at `to`, least significant byte first.
template <std::integral T>
constexpr void store_le(byte* to, T value) noexcept {
  const auto bits = static_cast<std::make_unsigned_t<T>>(value);
  for (std::size_t i = 0; i < sizeof(T); ++i) to[i] = static_cast<byte>(bits >> (8 * i));
}

/// load_be reads the first sizeof(T) bytes at `from` as a big-endian integer.
template <std::integral T>
constexpr T load_be(const byte* from) noexcept {
  std::make_unsigned_t<T> value = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i)
    value = static_cast<std::make_unsigned_t<T>>(
        value | static_cast<std::make_unsigned_t<T>>(std::make_unsigned_t<T>{from[i]}
                                                     << (8 * (sizeof(T) - 1 - i))));
  return static_cast<T>(value);
}

/// store_be writes `value` to the first sizeof(T) bytes at `to`, most significant byte first.
template <std::integral T>
constexpr void store_be(byte* to, T value) noexcept {
  const auto bits = static_cast<std::make_unsigned_t<T>>(value);
  for (std::size_t i = 0; i < sizeof(T); ++i)
    to[i] = static_cast<byte>(bits >> (8 * (sizeof(T) - 1 - i)));
}

}  // namespace corogram::core

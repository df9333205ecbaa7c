#pragma once

// Shorthand of this layer's tests.

#include <corogram/core/bytes.hpp>
#include <corogram/core/hex.hpp>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

namespace corogram::test {

/// bytes reads hexadecimal digits.
inline core::byte_buffer bytes(std::string_view digits) {
  auto read = core::from_hex(digits);
  if (!read) throw std::runtime_error("bad hexadecimal in a test");
  return *std::move(read);
}

/// hex prints anything that is a run of bytes.
inline std::string hex(core::byte_view view) {
  return core::to_hex(view);
}

/// counting returns `size` bytes 0, 1, 2 ...
inline core::byte_buffer counting(std::size_t size) {
  core::byte_buffer made(size);
  for (std::size_t i = 0; i < size; ++i) made[i] = static_cast<core::byte>(i);
  return made;
}

}  // namespace corogram::test

#pragma once

// The vocabulary for runs of bytes. Everything on the wire is one of these three.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace corogram::core {

using byte = std::uint8_t;

/// A run of bytes that somebody else owns and nobody changes through this view.
using byte_view = std::span<const byte>;

/// A run of bytes that somebody else owns and that is written through this view.
using byte_span = std::span<byte>;

/// Bytes with an owner.
using byte_buffer = std::vector<byte>;

/// Bytes that nobody changes any more, with several owners.
using shared_bytes = std::shared_ptr<const byte_buffer>;

/// share makes the first owner. Never null.
inline shared_bytes share(byte_buffer bytes) {
  return std::make_shared<const byte_buffer>(std::move(bytes));
}

/// as_bytes views the characters of `text` as bytes. Lifetime: that of `text`'s characters.
inline byte_view as_bytes(std::string_view text) noexcept {
  return {reinterpret_cast<const byte*>(text.data()), text.size()};
}

/// as_text views `bytes` as characters, whatever they are. Lifetime: that of `bytes`.
inline std::string_view as_text(byte_view bytes) noexcept {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// append copies `tail` to the end of `buffer`. Pre: `tail` does not point into `buffer`.
inline void append(byte_buffer& buffer, byte_view tail) {
  buffer.insert(buffer.end(), tail.begin(), tail.end());
}

/// concat copies the parts one after the other into a new buffer.
template <class... Parts>
byte_buffer concat(const Parts&... parts) {
  byte_buffer joined;
  joined.reserve((byte_view(parts).size() + ... + 0));
  (append(joined, byte_view(parts)), ...);
  return joined;
}

/// equal compares *public* bytes. Secrets go through `equal_constant_time` (secret.hpp).
inline bool equal(byte_view a, byte_view b) noexcept {
  return std::ranges::equal(a, b);
}

}  // namespace corogram::core

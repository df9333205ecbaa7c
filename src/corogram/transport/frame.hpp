#pragma once

// What a codec can say about the bytes that have arrived so far.

#include <corogram/core/bytes.hpp>
#include <corogram/core/endian.hpp>
#include <corogram/core/result.hpp>
#include <corogram/transport/incoming.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <variant>

namespace corogram::transport {

/// The frame does not end yet.
struct incomplete {
  /// Units: bytes from the beginning of the frame. Fewer cannot lead to another outcome.
  std::size_t needed = 0;
};

/// A whole frame at the beginning of the input.
struct frame {
  /// Units: bytes of the input, with length, padding and checksum.
  std::size_t size = 0;
  /// Nothing for a frame that means nothing. Lifetime of a payload: that of the input.
  std::optional<incoming> content;
};

using read_outcome = std::variant<incomplete, frame>;

/// needs is the outcome of reading a frame of which `size` bytes must be there to go on.
inline read_outcome needs(std::size_t size) noexcept {
  return incomplete{size};
}

/// found is the outcome of reading a frame of `size` bytes.
inline read_outcome found(std::size_t size, std::optional<incoming> content) noexcept {
  return frame{size, content};
}

/// from_server tells what a frame's payload is when a server sent it: a transport error if it is
/// one negative integer, else a packet.
inline incoming from_server(core::byte_span payload) noexcept {
  //= TR-27
  if (payload.size() == sizeof(std::int32_t)) {
    const auto code = core::load_le<std::int32_t>(payload.data());
    if (code < 0) return transport_error{code};
  }
  return packet{payload, false};
}

}  // namespace corogram::transport

#pragma once

// Turns received bytes into what they mean, one frame at a time, with the same rules at both ends:
// a frame stays readable until more bytes come, and a failure is for good.

#include <corogram/core/bytes.hpp>
#include <corogram/core/result.hpp>
#include <corogram/transport/codec.hpp>
#include <corogram/transport/frame.hpp>
#include <corogram/transport/incoming.hpp>
#include <corogram/transport/receive_buffer.hpp>

#include <cstddef>
#include <optional>

namespace corogram::transport {

/// Units: bytes. What a stream has room for at least when it lends its buffer to a socket.
inline constexpr std::size_t least_read_size = std::size_t{64} << 10;
/// An announced length is believed as far as a part of it has come: at one go a buffer grows by
/// this factor at most.
inline constexpr std::size_t growth_limit = 16;

/// The receiving half of a stream, under its obfuscation.
class frame_reader {
 public:
  /// append copies bytes and returns the copy for decryption in place; nothing after a failure.
  core::byte_span append(core::byte_view received);

  /// lend hands out the buffer for the next bytes from a socket, with room for a good part of what
  /// the frame at hand needs. It comes back by append(). Until then nothing waits here.
  [[nodiscard]] receive_buffer lend();
  /// append takes what was lent, and returns what came into it for decryption in place; nothing
  /// after a failure.
  core::byte_span append(receive_buffer lent);

  /// next returns the next frame that means something; nothing when more bytes are needed and
  /// `carrier_failure` does not say that there will be none.
  /// Errors: those of `frames`, and the carrier's after the last frame; final, with the offset
  /// counted from the first byte appended.
  core::result<std::optional<incoming>> next(
      codec& frames, const std::optional<core::error>& carrier_failure = std::nullopt);

  /// waiting returns what has arrived, while there is no codec yet.
  [[nodiscard]] core::byte_span waiting() noexcept { return buffer_.waiting(); }
  /// skip removes bytes from the front of waiting().
  /// Pre: count <= waiting().size().
  void skip(std::size_t count) noexcept { buffer_.take(count); }
  /// fail ends the reader with `failure`, found in waiting().
  core::error fail(core::error failure);

  [[nodiscard]] const std::optional<core::error>& failure() const noexcept { return failure_; }

 private:
  receive_buffer buffer_;
  std::size_t needed_ = 0;
  std::optional<core::error> failure_;
};

}  // namespace corogram::transport

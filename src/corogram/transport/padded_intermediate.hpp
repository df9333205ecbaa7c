#pragma once

// The padded intermediate framing: intermediate with random bytes at the end of each frame, so that
// the lengths of packets do not show.
//
//   client begins with   dd dd dd dd
//   packet               n n n n            payload and 0..15 random bytes, n bytes together
//   asking for a quick   bit 31 of the length is set as well
//   quick ack            a frame of 8..16 bytes:  ff ff ff ff, the token, 0..8 random bytes
//   transport error      a frame of 4..16 bytes:  the negative code, 0..12 random bytes
//
// The frame does not say where the payload ends. The payload does (TR-12).

#include <corogram/core/bytes.hpp>
#include <corogram/core/packet_buffer.hpp>
#include <corogram/core/random.hpp>
#include <corogram/core/result.hpp>
#include <corogram/transport/frame.hpp>
#include <corogram/transport/framing.hpp>
#include <corogram/transport/intermediate.hpp>

#include <array>
#include <cstddef>
#include <cstdint>

namespace corogram::transport {

/// Reads and writes padded intermediate frames. Holds no state between frames.
class padded_intermediate {
 public:
  static constexpr std::array<core::byte, 4> tag{0xdd, 0xdd, 0xdd, 0xdd};
  /// Units: bytes. What a writer adds at most. A reader takes more, within its limit.
  static constexpr std::size_t max_padding = default_max_padding;
  /// Units: bytes. A frame from a server that is no longer than this is no packet.
  static constexpr std::size_t max_short_frame = 16;

  /// `side` is the end that uses this codec; it reads what the other end writes.
  /// Lifetime: `random` must outlive the codec.
  padded_intermediate(role side, std::size_t max_payload, core::random_source& random) noexcept
      : side_(side), frames_(side, max_payload + max_padding), random_(&random) {}

  /// enclose puts a frame around a packet.
  /// Pre: as client_stream::write_packet.
  void enclose(core::packet_buffer& payload, bool quick_ack) const;
  void write_quick_ack(std::uint32_t token, core::byte_buffer& out) const;
  /// write_transport_error appends the code, with random bytes behind it if `pad` says so.
  void write_transport_error(std::int32_t code, bool pad, core::byte_buffer& out) const;

  /// limit_padding makes enclose add no more than `limit` bytes.
  /// Pre: limit <= max_padding.
  void limit_padding(std::size_t limit) noexcept { padding_limit_ = limit; }

  /// read looks for a frame at the beginning of `input` and removes its padding.
  /// Errors: errc::bad_length; errc::bad_short_frame.
  [[nodiscard]] core::result<read_outcome> read(core::byte_span input) const;

 private:
  [[nodiscard]] core::result<read_outcome> read_short(std::size_t size,
                                                      core::byte_view content) const;
  [[nodiscard]] std::size_t draw_padding(std::size_t limit) const;
  void append_random(std::size_t count, core::writer out) const;

  role side_;
  intermediate frames_;
  core::random_source* random_;
  std::size_t padding_limit_ = max_padding;
};

/// without_padding returns the MTProto packet at the beginning of a padded frame's content. A
/// content too short for a packet, or with a length inside that exceeds it, comes back whole: the
/// packet's own layer has the words to refuse it.
[[nodiscard]] core::byte_view without_padding(core::byte_view content) noexcept;

}  // namespace corogram::transport

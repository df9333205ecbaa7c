#pragma once

// The abridged framing: the smallest overhead, one byte for most packets.
//
//   client begins with   ef
//   packet               n                  payload of 4n bytes          n < 127
//                        7f n n n           payload of 4n bytes          127 <= n < 2^24
//   asking for a quick   bit 7 of the first byte is set as well
//   quick ack            t t t t            the token, most significant byte first: bit 7 is set

#include <corogram/core/bytes.hpp>
#include <corogram/core/packet_buffer.hpp>
#include <corogram/core/result.hpp>
#include <corogram/transport/frame.hpp>
#include <corogram/transport/framing.hpp>

#include <array>
#include <cstddef>
#include <cstdint>

namespace corogram::transport {

/// Reads and writes abridged frames. Holds no state between frames.
class abridged {
 public:
  static constexpr std::array<core::byte, 1> tag{0xef};

  /// `side` is the end that uses this codec; it reads what the other end writes.
  abridged(role side, std::size_t max_payload) noexcept : side_(side), max_payload_(max_payload) {}

  /// enclose puts a frame around a packet.
  /// Pre: as client_stream::write_packet.
  void enclose(core::packet_buffer& payload, bool quick_ack) const;
  void write_quick_ack(std::uint32_t token, core::byte_buffer& out) const;
  void write_transport_error(std::int32_t code, core::byte_buffer& out) const;

  /// read looks for a frame at the beginning of `input`.
  /// Errors: errc::bad_length.
  [[nodiscard]] core::result<read_outcome> read(core::byte_span input) const;

 private:
  role side_;
  std::size_t max_payload_;
};

}  // namespace corogram::transport

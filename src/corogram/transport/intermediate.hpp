#pragma once

// The intermediate framing: a 4-byte length before each packet, so that all stay aligned.
//
//   client begins with   ee ee ee ee
//   packet               n n n n            payload of n bytes, n < 2^31, least significant first
//   asking for a quick   bit 31 of the length is set as well
//   quick ack            t t t t            the token, least significant byte first: bit 31 is set

#include <corogram/core/bytes.hpp>
#include <corogram/core/packet_buffer.hpp>
#include <corogram/core/result.hpp>
#include <corogram/transport/frame.hpp>
#include <corogram/transport/framing.hpp>

#include <array>
#include <cstddef>
#include <cstdint>

namespace corogram::transport {

/// Reads and writes intermediate frames. Holds no state between frames. A length that is no
/// multiple of 4 is let through: no transport rule forbids it, and the packet's own layer refuses
/// it.
class intermediate {
 public:
  static constexpr std::array<core::byte, 4> tag{0xee, 0xee, 0xee, 0xee};

  /// `side` is the end that uses this codec; it reads what the other end writes.
  intermediate(role side, std::size_t max_payload) noexcept
      : side_(side), max_payload_(max_payload) {}

  /// enclose puts a frame around a packet.
  /// Pre: as client_stream::write_packet.
  void enclose(core::packet_buffer& payload, bool quick_ack) const;
  void write_quick_ack(std::uint32_t token, core::byte_buffer& out) const;
  void write_transport_error(std::int32_t code, core::byte_buffer& out) const;

  /// read looks for a frame at the beginning of `input`.
  /// Errors: errc::bad_length.
  [[nodiscard]] core::result<read_outcome> read(core::byte_span input) const;

  /// read_raw is read() without a look into the payload: a transport error comes out as a packet.
  [[nodiscard]] core::result<read_outcome> read_raw(core::byte_span input) const;

 private:
  role side_;
  std::size_t max_payload_;
};

/// length_field is what intermediate and padded intermediate put before a packet of `length` bytes.
[[nodiscard]] std::uint32_t length_field(std::size_t length, bool quick_ack) noexcept;

}  // namespace corogram::transport

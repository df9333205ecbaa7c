#pragma once

// The full framing: numbered frames with a checksum, and no tag at the beginning.
//
//   packet    n n n n   s s s s   payload of n - 12 bytes   c c c c
//             n   length of the whole frame, itself included
//             s   0 for the first frame of a direction, then one more each time
//             c   CRC-32 (IEEE 802.3) of all before it
//
// All three are little-endian. There is no quick ack (TR-19; DIV-29).

#include <corogram/core/bytes.hpp>
#include <corogram/core/packet_buffer.hpp>
#include <corogram/core/result.hpp>
#include <corogram/transport/frame.hpp>
#include <corogram/transport/framing.hpp>

#include <cstddef>
#include <cstdint>

namespace corogram::transport {

/// Reads and writes full frames. Counts those of both directions.
class full {
 public:
  /// Units: bytes. Length, number and checksum together.
  static constexpr std::size_t overhead = 12;

  /// `side` is the end that uses this codec; it reads what the other end writes.
  full(role side, std::size_t max_payload) noexcept : side_(side), max_payload_(max_payload) {}

  /// enclose puts a frame around a packet.
  /// Pre: as client_stream::write_packet.
  void enclose(core::packet_buffer& payload);
  void write_transport_error(std::int32_t code, core::byte_buffer& out);

  /// read looks for a frame at the beginning of `input`; when it returns one, it expects the next.
  /// Errors: errc::bad_length; errc::bad_sequence; errc::bad_checksum.
  [[nodiscard]] core::result<read_outcome> read(core::byte_span input);

  /// is_length returns whether `length` can stand at the beginning of a frame.
  [[nodiscard]] static bool is_length(std::uint32_t length, std::size_t max_payload) noexcept;

 private:
  role side_;
  std::size_t max_payload_;
  std::uint32_t next_sent_ = 0;
  std::uint32_t next_received_ = 0;
};

}  // namespace corogram::transport

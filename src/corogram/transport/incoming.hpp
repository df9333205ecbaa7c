#pragma once

// What arrives over a transport: packets, and two things that are not packets.

#include <corogram/core/bytes.hpp>

#include <cstdint>
#include <variant>

namespace corogram::transport {

/// One MTProto packet, without framing and padding.
struct packet {
  /// Whoever gets it may change it, decrypt it in its place say.
  /// Lifetime: until the next lend() or feed() of the stream that returned it.
  core::byte_span payload;
  /// The sender asks for a quick ack. Only a server sees this set.
  bool quick_ack_requested = false;
};

/// The server has received, decrypted and accepted the packet with this token (TR-20). It says
/// nothing about the outcome of the calls inside (TR-23). Only a client sees one.
struct quick_ack {
  /// The first 4 bytes of msg_key_large as a little-endian integer, with bit 31 set.
  std::uint32_t token = 0;

  friend bool operator==(const quick_ack&, const quick_ack&) = default;
};

/// The server refuses the connection or the last packet. Only a client sees one.
struct transport_error {
  /// The number of the wire, hence negative: -404 and the like. HTTP statuses are negated alike.
  std::int32_t code = 0;

  friend bool operator==(const transport_error&, const transport_error&) = default;
};

//= TR-31
/// The known codes. Others carry the meaning of the equal HTTP status (TR-31).
enum class transport_code : std::int32_t {
  /// The auth key is unknown, or a handshake query or an MTProto field makes no sense (TR-28).
  not_found = -404,
  forbidden = -403,
  /// Too many connections, or a limit of a container or service message is exceeded (TR-29).
  too_many = -429,
  /// The DC id is not one of this server (TR-30).
  invalid_dc = -444,
};

using incoming = std::variant<packet, quick_ack, transport_error>;

}  // namespace corogram::transport

#pragma once

// Tells from the first bytes of a connection what the client speaks.
//
//   ef                           abridged
//   ee ee ee ee                  intermediate
//   dd dd dd dd                  padded intermediate
//   n n n n  00 00 00 00         full: a possible length, then frame number 0
//   POST GET HEAD OPTI           HTTP, or a WebSocket handshake
//   16 03 01 n n 01 …  03 03     TLS: a ClientHello
//   no words of other protocols  obfuscated, if 64 bytes come
//
// The order matters: obfuscated headers are made so that they are none of the others (TR-34..36).

#include <corogram/core/bytes.hpp>
#include <corogram/core/result.hpp>
#include <corogram/transport/frame.hpp>
#include <corogram/transport/framing.hpp>

#include <cstddef>
#include <variant>

namespace corogram::transport {

/// The connection speaks this framing, without obfuscation.
struct plain_start {
  framing kind;
  /// Units: bytes before the first frame.
  std::size_t tag_size;
};

/// The connection begins with what should be an obfuscation header, whole.
struct obfuscated_start {};

/// The connection begins with an HTTP request.
struct http_start {
  /// The method is GET, as in a WebSocket handshake.
  bool is_get;
};

/// The connection begins with a TLS ClientHello.
struct tls_start {};

using start = std::variant<incomplete, plain_start, obfuscated_start, http_start, tls_start>;

/// detect judges the bytes received so far. It never takes back what it said of fewer bytes.
/// Errors: errc::unknown_protocol.
core::result<start> detect(core::byte_view first, std::size_t max_payload);

}  // namespace corogram::transport

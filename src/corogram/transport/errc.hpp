#pragma once

// The failures of the transport layer. Each ends the connection: the byte stream is out of step or
// was never ours.

#include <corogram/core/error.hpp>

#include <system_error>

namespace corogram::transport {

/// What can be wrong with the bytes of a connection. Category "corogram.transport".
enum class errc {
  /// The first bytes belong to no transport that this end offers. A server does not answer them.
  unknown_protocol = 1,
  /// The obfuscation header holds no known framing tag under any secret. A server does not answer.
  bad_obfuscation,
  /// A frame's length is zero, negative, above the limit, or written in a form that is not its own.
  bad_length,
  /// A frame of the full framing repeats or skips a number.
  bad_sequence,
  /// A frame of the full framing fails its CRC.
  bad_checksum,
  /// A padded frame of at most 16 bytes is neither a quick ack nor a transport error.
  bad_short_frame,
  /// An HTTP message is not what MTProto over HTTP or its WebSocket handshake has. A server has
  /// answered it with a status.
  bad_http,
  /// A WebSocket frame breaks the rules of its protocol, or holds text.
  bad_websocket,
  /// A fake TLS record is of an unexpected type or length.
  bad_tls_record,
  /// A TLS hello was not made with a known secret, is not of now, or was seen before. A server lets
  /// the real site answer it (PROXY-21).
  foreign_tls_hello,
  /// The answer to our TLS hello was not made with our secret.
  bad_tls_digest,
  /// An HTTP or SOCKS5 proxy does not do what it was asked for.
  proxy_refused,
  /// An HTTP or SOCKS5 proxy wants to know a user, or another than the one it was told.
  proxy_auth_failed,
  /// An HTTP or SOCKS5 proxy speaks another protocol.
  bad_proxy_reply,
  /// The peer has closed the connection by the means of its protocol.
  peer_closed,
  /// An MTProxy secret has a wrong length, digit or domain name.
  bad_secret,
  /// A link to a proxy lacks a part.
  bad_proxy_link,
};

/// transport_category is the category of `errc`.
const std::error_category& transport_category() noexcept;

inline std::error_code make_error_code(errc code) noexcept {
  return {static_cast<int>(code), transport_category()};
}

}  // namespace corogram::transport

template <>
struct std::is_error_code_enum<corogram::transport::errc> : std::true_type {};

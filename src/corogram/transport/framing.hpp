#pragma once

// The ways to cut a byte stream into MTProto packets, what may carry that stream, and what all
// share.

#include <corogram/core/bytes.hpp>

#include <cstddef>
#include <string_view>

namespace corogram::transport {

/// The framings of https://core.telegram.org/mtproto/mtproto-transports, and HTTP, where each
/// packet is the body of a message.
enum class framing { abridged, intermediate, padded_intermediate, full, http };

/// to_string returns the framing's name as the specification's headings spell it, in snake_case.
constexpr std::string_view to_string(framing value) noexcept {
  switch (value) {
    case framing::abridged:
      return "abridged";
    case framing::intermediate:
      return "intermediate";
    case framing::padded_intermediate:
      return "padded_intermediate";
    case framing::full:
      return "full";
    case framing::http:
      return "http";
  }
  return "unknown";
}

/// What carries the byte stream that the framing cuts: TCP, or one of two protocols on top of it.
enum class carrier_kind { tcp, websocket, fake_tls };

/// to_string returns the enumerator's name.
constexpr std::string_view to_string(carrier_kind value) noexcept {
  switch (value) {
    case carrier_kind::tcp:
      return "tcp";
    case carrier_kind::websocket:
      return "websocket";
    case carrier_kind::fake_tls:
      return "fake_tls";
  }
  return "unknown";
}

/// Which end of the connection the code at hand is. What a client reads was written by a server.
enum class role { client, server };

/// The largest payload that a server takes unless told otherwise. The specification names no
/// number. Clients keep a container below 1 MiB and the reference proxy relays 1,044,480 bytes
/// (PROXY-10); this leaves room for twice as much.
inline constexpr std::size_t default_server_max_payload = std::size_t{2} << 20;

/// The largest payload that an MTProxy relays, and that a server takes under a secret (PROXY-10).
inline constexpr std::size_t proxy_max_payload = 1'044'480;

/// The largest payload that a client takes unless told otherwise: answers may be longer than
/// queries, and a client chose its server.
inline constexpr std::size_t default_client_max_payload = std::size_t{16} << 20;

/// The most random bytes behind a packet in padded intermediate (TR-11).
inline constexpr std::size_t default_max_padding = 15;

/// What clients and servers that find the padding as the frame's length modulo 4 can read (DIV-30).
inline constexpr std::size_t cautious_max_padding = 3;

/// No configuration raises the limit above this: the abridged length has 24 bits and counts words.
inline constexpr std::size_t hard_max_payload = std::size_t{0xffffff} * 4;

}  // namespace corogram::transport

#pragma once

// The ways to cut a TCP byte stream into MTProto packets, and what all of them share.

#include <corogram/core/bytes.hpp>

#include <cstddef>
#include <string_view>

namespace corogram::transport {

/// The framings of https://core.telegram.org/mtproto/mtproto-transports.
enum class framing { abridged, intermediate, padded_intermediate, full };

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
  }
  return "unknown";
}

/// Which end of the connection the code at hand is. What a client reads was written by a server.
enum class role { client, server };

/// The largest payload that a server takes unless told otherwise. The specification names no
/// number. Clients keep a container below 1 MiB and the reference proxy relays 1,044,480 bytes
/// (PROXY-10); this leaves room for twice as much.
inline constexpr std::size_t default_server_max_payload = std::size_t{2} << 20;

/// The largest payload that a client takes unless told otherwise: answers may be longer than
/// queries, and a client chose its server.
inline constexpr std::size_t default_client_max_payload = std::size_t{16} << 20;

/// No configuration raises the limit above this: the abridged length has 24 bits and counts words.
inline constexpr std::size_t hard_max_payload = std::size_t{0xffffff} * 4;

}  // namespace corogram::transport

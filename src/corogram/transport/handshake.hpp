#pragma once

// What a client exchanges with a proxy or a server before the bytes of its transport: SOCKS5, HTTP
// CONNECT, fake TLS, WebSocket. One after the other, if there are several.

#include <corogram/core/bytes.hpp>
#include <corogram/core/result.hpp>

#include <algorithm>
#include <cstddef>

namespace corogram::transport {

/// One such exchange. Start it, write what it says, hand it what comes back until it is finished;
/// what is left of the received bytes then belongs to the next layer.
class client_handshake {
 public:
  virtual ~client_handshake() = default;

  /// start appends the first bytes to send. Called once.
  virtual void start(core::byte_buffer& out) = 0;

  /// receive takes its own bytes from the front of `received` and appends what has to be sent next.
  /// Returns whether the exchange is finished; until then nothing is left in `received`.
  /// Errors: each handshake names its own. An error is final: close.
  virtual core::result<bool> receive(core::byte_view& received, core::byte_buffer& out) = 0;
};

/// take_up_to moves bytes from the front of `received` to the end of `collected` until it has
/// `size`. Returns whether it has.
inline bool take_up_to(std::size_t size, core::byte_view& received, core::byte_buffer& collected) {
  const std::size_t missing = size - std::min(size, collected.size());
  const std::size_t count = std::min(missing, received.size());
  core::append(collected, received.first(count));
  received = received.subspan(count);
  return collected.size() >= size;
}

}  // namespace corogram::transport

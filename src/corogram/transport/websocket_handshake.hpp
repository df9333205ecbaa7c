#pragma once

// The WebSocket handshake (RFC 6455, section 4) with the subprotocol `binary` (WS-05), both ends.

#include <corogram/core/bytes.hpp>
#include <corogram/core/random.hpp>
#include <corogram/core/result.hpp>
#include <corogram/transport/handshake.hpp>
#include <corogram/transport/http_head.hpp>
#include <corogram/transport/http_target.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace corogram::transport {

/// accept_websocket reads a client's request at the beginning of `input` and appends the answer, an
/// acceptance or a refusal, to `reply`. Returns the size of the request; nothing when more bytes
/// are needed.
/// Errors: errc::bad_http.
core::result<std::optional<std::size_t>> accept_websocket(core::byte_view input,
                                                          core::byte_buffer& reply);

/// The client's handshake.
/// Errors: errc::bad_http.
class websocket_client_handshake final : public client_handshake {
 public:
  websocket_client_handshake(http_target target, core::random_source& random);

  void start(core::byte_buffer& out) override;
  core::result<bool> receive(core::byte_view& received, core::byte_buffer& out) override;

 private:
  http_target target_;
  std::string key_;
  core::byte_buffer head_;
};

/// websocket_accept_key returns the proof that a server has read the request with this key.
std::string websocket_accept_key(std::string_view key);

}  // namespace corogram::transport

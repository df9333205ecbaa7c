#pragma once

// The client's side of an HTTP proxy's tunnel: CONNECT (RFC 9110, section 9.3.6).

#include <corogram/core/bytes.hpp>
#include <corogram/core/result.hpp>
#include <corogram/core/secret.hpp>
#include <corogram/transport/handshake.hpp>
#include <corogram/transport/socks5.hpp>

#include <optional>
#include <string>

namespace corogram::transport {

/// The client's handshake.
/// Errors: errc::proxy_refused; errc::proxy_auth_failed; errc::bad_proxy_reply.
class http_connect_handshake final : public client_handshake {
 public:
  /// `authority` is host and port as in an address: "example.org:443", "[::1]:80".
  http_connect_handshake(std::string authority, std::optional<proxy_user> user);

  void start(core::byte_buffer& out) override;
  core::result<bool> receive(core::byte_view& received, core::byte_buffer& out) override;

 private:
  std::string authority_;
  std::optional<proxy_user> user_;
  core::byte_buffer head_;
};

}  // namespace corogram::transport

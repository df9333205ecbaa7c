#pragma once

// The client's side of SOCKS5 (RFC 1928), with user name and password (RFC 1929) if there are some.
//
//   client: 05, how many methods, methods         server: 05, method
//   client: 01, user name, password               server: 01 00             (method 02 only)
//   client: 05 01 00, address, port               server: 05 00 00, address, port

#include <corogram/core/bytes.hpp>
#include <corogram/core/result.hpp>
#include <corogram/core/secret.hpp>
#include <corogram/transport/handshake.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>

namespace corogram::transport {

/// Who a proxy's user is. Each at most 255 bytes and not empty.
struct proxy_user {
  core::secret_buffer name;
  core::secret_buffer password;
};

/// Where the proxy shall connect to: an IPv4 or IPv6 address in network order, or a name of 1 to
/// 255 bytes that the proxy looks up.
struct proxy_destination {
  std::variant<std::array<core::byte, 4>, std::array<core::byte, 16>, std::string> host;
  std::uint16_t port = 0;
};

/// The client's handshake.
/// Errors: errc::proxy_refused; errc::proxy_auth_failed; errc::bad_proxy_reply.
class socks5_handshake final : public client_handshake {
 public:
  socks5_handshake(proxy_destination destination, std::optional<proxy_user> user);

  void start(core::byte_buffer& out) override;
  core::result<bool> receive(core::byte_view& received, core::byte_buffer& out) override;

 private:
  enum class step { method, credentials, connection, address, finished };

  /// How many bytes the step at hand waits for, in all.
  [[nodiscard]] std::size_t awaited() const noexcept;
  core::result<step> advance(core::byte_buffer& out);
  void write_credentials(core::byte_buffer& out) const;
  void write_request(core::byte_buffer& out) const;

  proxy_destination destination_;
  std::optional<proxy_user> user_;
  step step_ = step::method;
  core::byte_buffer reply_;
};

}  // namespace corogram::transport

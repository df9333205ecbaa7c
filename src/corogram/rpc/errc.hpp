#pragma once

// Why a connection or a request of the client ended, apart from what the API itself answered
// (api_errc.hpp) and what the layers below found in the bytes (their own categories).

#include <system_error>

namespace corogram::rpc {

/// The failures of the client's shell. Category "corogram.rpc".
enum class errc {
  /// The application closed the connection, or destroyed it, with the operation pending.
  closed = 1,
  /// The options name no address, or neither an authorization key nor a public key.
  bad_options,
  /// The name of the host has no address.
  host_not_found,
  /// The host did not accept a TCP connection in time.
  connect_timed_out,
  /// The host accepted the connection, but no session came about in time: no authorization key was
  /// agreed on, or nothing that it encrypts has come.
  handshake_timed_out,
  /// The session was up, but the request was not answered in time.
  request_timed_out,
  /// The server ended the TCP connection.
  disconnected,
  /// The SOCKS5 or HTTP proxy could not be reached. What it says once it is: transport::errc.
  proxy_not_reached,
  /// TLS did not come about.
  tls_failed,
  /// The certificate of the server is not one that the options trust.
  tls_not_trusted,
  /// The server, asked several times, does not know our authorization key (-404, DIV-37).
  auth_key_unknown,
  /// The server has not let a temporary key act for the permanent one, without saying why.
  binding_failed,
  /// The server has sent something that the layer which it was told does not have.
  older_layer,
  /// The server has no such data centre (-444).
  wrong_dc,
  /// The server wants fewer connections (-429).
  too_many_connections,
  /// The server sent a transport error without a meaning of its own.
  transport_error,
  /// Nobody has told an address of the data centre.
  unknown_dc,
  /// Data centres have sent the request from one to the next too often.
  too_many_migrations,
  /// As many requests as the options allow are waiting already.
  too_many_requests,
  /// Somebody else waits for the next update already.
  already_receiving,
};

/// rpc_category is the category of `errc`.
const std::error_category& rpc_category() noexcept;

inline std::error_code make_error_code(errc code) noexcept {
  return {static_cast<int>(code), rpc_category()};
}

/// cancelled is the error of an operation that was cancelled, and equals
/// std::errc::operation_canceled. Handlers get it as asio::error::operation_aborted.
std::error_code cancelled() noexcept;

/// is_final tells whether trying again cannot help: `failure`, which ended an attempt to connect,
/// will end the next one too. Everything else is worth another attempt.
[[nodiscard]] bool is_final(std::error_code failure) noexcept;

}  // namespace corogram::rpc

template <>
struct std::is_error_code_enum<corogram::rpc::errc> : std::true_type {};

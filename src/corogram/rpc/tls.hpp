#pragma once

// TLS around a connection: that of secure WebSocket and of HTTPS. MTProto does not rely on it. Not
// to be confused with fake TLS, which is MTProxy's and has no TLS inside.

#include <corogram/core/secret.hpp>
#include <corogram/rpc/byte_stream.hpp>
#include <corogram/rpc/options.hpp>

#include <memory>
#include <string>

namespace corogram::rpc {

/// What one end of TLS connections needs, prepared once for all of them.
class tls_context;

/// make_tls_server takes the server's chain of certificates and its key, both in PEM.
/// Errors: throws std::system_error for PEM that is none, or a key of another certificate.
std::shared_ptr<tls_context> make_tls_server(const std::string& certificates_pem,
                                             const core::secret_buffer& private_key_pem);

/// make_tls_client prepares a client.
/// Errors: throws std::system_error for PEM that is none.
std::shared_ptr<tls_context> make_tls_client(const tls_trust& trust);

/// is_tls_failure tells whether `failure` came from TLS, not from the socket below.
[[nodiscard]] bool is_tls_failure(std::error_code failure) noexcept;
/// is_trust_failure tells whether it is the peer's certificate that was not accepted.
[[nodiscard]] bool is_trust_failure(std::error_code failure) noexcept;

/// make_tls_stream takes a connected socket over. `host` is the name or address that a client wants
/// to see certified; a server leaves it empty.
std::unique_ptr<byte_stream> make_tls_stream(asio::ip::tcp::socket socket,
                                             std::shared_ptr<tls_context> context,
                                             const std::string& host = {});

}  // namespace corogram::rpc

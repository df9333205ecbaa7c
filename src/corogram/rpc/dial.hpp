#pragma once

// How a link is opened before MTProto begins on it: where the TCP connection goes, and which
// handshakes come first. Decided here, without sockets; the shell carries it out.
//
//   TCP - SOCKS5 or CONNECT - TLS - WebSocket's or fake TLS's handshake - client_stream

#include <corogram/core/clock.hpp>
#include <corogram/core/random.hpp>
#include <corogram/rpc/options.hpp>
#include <corogram/transport/client_stream.hpp>
#include <corogram/transport/handshake.hpp>
#include <corogram/transport/http_target.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

namespace corogram::rpc {

/// can_dial returns whether what the options say of transports goes together: HTTP is neither
/// obfuscated nor carried, and a secret goes neither with it nor with a WebSocket.
[[nodiscard]] bool can_dial(const options& settings) noexcept;

/// target_of returns what HTTP and WebSocket ask `host` for.
[[nodiscard]] transport::http_target target_of(const options& settings, const endpoint& host);

/// stream_config returns how to speak on a link to `host` once its handshakes are done: as the
/// options say, and as the address itself asks for (DC-02). `wire_dc`
/// is the data centre as an MTProxy wants it named.
[[nodiscard]] transport::client_config stream_config(const options& settings, const endpoint& host,
                                                     std::int16_t wire_dc);

/// What opening links takes of the options.
class dial_plan {
 public:
  explicit dial_plan(const options& settings);

  /// first_hop is where the TCP connection for `server` goes: there, or to the proxy.
  /// Lifetime: that of `server` and of the plan.
  [[nodiscard]] const endpoint& first_hop(const endpoint& server) const noexcept;
  [[nodiscard]] bool has_proxy() const noexcept { return settings_.proxy.has_value(); }

  /// proxy_handshake is what the proxy wants first; null without a proxy.
  [[nodiscard]] std::unique_ptr<transport::client_handshake> proxy_handshake(
      const endpoint& server) const;

  /// tls says whether TLS comes next, and whose certificates it takes for the server's host.
  [[nodiscard]] const std::optional<tls_trust>& tls() const noexcept { return settings_.tls; }

  /// carrier_handshake is what comes last; null over plain TCP. Lifetime: `random` outlives it.
  [[nodiscard]] std::unique_ptr<transport::client_handshake> carrier_handshake(
      const endpoint& server, core::instant now, core::random_source& random) const;

 private:
  /// Those that say how to dial; the others are as they come.
  options settings_;
};

}  // namespace corogram::rpc

#pragma once

// How a client speaks and by which way, as the command line says it.

#include <corogram/rpc/options.hpp>
#include <corogram/transport/framing.hpp>

#include <array>
#include <string>
#include <string_view>

namespace corogram::tools {

/// The framings of a byte stream, by the names of transport::to_string.
inline constexpr std::array framings{
    transport::framing::abridged,
    transport::framing::intermediate,
    transport::framing::padded_intermediate,
    transport::framing::full,
};

/// framing_by_name finds a framing. Pre: `name` is one of their names.
transport::framing framing_by_name(std::string_view name);

/// What carries packets: "tcp", "websocket", "wss" (WebSocket in TLS), "http", "https".
inline constexpr std::array carriers{"tcp", "websocket", "wss", "http", "https"};

/// use_carrier sets what carries packets. Pre: `name` is one of `carriers`.
void use_carrier(rpc::options& options, std::string_view name);

/// parse_address takes "host:port" or "[IPv6]:port" apart. Throws file_error.
rpc::endpoint parse_address(const std::string& text);

/// use_server sets where to connect: "host:port", or a tg://proxy or t.me/proxy link, which brings
/// the secret along. Throws file_error.
void use_server(rpc::options& options, const std::string& text);

/// use_secret sets an MTProxy's secret. Throws file_error.
void use_secret(rpc::options& options, const std::string& text);

/// use_proxy sets a proxy on the way: "socks5://host:port" or "http://host:port", with
/// "user:password@" before the host if it wants that, percent-encoded. Throws file_error.
void use_proxy(rpc::options& options, const std::string& url);

}  // namespace corogram::tools

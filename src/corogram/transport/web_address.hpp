#pragma once

// Where Telegram's data centres take HTTP and WebSocket connections.
//
//   http://149.154.167.50:80/api             by address
//   https://venus.web.telegram.org:443/api   by name, with TLS
//   wss://venus.web.telegram.org:443/apiws   WebSocket

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace corogram::transport {

inline constexpr std::uint16_t http_port = 80;
inline constexpr std::uint16_t https_port = 443;

/// The variants of one path.
struct web_path_options {
  bool websocket = false;
  /// Answers carry CORS headers, for pages of other sites.
  bool cross_origin = false;
  bool test = false;
};

/// web_path returns "/api" with "w" for CORS, "s" for WebSocket (between them in that order) and
/// "_test" for test data centres behind it (WS-11, WS-14).
[[nodiscard]] std::string web_path(web_path_options which);

/// One place to connect to.
struct web_address {
  /// "http", "https", "ws" or "wss".
  std::string_view scheme;
  std::string host;
  std::uint16_t port = http_port;
  std::string path;

  /// to_string returns the URI.
  [[nodiscard]] std::string to_string() const;
};

/// web_address_of_ip returns where the data centre at this address takes plain HTTP and WebSocket
/// (WS-10, WS-11).
[[nodiscard]] web_address web_address_of_ip(std::string_view ip, web_path_options which);

/// web_address_of_dc returns where the data centre with this number takes HTTP, or HTTPS and secure
/// WebSocket, by its name; nothing if the number has no name (WS-12). `second` is for further
/// connections of a browser, which limits them by host name (WS-13).
/// Pre: a WebSocket is secure.
[[nodiscard]] std::optional<web_address> web_address_of_dc(int dc, bool secure,
                                                           web_path_options which,
                                                           bool second = false);

/// authority returns host and port as in a URI, IPv6 addresses in brackets.
[[nodiscard]] std::string authority(std::string_view host, std::uint16_t port);

/// web_authority does the same without the port if it is that of http, or of https if `secure`.
[[nodiscard]] std::string web_authority(std::string_view host, std::uint16_t port, bool secure);

}  // namespace corogram::transport

#pragma once

// Where an HTTP request is sent.

#include <string>

namespace corogram::transport {

/// What a client asks for, over HTTP or in a WebSocket handshake.
struct http_target {
  /// Host name or address, with the port unless it is the protocol's own.
  std::string host;
  std::string path = "/api";
};

}  // namespace corogram::transport

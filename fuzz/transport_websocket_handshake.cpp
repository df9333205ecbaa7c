// The WebSocket handshake: what a server answers to a client, and what a client asks of a server.
// A request that is accepted is answered by what its own client takes.

#include "support/handshake.hpp"
#include "support/target.hpp"

#include <corogram/transport/errc.hpp>
#include <corogram/transport/websocket_handshake.hpp>

namespace corogram::fuzz {

namespace {

using namespace transport;

void check_request(core::byte_view request) {
  core::byte_buffer reply;
  const auto size = accept_websocket(request, reply);
  if (!size) {
    require(size.error().code == make_error_code(errc::bad_http), "one error");
    require_within(size.error(), request.size());
    require(core::as_text(reply).starts_with("HTTP/1.1 "), "a refusal says its status");
    return;
  }
  require(size->has_value() == !reply.empty(), "a whole request is answered");
  if (!*size) return;
  require(**size <= request.size(), "and was there");
  require(core::as_text(reply).starts_with("HTTP/1.1 101 "), "it switches protocols");
}

}  // namespace

void run(core::byte_view input) noexcept {
  choices from(input);
  const bool as_server = from.flag();
  const std::uint64_t pieces = from.byte() | 1u;
  if (as_server) return check_request(from.rest());
  check_handshake(from.rest(), pieces, [](core::random_source& random) {
    return std::make_unique<websocket_client_handshake>(http_target{}, random);
  });
}

}  // namespace corogram::fuzz

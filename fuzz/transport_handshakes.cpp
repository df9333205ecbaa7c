// What proxies and servers answer before the transport begins: SOCKS5, HTTP CONNECT, WebSocket,
// fake TLS. The outcome, what is sent next, and what is left for the next layer do not depend on
// the cuts.

#include "support/target.hpp"

#include <corogram/core/random.hpp>
#include <corogram/transport/fake_tls_hello.hpp>
#include <corogram/transport/http_connect.hpp>
#include <corogram/transport/socks5.hpp>
#include <corogram/transport/websocket_handshake.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>

namespace corogram::fuzz {

namespace {

using namespace transport;

std::optional<proxy_user> user() {
  return proxy_user{core::secret_buffer(core::as_bytes("user")),
                    core::secret_buffer(core::as_bytes("password"))};
}

std::unique_ptr<client_handshake> make(core::byte chosen, core::test_random& random) {
  const proxy_destination there{std::array<core::byte, 4>{127, 0, 0, 1}, 443};
  switch (chosen % 6) {
    case 0:
      return std::make_unique<socks5_handshake>(there, std::nullopt);
    case 1:
      return std::make_unique<socks5_handshake>(there, user());
    case 2:
      return std::make_unique<http_connect_handshake>("example.org:443", std::nullopt);
    case 3:
      return std::make_unique<http_connect_handshake>("example.org:443", user());
    case 4:
      return std::make_unique<websocket_client_handshake>(http_target{}, random);
    default:
      return std::make_unique<fake_tls_client_handshake>(
          *proxy_secret::from_text("ee00112233445566778899aabbccddeeff6578616d706c652e6f7267"),
          core::instant{std::chrono::seconds(1000), std::chrono::seconds(1'700'000'000)}, random);
  }
}

struct outcome {
  core::byte_buffer sent;
  core::byte_buffer left;
  bool finished = false;
  std::string failure;

  bool operator==(const outcome&) const = default;
};

outcome answer(core::byte chosen, core::byte_view wire, std::uint64_t pieces) {
  core::test_random random(7);
  const auto handshake = make(chosen, random);
  outcome made;
  handshake->start(made.sent);
  in_pieces(wire, pieces, [&](core::byte_view piece) {
    if (!made.failure.empty()) return;
    if (!made.finished) {
      const auto finished = handshake->receive(piece, made.sent);
      if (!finished) {
        made.failure =
            finished.error().code.message() + " at " + std::to_string(finished.error().offset);
        return;
      }
      made.finished = *finished;
      require(made.finished || piece.empty(), "an unfinished handshake takes everything");
    }
    core::append(made.left, piece);
  });
  return made;
}

}  // namespace

void run(core::byte_view input) noexcept {
  choices from(input);
  const core::byte chosen = from.byte();
  const std::uint64_t pieces = from.byte() | 1u;
  const outcome whole = answer(chosen, from.rest(), 0), parts = answer(chosen, from.rest(), pieces);
  require(whole == parts, "the same outcome, however the bytes are cut");
  require(whole.left.size() <= from.rest().size(), "what is left was received");
}

}  // namespace corogram::fuzz

#include "support.hpp"
#include "support/scripted_random.hpp"

#include <corogram/transport/errc.hpp>
#include <corogram/transport/websocket_frames.hpp>
#include <corogram/transport/websocket_handshake.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace corogram::transport {
namespace {

using namespace test;
using corogram::test::scripted_random;

core::byte_buffer text(std::string_view characters) {
  return core::concat(core::as_bytes(characters));
}

/// Unwraps `wire` in pieces of `step` bytes; an error's code comes out through `code`.
core::byte_buffer unwrapped(websocket_frames& by, core::byte_view wire, std::size_t step = 1 << 30,
                            std::error_code* code = nullptr) {
  core::byte_buffer inner;
  while (!wire.empty()) {
    const core::byte_view piece = wire.first(std::min(step, wire.size()));
    const core::byte_buffer exact(piece.begin(), piece.end());
    wire = wire.subspan(piece.size());
    const auto outcome = by.unwrap(exact, inner);
    if (outcome) continue;
    if (code != nullptr) *code = outcome.error().code;
    return inner;
  }
  return inner;
}

//= WS-06 test
TEST(WebsocketFrames, CarryBytesOfAllSizesBothWays) {
  core::test_random random(1);
  for (const std::size_t size :
       std::vector<std::size_t>{0, 1, 64, 125, 126, 127, 65535, 65536, 200000}) {
    for (const auto& [from_side, to_side] :
         {std::pair(role::client, role::server), std::pair(role::server, role::client)}) {
      const websocket_frames from(from_side, random);
      core::byte_buffer wire;
      core::append(wire, framed(from, noise(size)));
      core::append(wire, framed(from, noise(5)));
      for (const std::size_t step : std::vector<std::size_t>{1, 3, 1000, 1 << 30}) {
        if (step == 1 && size > 1000) continue;
        websocket_frames to(to_side, random);
        EXPECT_EQ(unwrapped(to, wire, step), core::concat(noise(size), noise(5))) << size;
        EXPECT_TRUE(to.replies().empty());
      }
    }
  }
}

TEST(WebsocketFrames, AreWrittenWithTheShortestLength) {
  core::test_random random(1);
  const websocket_frames server(role::server, random);
  for (const auto& [size, head] :
       {std::pair(125, "827d"), std::pair(126, "827e007e"), std::pair(65535, "827effff"),
        std::pair(65536, "827f0000000000010000")}) {
    core::byte_buffer wire;
    core::append(wire, framed(server, noise(static_cast<std::size_t>(size))));
    EXPECT_TRUE(core::equal(core::byte_view(wire).first(bytes(head).size()), bytes(head))) << size;
  }
}

// The examples of RFC 6455, section 5.7, in as far as they are of binary data or control frames.
TEST(WebsocketFrames, AgreeWithTheExamplesOfTheirSpecification) {
  scripted_random random(bytes("37fa213d"));
  websocket_frames client(role::client, random);
  EXPECT_EQ(core::as_text(unwrapped(client, bytes("890548656c6c6f"))), "");
  EXPECT_EQ(core::to_hex(client.replies()), "8a8537fa213d7f9f4d5158");

  core::test_random unused(1);
  websocket_frames server(role::server, unused);
  EXPECT_EQ(core::as_text(unwrapped(server, bytes("828537fa213d7f9f4d5158"))), "Hello");
  core::byte_buffer wire;
  core::append(wire, framed(server, core::byte_buffer(256)));
  EXPECT_EQ(core::to_hex(core::byte_view(wire).first(4)), "827e0100");
}

//= WS-06 test
TEST(WebsocketFrames, MayBeInPiecesWithControlFramesBetween) {
  core::test_random random(1);
  for (const std::size_t step : std::vector<std::size_t>{1, 2, 100}) {
    websocket_frames client(role::client, random);
    // 2 of a message, a ping, an empty piece, the last 1; a pong that nobody asked for; a message.
    EXPECT_EQ(core::to_hex(unwrapped(client,
                                     bytes("02020102"
                                           "8900"
                                           "0000"
                                           "800103"
                                           "8a01ff"
                                           "820104"),
                                     step)),
              "01020304");
    EXPECT_EQ(client.replies().size(), 6u);
    EXPECT_EQ(client.replies()[0], 0x8a);
  }
}

TEST(WebsocketFrames, EndWithWhatBreaksTheRules) {
  core::test_random random(1);
  // To a client, whose peer does not mask.
  for (const char* wire : {"8100", "c200", "a200", "9200", "8000", "8300", "8b00", "0900",
                           "897e007e", "82 80 00000000", "827f8000000000000000", "0201ff 8201ff"}) {
    websocket_frames client(role::client, random);
    std::error_code code;
    unwrapped(client, bytes(wire), 1, &code);
    EXPECT_EQ(code, errc::bad_websocket) << wire;
    EXPECT_EQ(client.replies()[0], 0x88) << wire;
  }
  websocket_frames server(role::server, random);
  std::error_code code;
  unwrapped(server, bytes("8201ff"), 1, &code);
  EXPECT_EQ(code, errc::bad_websocket);
  EXPECT_EQ(core::to_hex(server.replies()), "880203ea");
}

//= WS-09 test
TEST(WebsocketFrames, AreClosedWhateverTheReason) {
  core::test_random random(1);
  for (const char* content : {"", "03e8", "03e8 20343034 20", "03"}) {
    websocket_frames client(role::client, random);
    core::byte_buffer wire = bytes("820101 88");
    wire.push_back(static_cast<core::byte>(bytes(content).size()));
    core::append(wire, bytes(content));
    std::error_code code;
    EXPECT_EQ(core::to_hex(unwrapped(client, wire, 1, &code)), "01");
    EXPECT_EQ(code, errc::peer_closed) << content;
    EXPECT_EQ(client.replies()[0], 0x88);
    EXPECT_EQ(client.replies()[1], 0x80 | std::min<std::size_t>(bytes(content).size(), 2));
  }
}

TEST(WebsocketFrames, NeverCrashOnNoise) {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    core::test_random random(seed);
    websocket_frames server(role::server, random);
    core::byte_buffer wire = noise(300, seed);
    wire[0] = 0x82;
    wire[1] |= 0x80;
    std::error_code whole_code;
    const core::byte_buffer whole = unwrapped(server, wire, 1 << 30, &whole_code);
    websocket_frames again(role::server, random);
    std::error_code code;
    EXPECT_EQ(unwrapped(again, wire, 1, &code), whole) << "seed " << seed;
    EXPECT_EQ(code, whole_code) << "seed " << seed;
    EXPECT_EQ(again.replies(), server.replies()) << "seed " << seed;
  }
}

constexpr std::string_view good_request =
    "GET /apiws HTTP/1.1\r\nHost: example.org\r\nUpgrade: WebSocket\r\n"
    "Connection: keep-alive, Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    "Sec-WebSocket-Protocol: chat, binary\r\nSec-WebSocket-Version: 13\r\n\r\n";

//= WS-05 test
TEST(WebsocketHandshake, IsAcceptedWithTheAnswerOfItsSpecification) {
  EXPECT_EQ(websocket_accept_key("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  for (std::size_t size = 0; size < good_request.size(); ++size) {
    core::byte_buffer reply;
    EXPECT_FALSE(*accept_websocket(core::as_bytes(good_request.substr(0, size)), reply));
    EXPECT_TRUE(reply.empty());
  }
  core::byte_buffer reply;
  const auto size = accept_websocket(core::concat(text(good_request), bytes("8280")), reply);
  ASSERT_TRUE(size && *size);
  EXPECT_EQ(**size, good_request.size());
  const std::string_view answer = core::as_text(reply);
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 101 Switching Protocols\r\n"));
  EXPECT_NE(answer.find("\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"),
            std::string_view::npos);
  EXPECT_NE(answer.find("\r\nSec-WebSocket-Protocol: binary\r\n"), std::string_view::npos);
}

//= WS-05 test
TEST(WebsocketHandshake, IsRefusedIfAPartIsMissing) {
  const auto changed = [](std::string_view from, std::string_view to) {
    std::string request(good_request);
    request.replace(request.find(from), from.size(), to);
    return request;
  };
  for (const auto& [request, line] : {
           std::pair(changed("binary", "other"), "HTTP/1.1 400"),
           std::pair(changed("Sec-WebSocket-Protocol", "X"), "HTTP/1.1 400"),
           std::pair(changed("Version: 13", "Version: 8"), "HTTP/1.1 400"),
           std::pair(changed("WebSocket\r\n", "h2c\r\n"), "HTTP/1.1 400"),
           std::pair(changed(", Upgrade", ""), "HTTP/1.1 400"),
           std::pair(changed("dGhlIHNhbXBsZSBub25jZQ==", "dGhl"), "HTTP/1.1 400"),
           std::pair(changed("dGhlIHNhbXBsZSBub25jZQ==", "*"), "HTTP/1.1 400"),
           std::pair(changed("Sec-WebSocket-Key", "X"), "HTTP/1.1 400"),
           std::pair(changed("GET ", "PUT "), "HTTP/1.1 400"),
           std::pair(changed("HTTP/1.1", "HTTP/9"), "HTTP/1.1 400"),
           std::pair(changed("/apiws", "/chat"), "HTTP/1.1 404"),
       }) {
    core::byte_buffer reply;
    const auto size = accept_websocket(core::as_bytes(request), reply);
    ASSERT_FALSE(size) << request;
    EXPECT_EQ(size.error().code, errc::bad_http) << request;
    EXPECT_TRUE(core::as_text(reply).starts_with(line)) << request;
  }
}

//= WS-05 test
TEST(WebsocketHandshake, JoinsClientAndServer) {
  core::test_random random(1);
  websocket_client_handshake client({"example.org", "/apiws"}, random);
  core::byte_buffer request;
  client.start(request);
  core::byte_buffer reply;
  const auto size = accept_websocket(request, reply);
  ASSERT_TRUE(size && *size) << core::as_text(reply);
  EXPECT_EQ(**size, request.size());
  core::append(reply, bytes("820101"));

  core::byte_view left = reply;
  core::byte_buffer out;
  for (std::size_t i = 0; i + 4 < reply.size(); ++i) {
    core::byte_view one = left.first(1);
    ASSERT_FALSE(*client.receive(one, out));
    ASSERT_TRUE(one.empty());
    left = left.subspan(1);
  }
  ASSERT_TRUE(*client.receive(left, out));
  EXPECT_EQ(core::to_hex(left), "820101");
  EXPECT_TRUE(out.empty());
}

//= WS-05 test
TEST(WebsocketHandshake, RefusesAServerThatDoesNotProveOrSelect) {
  core::test_random random(1);
  for (const auto& [from, to] :
       {std::pair("101 Switching Protocols", "200 OK"), std::pair("Accept: ", "Accept: x"),
        std::pair("Protocol: binary", "Protocol: chat"), std::pair("Upgrade: websocket", "X: y"),
        std::pair("Connection: Upgrade", "Connection: close"),
        std::pair("HTTP/1.1 101", "ICY 101")}) {
    websocket_client_handshake client({"example.org", "/apiws"}, random);
    core::byte_buffer request;
    client.start(request);
    core::byte_buffer reply;
    ASSERT_TRUE(accept_websocket(request, reply));
    std::string changed(core::as_text(reply));
    changed.replace(changed.find(from), std::string_view(from).size(), to);
    core::byte_view received = core::as_bytes(changed);
    core::byte_buffer out;
    EXPECT_EQ(client.receive(received, out).error().code, errc::bad_http) << to;
  }
}

}  // namespace
}  // namespace corogram::transport

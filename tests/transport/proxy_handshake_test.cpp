#include "support.hpp"

#include <corogram/transport/errc.hpp>
#include <corogram/transport/http_connect.hpp>
#include <corogram/transport/socks5.hpp>

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace corogram::transport {
namespace {

using namespace test;

proxy_user user(std::string_view name, std::string_view password) {
  return {core::secret_buffer(core::as_bytes(name)), core::secret_buffer(core::as_bytes(password))};
}

/// What a handshake does with the proxy's bytes, in pieces of `step`.
struct outcome {
  core::byte_buffer sent;
  core::byte_buffer left;
  bool is_finished = false;
  std::error_code failure;
};

template <class Handshake>
outcome run(Handshake& handshake, core::byte_view wire, std::size_t step) {
  outcome all;
  handshake.start(all.sent);
  while (!wire.empty()) {
    const core::byte_buffer piece(
        wire.begin(), wire.begin() + static_cast<std::ptrdiff_t>(std::min(step, wire.size())));
    core::byte_view received = piece;
    const auto result = handshake.receive(received, all.sent);
    if (!result) {
      all.failure = result.error().code;
      return all;
    }
    wire = wire.subspan(piece.size() - received.size());
    if (*result) {
      all.is_finished = true;
      all.left.assign(wire.begin(), wire.end());
      return all;
    }
    EXPECT_TRUE(received.empty());
  }
  return all;
}

/// One conversation with a SOCKS5 proxy, as bytes.
struct conversation {
  const char* what;
  proxy_destination destination;
  bool has_user;
  const char* proxy;
  const char* client;
  std::error_code failure;
};

std::vector<conversation> socks_conversations() {
  const proxy_destination ipv4{std::array<core::byte, 4>{1, 2, 3, 4}, 443};
  const proxy_destination ipv6{std::array<core::byte, 16>{0x20, 0x01, 0x0d, 0xb8}, 80};
  const proxy_destination name{std::string("example.org"), 0x1234};
  const std::error_code none;
  const std::error_code refused = errc::proxy_refused;
  const std::error_code no_user = errc::proxy_auth_failed;
  const std::error_code unknown = errc::bad_proxy_reply;
  return {
      {"no user, IPv4", ipv4, false, "0500 05000001 0a000001 0050", "050100 05010001 01020304 01bb",
       none},
      {"no user, IPv6, answered with IPv6", ipv6, false,
       "0500 05000004 00000000000000000000000000000001 0050",
       "050100 05010004 20010db8000000000000000000000000 0050", none},
      {"no user, name, answered with a name", name, false, "0500 05000003 03 616263 0050",
       "050100 05010003 0b 6578616d706c652e6f7267 1234", none},
      {"a user that is not asked for", ipv4, true, "0500 05000001 0a000001 0050",
       "05020002 05010001 01020304 01bb", none},
      {"a user", ipv4, true, "0502 0100 05000001 0a000001 0050",
       "05020002 01 03 6d6f65 02 7077 05010001 01020304 01bb", none},
      {"a wrong password", ipv4, true, "0502 0101", "05020002 01 03 6d6f65 02 7077", no_user},
      {"a user wanted", ipv4, false, "0502", "050100", no_user},
      {"no method", ipv4, true, "05ff", "05020002", no_user},
      {"connection refused", ipv4, false, "0500 0505000100", "050100 05010001 01020304 01bb",
       refused},
      {"an unknown reply", ipv4, false, "0500 05fe000100", "050100 05010001 01020304 01bb",
       refused},
      {"SOCKS4", ipv4, false, "0400", "050100", unknown},
      {"another version of user and password", ipv4, true, "0502 0500",
       "05020002 01 03 6d6f65 02 7077", unknown},
      {"another version in the reply", ipv4, false, "0500 0400000100",
       "050100 05010001 01020304 01bb", unknown},
      {"an unknown kind of address", ipv4, false, "0500 0500000200",
       "050100 05010001 01020304 01bb", unknown},
  };
}

TEST(Socks5, SpeaksAsItsSpecificationSays) {
  for (const conversation& expected : socks_conversations())
    for (const std::size_t step : std::vector<std::size_t>{1, 2, 3, 100}) {
      std::optional<proxy_user> who;
      if (expected.has_user) who = user("moe", "pw");
      socks5_handshake client(expected.destination, std::move(who));
      const outcome got = run(client, core::concat(bytes(expected.proxy), bytes("ef0a")), step);
      EXPECT_EQ(core::to_hex(got.sent), core::to_hex(bytes(expected.client))) << expected.what;
      EXPECT_EQ(got.failure, expected.failure) << expected.what;
      EXPECT_EQ(got.is_finished, !expected.failure) << expected.what;
      if (got.is_finished) {
        EXPECT_EQ(core::to_hex(got.left), "ef0a") << expected.what;
      }
    }
}

TEST(Socks5, IsNotFinishedBeforeItsLastByte) {
  const core::byte_buffer wire = bytes("0500 05000003 03 616263 0050");
  for (std::size_t size = 0; size < wire.size(); ++size) {
    socks5_handshake client({std::string("a"), 1}, std::nullopt);
    const outcome got = run(client, core::byte_view(wire).first(size), 100);
    EXPECT_FALSE(got.is_finished);
    EXPECT_FALSE(got.failure);
  }
}

TEST(HttpConnect, AsksForATunnel) {
  for (const std::size_t step : std::vector<std::size_t>{1, 7, 1000}) {
    http_connect_handshake client("example.org:443", std::nullopt);
    const outcome got = run(
        client, core::as_bytes("HTTP/1.1 200 Connection established\r\nVia: x\r\n\r\nrest"), step);
    EXPECT_EQ(core::as_text(got.sent),
              "CONNECT example.org:443 HTTP/1.1\r\nHost: example.org:443\r\n\r\n");
    EXPECT_TRUE(got.is_finished);
    EXPECT_EQ(core::as_text(got.left), "rest");
  }
}

TEST(HttpConnect, SaysWhoTheUserIs) {
  // The example of RFC 7617.
  http_connect_handshake client("[::1]:80", user("Aladdin", "open sesame"));
  const outcome got = run(client, core::as_bytes("HTTP/1.1 100 x\r\n\r\nHTTP/1.0 204 \r\n\r\n"), 9);
  EXPECT_EQ(core::as_text(got.sent),
            "CONNECT [::1]:80 HTTP/1.1\r\nHost: [::1]:80\r\n"
            "Proxy-Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n\r\n");
  EXPECT_TRUE(got.is_finished);
}

TEST(HttpConnect, EndsWithARefusal) {
  for (const auto& [reply, failure] :
       {std::pair("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", errc::proxy_auth_failed),
        std::pair("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n", errc::proxy_refused),
        std::pair("HTTP/1.1 301 Moved\r\n\r\n", errc::proxy_refused),
        std::pair("GET / HTTP/1.1\r\n\r\n", errc::bad_proxy_reply),
        std::pair("220 smtp ready\r\n\r\n", errc::bad_proxy_reply)}) {
    http_connect_handshake client("a:1", std::nullopt);
    EXPECT_EQ(run(client, core::as_bytes(reply), 3).failure, failure) << reply;
  }
}

}  // namespace
}  // namespace corogram::transport

// The server's end on one port with HTTP, WebSocket and MTProxy clients: what is offered, and what
// is refused in which way.

#include "stream_support.hpp"

#include <corogram/transport/errc.hpp>
#include <corogram/transport/fake_tls_records.hpp>
#include <corogram/transport/obfuscated.hpp>
#include <corogram/transport/server_stream.hpp>
#include <corogram/transport/websocket_frames.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace corogram::transport {
namespace {

using namespace test;

constexpr connection_kind http_kind{framing::http};
constexpr connection_kind websocket_kind{framing::intermediate, cover::obfuscation,
                                         carrier_kind::websocket};
constexpr connection_kind tls_kind{framing::padded_intermediate, cover::secret,
                                   carrier_kind::fake_tls};

core::byte_buffer client_speaks(connection& between) {
  core::byte_buffer wire;
  between.begin(wire);
  between.client.write_packet(encrypted(1), true, wire);
  between.client.write_packet(encrypted(2), false, wire);
  return wire;
}

std::string replies_of(server_stream& server) {
  core::byte_buffer out;
  server.poll_transmit(out);
  return std::string(core::as_text(out));
}

//= GEN-10 test
//= WS-15 test
//= WS-22 test
TEST(ServerOverHttp, TellsItWhereverTheBytesAreCut) {
  connection original(http_kind);
  const core::byte_buffer wire = client_speaks(original);
  for (std::size_t cut = 0; cut <= wire.size(); ++cut) {
    connection between(http_kind);
    heard result = hear(between.server, core::byte_view(wire).first(cut));
    const heard rest = hear(between.server, core::byte_view(wire).subspan(cut));
    result.all.insert(result.all.end(), rest.all.begin(), rest.all.end());
    ASSERT_EQ(result.all, (std::vector{say(encrypted(1)), say(encrypted(2))})) << cut;
    EXPECT_EQ(between.server.detected(), framing::http);
    EXPECT_FALSE(between.server.obfuscated());
  }
}

//= WS-18 test
TEST(ServerOverHttp, SpeaksOncePerQuery) {
  connection between(http_kind);
  EXPECT_FALSE(between.server.can_write());
  hear(between.server, client_speaks(between));
  core::byte_buffer wire;
  ASSERT_TRUE(between.server.can_write());
  between.server.write_packet(encrypted(5), wire);
  const std::size_t size = wire.size();
  between.server.write_quick_ack(0x80000001, wire);
  EXPECT_EQ(wire.size(), size);
  ASSERT_TRUE(between.server.can_write());
  between.server.write_transport_error(-429, wire);
  EXPECT_FALSE(between.server.can_write());
  for (const std::size_t step : std::vector<std::size_t>{1, 1000}) {
    connection other(http_kind);
    EXPECT_EQ(hear(other.client, wire, step).all,
              (std::vector{say(encrypted(5)), say(transport_error{-429})}));
  }
}

//= WS-24 test
TEST(ServerOverHttp, AnswersWhatItRefuses) {
  connection between(http_kind);
  const heard result =
      hear(between.server, core::as_bytes("POST /wrong HTTP/1.1\r\nContent-Length: 4\r\n\r\nabcd"));
  EXPECT_EQ(result.failure->code, errc::bad_http);
  EXPECT_TRUE(replies_of(between.server).starts_with("HTTP/1.1 404 Not Found\r\n"));
  EXPECT_EQ(replies_of(between.server), "");
}

TEST(ServerOverHttp, NeverCrashesOnAFlippedBit) {
  connection original(http_kind);
  const core::byte_buffer wire = client_speaks(original);
  for (std::size_t bit = 0; bit < wire.size() * 8; ++bit) {
    connection between(http_kind);
    core::byte_buffer flipped = wire;
    flipped[bit / 8] = static_cast<core::byte>(flipped[bit / 8] ^ (1 << (bit % 8)));
    const heard whole = hear(between.server, flipped);
    connection again(http_kind);
    const heard bytewise = hear(again.server, flipped, 1);
    ASSERT_EQ(whole.all, bytewise.all) << bit;
    ASSERT_EQ(whole.failure.has_value(), bytewise.failure.has_value()) << bit;
  }
}

TEST(ServerOffers, NothingThatItWasNotToldTo) {
  for (const connection_kind kind : {http_kind, websocket_kind, tls_kind}) {
    server_config config;
    config.secrets = server_config_of().secrets;
    connection between(kind, client_config_of(kind), config);
    EXPECT_EQ(hear(between.server, client_speaks(between)).failure->code, errc::unknown_protocol)
        << name_of(kind);
    EXPECT_EQ(replies_of(between.server), "");
  }
  // Who takes HTTP alone says so to a WebSocket, and the other way round.
  server_config http_only;
  http_only.http = true;
  connection websocket(websocket_kind, client_config_of(websocket_kind), http_only);
  EXPECT_EQ(hear(websocket.server, client_speaks(websocket)).failure->code, errc::bad_http);
  EXPECT_TRUE(replies_of(websocket.server).starts_with("HTTP/1.1 405 "));

  server_config websocket_only;
  websocket_only.websocket = true;
  connection http(http_kind, client_config_of(http_kind), websocket_only);
  EXPECT_EQ(hear(http.server, client_speaks(http)).failure->code, errc::unknown_protocol);
}

//= WS-07 test
TEST(ServerOverWebsocket, TakesNothingUnobfuscated) {
  for (const framing each : all_framings) {
    connection between({each, cover::none});
    connection outer(websocket_kind);
    core::byte_buffer inner;
    between.client.write_packet(plain(20), false, inner);
    core::byte_buffer wire;
    outer.begin(wire);
    core::append(wire, framed(websocket_frames(role::client, outer.random), inner));
    const heard result = hear(outer.server, wire);
    EXPECT_TRUE(result.all.empty());
    EXPECT_EQ(result.failure->code, errc::unknown_protocol) << to_string(each);
  }
}

TEST(ServerOverWebsocket, RefusesAHandshakeWithAStatus) {
  connection between(websocket_kind);
  const heard result = hear(between.server, core::as_bytes("GET /apiws HTTP/1.1\r\n\r\n"), 1);
  EXPECT_EQ(result.failure->code, errc::bad_http);
  EXPECT_TRUE(replies_of(between.server).starts_with("HTTP/1.1 400 Bad Request\r\n"));
}

TEST(ServerOverWebsocket, AnswersPingsAndClosings) {
  connection between(websocket_kind);
  core::byte_buffer wire;
  between.begin(wire);
  // A ping before the obfuscation header has come, and a closing.
  core::append(wire, bytes("898101020304 00"));
  hear(between.server, wire);
  EXPECT_TRUE(replies_of(between.server).ends_with("\x8a\x01\x01"));
  const heard closed = hear(between.server, bytes("8880 00000000"));
  EXPECT_EQ(closed.failure->code, errc::peer_closed);
  EXPECT_EQ(replies_of(between.server), std::string("\x88\x00", 2));
}

TEST(ServerOverFakeTls, KeepsForeignHellosForTheRealSite) {
  const proxy_secret unknown = *proxy_secret::from_bytes(core::concat(
      bytes("ee"), core::byte_buffer(16, core::byte{0x77}), core::as_bytes("example.org")));
  connection between(tls_kind);
  const core::byte_buffer hello = make_client_hello(unknown, test_now, between.random);
  const heard result = hear(between.server, core::concat(hello, bytes("140303000101")), 100);
  EXPECT_EQ(result.failure->code, errc::foreign_tls_hello);
  EXPECT_FALSE(between.server.detected());
  EXPECT_EQ(replies_of(between.server), "");
  // The piece that completed the hello is there whole.
  EXPECT_TRUE(core::equal(between.server.refused().first(hello.size()), hello));

  connection accepted(tls_kind);
  hear(accepted.server, client_speaks(accepted));
  EXPECT_TRUE(accepted.server.refused().empty());
}

//= PROXY-20 test
TEST(ServerOverFakeTls, TakesARecordedHelloOnlyOnceOnAllConnections) {
  const server_config config = server_config_of();
  connection first(tls_kind, client_config_of(tls_kind), config);
  const core::byte_buffer wire = client_speaks(first);
  EXPECT_EQ(hear(first.server, wire).all.size(), 2u);
  connection second(tls_kind, client_config_of(tls_kind), config);
  EXPECT_EQ(hear(second.server, wire).failure->code, errc::foreign_tls_hello);
}

//= PROXY-19 test
TEST(ServerOverFakeTls, NeedsTheTime) {
  connection between(tls_kind);
  between.server.feed(client_speaks(between));
  EXPECT_EQ(between.server.poll().error().code, errc::foreign_tls_hello);
}

//= PROXY-29 test
TEST(ServerOverFakeTls, TakesOnlyPaddedIntermediateUnderTheSecretOfTheHello) {
  struct inner_kind {
    framing inner;
    std::optional<std::size_t> secret;
    bool is_taken;
  };
  for (const inner_kind& expected :
       {inner_kind{framing::padded_intermediate, 2, true},
        inner_kind{framing::padded_intermediate, 1, false},
        inner_kind{framing::padded_intermediate, std::nullopt, false},
        inner_kind{framing::intermediate, 2, false}, inner_kind{framing::abridged, 2, false},
        inner_kind{framing::full, 2, false}}) {
    client_config config;
    config.framing = expected.inner;
    config.carrier = carrier_kind::fake_tls;
    if (expected.secret) config.secret.emplace(server_secrets()[*expected.secret].key());
    connection between(tls_kind, config, server_config_of());
    const heard result = hear(between.server, client_speaks(between));
    EXPECT_EQ(!result.failure, expected.is_taken) << to_string(expected.inner);
    EXPECT_EQ(!result.all.empty(), expected.is_taken) << to_string(expected.inner);
  }
}

//= PROXY-31 test
TEST(ServerOverFakeTls, TakesHeadersThatLookLikeSomethingElse) {
  // A block that begins as abridged does, which a client may use inside fake TLS.
  core::test_random random(3);
  auto block = random.array<64>();
  block[0] = 0xef;
  std::fill_n(block.begin() + 56, 4, core::byte{0xdd});
  const auto key = server_secrets()[2].key();
  obfuscation streams(role::client, block, key);
  obfuscation_header encrypted_block = block;
  streams.encrypt(encrypted_block);
  std::copy(encrypted_block.begin() + 56, encrypted_block.end(), block.begin() + 56);
  core::byte_buffer inner(block.begin(), block.end());
  core::byte_buffer packet_frame = core::concat(bytes("28000000"), encrypted(1));
  streams.encrypt(packet_frame);
  core::append(inner, packet_frame);

  connection between(tls_kind);
  core::byte_buffer wire;
  between.begin(wire);
  fake_tls_records(role::client).wrap(inner, wire);
  EXPECT_EQ(hear(between.server, wire).all, std::vector{say(encrypted(1))});
}

//= PROXY-10 test
TEST(ServerSecrets, LimitWhatIsRelayed) {
  constexpr std::size_t longest = 1'044'480;
  for (const cover under : {cover::secret, cover::obfuscation})
    for (const std::size_t size : {longest, longest + 4}) {
      connection between({framing::intermediate, under});
      core::byte_buffer payload(size, core::byte{0x33});
      core::byte_buffer wire;
      between.client.write_packet(payload, false, wire);
      const heard result = hear(between.server, wire);
      // A data centre takes more than a proxy does.
      if (under == cover::secret && size > longest)
        EXPECT_EQ(result.failure->code, errc::bad_length);
      else
        EXPECT_EQ(result.all, std::vector{say(payload)});
    }
}

//= PROXY-08 test
TEST(ServerSecrets, AreHeldToTheirKindWhenToldSo) {
  auto secrets = std::make_shared<secret_list>();
  const core::byte_buffer key(16, core::byte{0x42});
  for (const char* mark : {"", "dd", "ee"}) {
    const core::byte_buffer domain = *mark == 'e' ? bytes("61") : core::byte_buffer();
    secrets->clear();
    secrets->push_back(*proxy_secret::from_bytes(core::concat(bytes(mark), key, domain)));
    for (const framing inner :
         {framing::abridged, framing::intermediate, framing::padded_intermediate})
      for (const bool enforce : {false, true}) {
        server_config config;
        config.secrets = secrets;
        config.enforce_secret_kind = enforce;
        client_config of_client;
        of_client.framing = inner;
        of_client.secret.emplace(secrets->front().key());
        connection between({inner, cover::secret}, of_client, config);
        const bool is_taken =
            !enforce || *mark == '\0' || (*mark == 'd' && inner == framing::padded_intermediate);
        EXPECT_EQ(hear(between.server, client_speaks(between)).all.size(), is_taken ? 2u : 0u)
            << mark << " " << to_string(inner) << " " << enforce;
      }
  }
}

}  // namespace
}  // namespace corogram::transport

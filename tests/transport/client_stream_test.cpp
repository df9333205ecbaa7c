#include "stream_support.hpp"
#include "support/scripted_random.hpp"
#include "support/vectors.hpp"

#include <corogram/transport/client_stream.hpp>
#include <corogram/transport/errc.hpp>
#include <corogram/transport/fake_tls_records.hpp>

#include <gtest/gtest.h>

namespace corogram::transport {
namespace {

using namespace test;

class ClientStream : public ::testing::TestWithParam<connection_kind> {};

INSTANTIATE_TEST_SUITE_P(Each, ClientStream, ::testing::ValuesIn(all_connection_kinds()),
                         [](const auto& param) { return name_of(param.param); });

class ClientStreamOverTcp : public ::testing::TestWithParam<connection_kind> {};

INSTANTIATE_TEST_SUITE_P(Each, ClientStreamOverTcp,
                         ::testing::ValuesIn(connection_kinds_over(carrier_kind::tcp)),
                         [](const auto& param) { return name_of(param.param); });

/// What a server can say, on the wire of a fresh connection, and what the client should hear.
struct conversation {
  core::byte_buffer wire;
  std::vector<said> meaning;
};

conversation server_speaks(connection& between) {
  core::byte_buffer hello;
  between.begin(hello);
  between.client.write_packet(plain(20), false, hello);
  EXPECT_EQ(hear(between.server, hello).all, std::vector{say(plain(20))});
  between.finish_handshake();

  conversation all;
  const auto say_packet = [&](const core::byte_buffer& payload) {
    between.server.write_packet(payload, all.wire);
    all.meaning.push_back(say(payload));
  };
  say_packet(plain(84));
  say_packet(encrypted(2));
  if (between.server.detected() != framing::full) {
    between.server.write_quick_ack(0x80000001, all.wire);
    all.meaning.push_back(say(quick_ack{0x80000001}));
    between.server.write_quick_ack(0xf0f00e3a, all.wire);
    all.meaning.push_back(say(quick_ack{0xf0f00e3a}));
  }
  say_packet(encrypted(40));
  between.server.write_transport_error(-404, all.wire);
  all.meaning.push_back(say(transport_error{-404}));
  return all;
}

TEST_P(ClientStream, HearsTheSameHoweverTheBytesAreCut) {
  connection whole(GetParam());
  const conversation spoken = server_speaks(whole);
  const heard at_once = hear(whole.client, spoken.wire);
  EXPECT_EQ(at_once.all, spoken.meaning);
  EXPECT_FALSE(at_once.failure);

  for (const std::size_t step : std::vector<std::size_t>{1, 2, 3, 5, 7, 16, 64}) {
    connection cut(GetParam());
    const conversation again = server_speaks(cut);
    ASSERT_EQ(again.wire, spoken.wire);
    EXPECT_EQ(hear(cut.client, again.wire, step).all, spoken.meaning) << step;
  }
}

TEST_P(ClientStream, NeverCrashesOnAFlippedBitAndFailsForGood) {
  connection original(GetParam());
  const std::size_t size = server_speaks(original).wire.size();
  std::size_t failures = 0;
  for (std::size_t bit = 0; bit < size * 8; bit += 3) {
    connection one(GetParam());
    conversation spoken = server_speaks(one);
    spoken.wire[bit / 8] = static_cast<core::byte>(spoken.wire[bit / 8] ^ (1 << (bit % 8)));
    const heard result = hear(one.client, spoken.wire);
    if (!result.failure) continue;
    ++failures;
    one.client.feed(spoken.wire);
    const auto again = one.client.poll();
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().code, result.failure->code);
    EXPECT_EQ(again.error().offset, result.failure->offset);
  }
  // Framings without a checksum notice only what breaks a length.
  if (GetParam().framing == framing::full) {
    EXPECT_GT(failures, size);
  }
}

//= TR-01 test
//= TR-06 test
//= TR-10 test
TEST_P(ClientStreamOverTcp, SendsTagOrHeaderOnce) {
  const std::size_t beginning = GetParam().cover != cover::none           ? 64
                                : GetParam().framing == framing::abridged ? 1
                                : GetParam().framing == framing::full     ? 0
                                                                          : 4;
  connection between(GetParam());
  core::byte_buffer first;
  between.client.write_packet(plain(20), false, first);
  core::byte_buffer second;
  between.client.write_packet(plain(20), false, second);
  const std::size_t header = GetParam().framing == framing::abridged ? 1
                             : GetParam().framing == framing::full   ? 12
                                                                     : 4;
  const std::size_t padding = GetParam().framing == framing::padded_intermediate ? 15 : 0;
  EXPECT_GE(first.size(), beginning + header + 40);
  EXPECT_LE(first.size(), beginning + header + 40 + padding);
  EXPECT_GE(second.size(), header + 40);
  EXPECT_LE(second.size(), header + 40 + padding);
}

//= TR-19 test
//= TR-25 test
TEST_P(ClientStream, AsksForQuickAcksOnlyWhereThereAreSome) {
  connection between(GetParam());
  const bool can = GetParam().framing != framing::full;
  core::byte_buffer wire;
  between.begin(wire);
  EXPECT_FALSE(between.client.write_packet(plain(20), true, wire));
  EXPECT_EQ(between.client.write_packet(encrypted(2), true, wire), can);
  EXPECT_FALSE(between.client.write_packet(encrypted(3), false, wire));
  EXPECT_EQ(hear(between.server, wire).all,
            (std::vector{say(plain(20)), say(encrypted(2), can), say(encrypted(3))}));
}

//= TR-27 test
//= TR-31 test
TEST_P(ClientStream, TakesEveryNegativeCodeForATransportError) {
  connection between(GetParam());
  core::byte_buffer hello;
  between.begin(hello);
  between.client.write_packet(plain(20), false, hello);
  hear(between.server, hello);
  core::byte_buffer wire;
  std::vector<said> expected;
  for (const std::int32_t code : {-404, -429, -444, -403, -500, -2, -123456789, INT32_MIN}) {
    between.server.write_transport_error(code, wire);
    expected.push_back(say(transport_error{code}));
  }
  EXPECT_EQ(hear(between.client, wire).all, expected);
}

//= TR-45 test
TEST_P(ClientStream, TakesPayloadsUpToItsLimit) {
  client_config config = client_config_of(GetParam());
  config.max_payload = 24 + 16 * 10;
  for (const bool above : {false, true}) {
    connection between(GetParam(), config, server_config_of());
    core::byte_buffer hello;
    between.begin(hello);
    between.client.write_packet(plain(20), false, hello);
    hear(between.server, hello);
    core::byte_buffer wire;
    between.server.write_packet(encrypted(above ? 11 : 10), wire);
    const heard result = hear(between.client, wire);
    if (above) {
      ASSERT_TRUE(result.failure);
      EXPECT_EQ(result.failure->code, errc::bad_length);
      EXPECT_EQ(result.failure->offset, 0u);
    } else {
      EXPECT_EQ(result.all, std::vector{say(encrypted(10))});
    }
  }
}

//= TR-33 test
//= TR-41 test
TEST(ClientStreamVector, OpensAnObfuscatedConnectionWithTheVectorsBytes) {
  for (const auto& read :
       corogram::test::read_vector_cases(COROGRAM_TEST_DATA "/obfuscation.txt")) {
    client_config config;
    config.framing = framing::padded_intermediate;
    config.obfuscated = true;
    config.dc_id = std::int16_t{2};
    if (read.has("secret")) config.secret = core::secret_array<16>(read.array<16>("secret"));
    // The block, then a draw of the padding's length: none.
    corogram::test::scripted_random random(core::concat(read["block"], bytes("00000000")));
    client_stream client(config, random);
    core::byte_buffer wire;
    client.write_packet(plain(20), false, wire);
    EXPECT_EQ(random.left(), 0u);

    ASSERT_EQ(wire.size(), 64u + 4 + 40);
    EXPECT_TRUE(core::equal(core::byte_view(wire).first(64), read["header"]));
    // The length and the first zeros of the packet under the next bytes of the key stream.
    core::byte_buffer expected = read["next_client_key_stream"];
    expected[0] ^= 40;
    EXPECT_TRUE(
        core::equal(core::byte_view(wire).subspan(64, 12), core::byte_view(expected).first(12)));
  }
}

//= DIV-30 test
TEST(ClientConfig, LimitsThePaddingOfBothEnds) {
  client_config of_client = client_config_of({framing::padded_intermediate});
  of_client.max_padding = 0;
  server_config of_server = server_config_of();
  of_server.max_padding = 0;
  connection between({framing::padded_intermediate}, of_client, of_server);
  for (int i = 0; i < 50; ++i) {
    core::byte_buffer query;
    between.client.write_packet(encrypted(1), false, query);
    EXPECT_EQ(query.size(), (i == 0 ? 4u : 0u) + 4 + 40);
    hear(between.server, query);
    core::byte_buffer answer;
    between.server.write_packet(encrypted(1), answer);
    EXPECT_EQ(answer.size(), 4u + 40);
  }
}

//= PROXY-03 test
//= DIV-34 test
TEST(ClientConfig, FollowsTheSecret) {
  const core::byte_buffer key(16, core::byte{0x42});
  client_config config;
  config.framing = framing::abridged;
  config.use(*proxy_secret::from_bytes(key));
  EXPECT_EQ(config.framing, framing::abridged);
  EXPECT_EQ(config.carrier, carrier_kind::tcp);
  EXPECT_TRUE(core::equal(config.secret->view(), key));

  config.use(*proxy_secret::from_bytes(core::concat(bytes("dd"), key)));
  EXPECT_EQ(config.framing, framing::padded_intermediate);
  EXPECT_EQ(config.carrier, carrier_kind::tcp);

  config.framing = framing::abridged;
  config.use(*proxy_secret::from_bytes(core::concat(bytes("ee"), key, core::as_bytes("a.b"))));
  EXPECT_EQ(config.framing, framing::padded_intermediate);
  EXPECT_EQ(config.carrier, carrier_kind::fake_tls);
}

//= PROXY-28 test
TEST(ClientStreamOverFakeTls, PutsTheHeaderIntoTheFirstRecordWhole) {
  connection between({framing::padded_intermediate, cover::secret, carrier_kind::fake_tls});
  core::byte_buffer wire;
  between.client.write_packet(plain(20), false, wire);
  ASSERT_TRUE(core::equal(core::byte_view(wire).first(6), change_cipher_spec));
  EXPECT_EQ(core::to_hex(core::byte_view(wire).subspan(6, 3)), "170303");
  const std::size_t content = core::load_be<std::uint16_t>(wire.data() + 9);
  EXPECT_EQ(content, wire.size() - 11);
  EXPECT_GE(content, 64u + 4 + 40);
}

//= WS-09 test
TEST(ClientStreamOverWebsocket, HearsEverythingBeforeTheClosing) {
  for (const std::size_t step : std::vector<std::size_t>{1, 1000}) {
    connection between({framing::intermediate, cover::obfuscation, carrier_kind::websocket});
    core::byte_buffer hello;
    between.begin(hello);
    between.client.write_packet(plain(20), false, hello);
    hear(between.server, hello);
    between.finish_handshake();

    core::byte_buffer wire = bytes("890101");
    between.server.write_packet(encrypted(1), wire);
    core::append(wire, bytes("8805 03e8 343034"));
    between.server.write_packet(encrypted(2), wire);
    const heard result = hear(between.client, wire, step);
    EXPECT_EQ(result.all, std::vector{say(encrypted(1))});
    ASSERT_TRUE(result.failure);
    EXPECT_EQ(result.failure->code, errc::peer_closed);

    // A pong and the answer to the closing, both masked; the server takes them.
    core::byte_buffer replies;
    EXPECT_TRUE(between.client.poll_transmit(replies));
    EXPECT_EQ(replies.size(), 2 + 4 + 1 + 2 + 4 + 2u);
    EXPECT_FALSE(between.client.poll_transmit(replies));
    EXPECT_EQ(hear(between.server, replies, step).failure->code, errc::peer_closed);
  }
}

TEST(ClientStreamOffset, CountsFromTheFirstByteReceived) {
  core::test_random random(1);
  client_config config;
  client_stream client(config, random);
  // A frame of 44 bytes with its length, then a length of zero.
  const core::byte_buffer wire = core::concat(bytes("28000000"), encrypted(1), bytes("00000000"));
  const heard result = hear(client, wire);
  ASSERT_TRUE(result.failure);
  EXPECT_EQ(result.failure->code, errc::bad_length);
  EXPECT_EQ(result.failure->offset, 44u);
}

}  // namespace
}  // namespace corogram::transport

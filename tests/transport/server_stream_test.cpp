#include "stream_support.hpp"
#include "support/vectors.hpp"

#include <corogram/transport/errc.hpp>
#include <corogram/transport/server_stream.hpp>

#include <gtest/gtest.h>

namespace corogram::transport {
namespace {

using namespace test;

class ServerStream : public ::testing::TestWithParam<connection_kind> {};

INSTANTIATE_TEST_SUITE_P(Each, ServerStream, ::testing::ValuesIn(all_connection_kinds()),
                         [](const auto& param) { return name_of(param.param); });

class ServerStreamOverTcp : public ::testing::TestWithParam<connection_kind> {};

INSTANTIATE_TEST_SUITE_P(Each, ServerStreamOverTcp,
                         ::testing::ValuesIn(connection_kinds_over(carrier_kind::tcp)),
                         [](const auto& param) { return name_of(param.param); });

/// A client's first packets on a fresh connection.
core::byte_buffer client_speaks(connection& between) {
  core::byte_buffer wire;
  between.begin(wire);
  between.client.write_packet(plain(20), false, wire);
  between.client.write_packet(encrypted(2), true, wire);
  between.client.write_packet(encrypted(40), false, wire);
  return wire;
}

std::vector<said> client_meaning(connection_kind kind) {
  return {say(plain(20)), say(encrypted(2), kind.framing != framing::full), say(encrypted(40))};
}

//= GEN-10 test
//= TR-44 test
//= PROXY-05 test
TEST_P(ServerStream, TellsTheFramingWhereverTheFirstBytesAreCut) {
  connection first(GetParam());
  const core::byte_buffer wire = client_speaks(first);
  for (std::size_t cut = 0; cut <= wire.size(); ++cut) {
    connection between(GetParam());
    ASSERT_EQ(client_speaks(between), wire);
    heard result = hear(between.server, core::byte_view(wire).first(cut));
    const heard rest = hear(between.server, core::byte_view(wire).subspan(cut));
    result.all.insert(result.all.end(), rest.all.begin(), rest.all.end());
    ASSERT_FALSE(rest.failure) << cut << ": " << rest.failure->message();
    ASSERT_EQ(result.all, client_meaning(GetParam())) << cut;
    EXPECT_EQ(between.server.detected(), GetParam().framing);
    EXPECT_EQ(between.server.obfuscated(), GetParam().cover != cover::none);
    EXPECT_EQ(between.server.secret_index(), GetParam().cover == cover::secret
                                                 ? std::optional(secret_index_of(GetParam()))
                                                 : std::nullopt);
    EXPECT_EQ(between.server.carried_by(), GetParam().carrier);
    between.finish_handshake();
    EXPECT_EQ(between.server.dc_id(),
              GetParam().cover == cover::none ? std::nullopt : std::optional<std::int16_t>(2));
  }
}

TEST_P(ServerStream, HearsTheSameByteByByte) {
  for (const std::size_t step : std::vector<std::size_t>{1, 2, 3, 5, 7, 16, 64}) {
    connection between(GetParam());
    EXPECT_EQ(hear(between.server, client_speaks(between), step).all, client_meaning(GetParam()));
  }
}

TEST_P(ServerStreamOverTcp, SaysNothingOfItselfBeforeItKnows) {
  connection between(GetParam());
  const core::byte_buffer wire = client_speaks(between);
  EXPECT_FALSE(between.server.detected());
  EXPECT_FALSE(between.server.obfuscated());
  EXPECT_FALSE(between.server.dc_id());
  if (GetParam().cover == cover::none) return;
  // Full framing is known only from its first frame.
  const std::size_t known = GetParam().framing == framing::full ? 72 : 64;
  hear(between.server, core::byte_view(wire).first(known - 1));
  EXPECT_FALSE(between.server.detected());
  hear(between.server, core::byte_view(wire).subspan(known - 1, 1));
  EXPECT_EQ(between.server.detected(), GetParam().framing);
}

//= TR-26 test
//= WS-08 test
TEST_P(ServerStream, AnswersInTheClientsFraming) {
  connection between(GetParam());
  hear(between.server, client_speaks(between));
  core::byte_buffer wire;
  between.server.write_packet(encrypted(5), wire);
  between.server.write_transport_error(-429, wire);
  EXPECT_EQ(hear(between.client, wire).all,
            (std::vector{say(encrypted(5)), say(transport_error{-429})}));
}

TEST_P(ServerStream, NeverCrashesOnAFlippedBitAndFailsForGood) {
  connection original(GetParam());
  const std::size_t size = client_speaks(original).size();
  for (std::size_t bit = 0; bit < size * 8; bit += bit < 1200 ? 1 : 7) {
    connection one(GetParam());
    core::byte_buffer wire = client_speaks(one);
    wire[bit / 8] = static_cast<core::byte>(wire[bit / 8] ^ (1 << (bit % 8)));
    const heard result = hear(one.server, wire);
    if (!result.failure) continue;
    one.server.feed(wire);
    const auto again = one.server.poll();
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().code, result.failure->code);
    EXPECT_EQ(again.error().offset, result.failure->offset);
  }
}

//= TR-45 test
//= PROXY-10 test
TEST_P(ServerStream, TakesPayloadsUpToItsLimit) {
  const std::size_t limit =
      GetParam().cover == cover::secret ? proxy_max_payload : default_server_max_payload;
  for (const bool above : {false, true}) {
    connection between(GetParam());
    core::byte_buffer wire;
    between.begin(wire);
    between.client.write_packet(plain(20), false, wire);
    // 24 + 16 n is never the limit itself, so this one is plain: 20 + n.
    between.client.write_packet(plain(limit - 20 + (above ? 16 : 0)), false, wire);
    const heard result = hear(between.server, wire, 65536);
    if (above) {
      ASSERT_TRUE(result.failure);
      EXPECT_EQ(result.failure->code, errc::bad_length);
    } else {
      ASSERT_EQ(result.all.size(), 2u);
      EXPECT_EQ(result.all[1].payload.size(), limit);
    }
  }
}

TEST(ServerStreamLimit, CanBeThatOfTheReferenceProxy) {
  for (const std::size_t size : std::vector<std::size_t>{1'044'480, 1'044'484}) {
    core::test_random random(1);
    server_config config;
    config.max_payload = 1'044'480;
    server_stream server(config, random);
    client_stream client(client_config_of({framing::intermediate, cover::none}), random);
    core::byte_buffer wire;
    client.write_packet(plain(size - 20), false, wire);
    EXPECT_EQ(hear(server, wire).failure.has_value(), size > config.max_payload);
  }
}

TEST(ServerStreamVector, DetectsTheVectorsFramings) {
  const auto vectors = corogram::test::read_vectors(COROGRAM_TEST_DATA "/framings.txt");
  for (const framing each : {framing::abridged, framing::intermediate, framing::full}) {
    core::test_random random(1);
    server_stream server(server_config(), random);
    EXPECT_EQ(hear(server, vectors[to_string(each)], 1).all, std::vector{say(vectors["payload"])});
    EXPECT_EQ(server.detected(), each);
  }
}

TEST_P(ServerStream, KnowsWhetherAPacketHasBegunToArrive) {
  connection between(GetParam());
  EXPECT_FALSE(between.server.is_mid_packet());
  core::byte_buffer wire;
  between.begin(wire);
  between.client.write_packet(plain(20), false, wire);
  hear(between.server, core::byte_view(wire).first(wire.size() - 1));
  EXPECT_TRUE(between.server.is_mid_packet());
  hear(between.server, core::byte_view(wire).last(1));
  EXPECT_FALSE(between.server.is_mid_packet());
}

//= TR-43 test
TEST(ServerStreamNoise, IsNotAnswered) {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    core::test_random random(seed);
    server_stream server(server_config_of(), random);
    core::byte_buffer wire = noise(200, seed);
    if (wire[0] == 0xef) wire[0] = 0;
    const heard result = hear(server, wire, 1 + seed % 80);
    EXPECT_TRUE(result.all.empty()) << "seed " << seed;
    ASSERT_TRUE(result.failure) << "seed " << seed;
    EXPECT_EQ(result.failure->code, errc::bad_obfuscation) << "seed " << seed;
    EXPECT_FALSE(server.detected());
    EXPECT_FALSE(server.obfuscated());
  }
}

TEST(ServerStreamSecret, IsDemandedWhenToldSo) {
  for (const connection_kind kind : all_connection_kinds()) {
    server_config config = server_config_of();
    config.require_secret = true;
    connection between(kind, client_config_of(kind), config);
    core::byte_buffer wire;
    between.begin(wire);
    between.client.write_packet(plain(20), false, wire);
    const heard result = hear(between.server, wire);
    EXPECT_EQ(result.all.empty(), kind.cover != cover::secret) << name_of(kind);
    EXPECT_EQ(result.failure.has_value(), kind.cover != cover::secret) << name_of(kind);
  }
}

TEST(ServerStreamDc, ComesFromTheHeaderWhateverItIs) {
  for (const std::int16_t field : {std::int16_t{2}, std::int16_t{-4}, std::int16_t{10002},
                                   std::int16_t{0}, std::int16_t{1000}, std::int16_t{INT16_MIN}}) {
    core::test_random random(1);
    client_config config = client_config_of({framing::abridged, cover::secret});
    config.dc_id = field;
    client_stream client(config, random);
    server_stream server(server_config_of(), random);
    core::byte_buffer wire;
    client.write_packet(plain(20), false, wire);
    EXPECT_EQ(hear(server, wire).all.size(), 1u);
    EXPECT_EQ(server.dc_id(), field);
  }
}

TEST(ServerStreamQuickAck, IsNotWrittenInFullFraming) {
  connection between({framing::full, cover::none});
  hear(between.server, client_speaks(between));
  core::byte_buffer wire;
  between.server.write_quick_ack(0x80000001, wire);
  EXPECT_TRUE(wire.empty());
}

//= DIV-31 test
TEST(ServerStreamError, IsPaddedWhenToldSo) {
  core::test_random random(1);
  server_config config;
  config.pad_transport_errors = true;
  server_stream server(config, random);
  client_stream client(client_config_of({framing::padded_intermediate, cover::none}), random);
  core::byte_buffer hello;
  client.write_packet(plain(20), false, hello);
  hear(server, hello);
  std::vector<said> expected;
  core::byte_buffer wire;
  for (int i = 0; i < 50; ++i) {
    server.write_transport_error(-404, wire);
    expected.push_back(say(transport_error{-404}));
  }
  EXPECT_GT(wire.size(), 50u * 8);
  EXPECT_EQ(hear(client, wire).all, expected);
}

}  // namespace
}  // namespace corogram::transport

#include "support.hpp"
#include "support/vectors.hpp"

#include <corogram/transport/errc.hpp>
#include <corogram/transport/padded_intermediate.hpp>

#include <gtest/gtest.h>

#include <set>
#include <vector>

namespace corogram::transport {
namespace {

using namespace test;

constexpr std::size_t limit = 1 << 20;

class PaddedIntermediate : public ::testing::Test {
 protected:
  core::byte_buffer written(const padded_intermediate& by, core::byte_view payload,
                            bool quick_ack = false) {
    return test::framed(by, payload, quick_ack);
  }

  /// A frame with exactly this content.
  static core::byte_buffer framed(core::byte_view content) {
    core::byte_buffer wire;
    core::writer(wire).le(length_field(content.size(), false)).bytes(content);
    return wire;
  }

  core::test_random random_{20240101};
  padded_intermediate client_{role::client, limit, random_};
  padded_intermediate server_{role::server, limit, random_};
};

//= TR-11 test
TEST_F(PaddedIntermediate, AddsEachPaddingFrom0To15Bytes) {
  std::set<std::size_t> paddings;
  std::set<core::byte_buffer> contents;
  const core::byte_buffer payload = encrypted(3);
  for (int i = 0; i < 1000; ++i) {
    const core::byte_buffer wire = written(i % 2 == 0 ? client_ : server_, payload);
    const std::size_t length = core::load_le<std::uint32_t>(wire.data());
    ASSERT_EQ(wire.size(), 4 + length);
    ASSERT_TRUE(core::equal(core::byte_view(wire).subspan(4, payload.size()), payload));
    paddings.insert(length - payload.size());
    if (length - payload.size() == 15) contents.emplace(wire.end() - 15, wire.end());
  }
  EXPECT_EQ(paddings.size(), 16u);
  EXPECT_EQ(*paddings.rbegin(), 15u);
  EXPECT_GT(contents.size(), 40u) << "the padding is not random";
}

//= DIV-30 test
TEST_F(PaddedIntermediate, AddsNoMoreThanItIsToldTo) {
  client_.limit_padding(cautious_max_padding);
  std::set<std::size_t> paddings;
  for (int i = 0; i < 200; ++i)
    paddings.insert(written(client_, encrypted(3)).size() - 4 - encrypted(3).size());
  EXPECT_EQ(paddings, (std::set<std::size_t>{0, 1, 2, 3}));
}

//= TR-12 test
TEST_F(PaddedIntermediate, RemovesEachPaddingFromEachKindOfPacket) {
  std::vector<core::byte_buffer> payloads;
  for (const std::size_t blocks : std::vector<std::size_t>{0, 1, 2, 3, 64})
    payloads.push_back(encrypted(blocks));
  for (const std::size_t size : std::vector<std::size_t>{0, 4, 20, 96, 340})
    payloads.push_back(plain(size));
  for (const core::byte_buffer& payload : payloads)
    for (std::size_t padding = 0; padding <= 15; ++padding) {
      const core::byte_buffer wire = framed(core::concat(payload, noise(padding)));
      for (const auto* reader : {&client_, &server_}) {
        EXPECT_EQ(check_prefixes(*reader, wire), "");
        const auto found = read_whole(*reader, wire);
        EXPECT_EQ(found.size, wire.size());
        EXPECT_EQ(say(*found.content), say(payload)) << padding;
      }
    }
}

//= DIV-30 test
TEST_F(PaddedIntermediate, TakesMorePaddingThanItAdds) {
  // Behind an unencrypted packet the padding can be of any length.
  const core::byte_buffer wire = framed(core::concat(plain(20), noise(200)));
  EXPECT_EQ(say(*read_whole(server_, wire).content), say(plain(20)));
}

TEST_F(PaddedIntermediate, LeavesAPacketThatContradictsItselfToItsOwnLayer) {
  core::byte_buffer payload = plain(20);
  core::store_le(payload.data() + 16, std::uint32_t{24});
  EXPECT_EQ(say(*read_whole(server_, framed(payload)).content), say(payload));
  core::store_le(payload.data() + 16, std::uint32_t{0xfffffff0});
  EXPECT_EQ(say(*read_whole(server_, framed(payload)).content), say(payload));
  for (const std::size_t size : std::vector<std::size_t>{1, 3, 4, 8, 16, 19, 20, 23}) {
    core::byte_buffer tiny = noise(size);
    if (size >= 8) tiny[0] |= 1;
    EXPECT_EQ(say(*read_whole(server_, framed(tiny)).content), say(tiny)) << size;
  }
}

//= TR-08 test
TEST_F(PaddedIntermediate, AsksForAQuickAckInTheTopBitOfTheLength) {
  const core::byte_buffer wire = written(client_, encrypted(2), true);
  EXPECT_EQ(wire[3], 0x80);
  EXPECT_EQ(say(*read_whole(server_, wire).content), say(encrypted(2), true));
}

TEST_F(PaddedIntermediate, CarriesPacketsOfAllSizesBothWays) {
  for (const std::size_t blocks : std::vector<std::size_t>{0, 1, 2, 30, 31, 64, 4096, 65534}) {
    const core::byte_buffer payload = encrypted(blocks);
    for (const auto& [from, to] : {std::pair(&client_, &server_), std::pair(&server_, &client_)}) {
      core::byte_buffer wire = written(*from, payload);
      if (blocks <= 64) {
        EXPECT_EQ(check_prefixes(*to, wire), "") << blocks;
      }
      wire.push_back(0x55);
      const auto found = read_whole(*to, wire);
      EXPECT_EQ(found.size, wire.size() - 1);
      EXPECT_EQ(say(*found.content), say(payload)) << blocks;
    }
  }
}

//= TR-45 test
TEST_F(PaddedIntermediate, RefusesLengthsOutOfRangeBeforeThePayloadComes) {
  for (const auto* side : {&client_, &server_}) {
    EXPECT_EQ(read_failure(*side, bytes("00000000")).code, errc::bad_length);
    EXPECT_EQ(read_failure(*side, bytes("10001000")).code, errc::bad_length);
    // The largest padding on top of the largest payload.
    EXPECT_FALSE(read_failure(*side, bytes("0f001000")).code);
  }
}

//= TR-13 test
TEST_F(PaddedIntermediate, PadsQuickAcksToAllNineLengths) {
  const auto vectors = corogram::test::read_vectors(COROGRAM_TEST_DATA "/quick_ack.txt");
  const auto token = core::load_le<std::uint32_t>(vectors["token"].data());
  std::set<std::size_t> lengths;
  for (int i = 0; i < 500; ++i) {
    core::byte_buffer wire;
    server_.write_quick_ack(token, wire);
    lengths.insert(core::load_le<std::uint32_t>(wire.data()));
    ASSERT_TRUE(core::equal(core::byte_view(wire).subspan(4, 8),
                            core::concat(bytes("ffffffff"), vectors["token"])));
    ASSERT_EQ(check_prefixes(client_, wire), "");
    const auto found = read_whole(client_, wire);
    ASSERT_EQ(found.size, wire.size());
    ASSERT_EQ(say(*found.content), say(quick_ack{token}));
  }
  EXPECT_EQ(lengths, (std::set<std::size_t>{8, 9, 10, 11, 12, 13, 14, 15, 16}));
}

//= DIV-30 test
TEST_F(PaddedIntermediate, TakesTheQuickAcksOfTheReferenceProxy) {
  const quick_ack ack{0xf0f00e3a};
  // A bare token; framed; framed with one integer more.
  for (const char* wire :
       {"3a0ef0f0", "08000000ffffffff3a0ef0f0", "0c000000ffffffff3a0ef0f000000000"})
    EXPECT_EQ(say(*read_whole(client_, bytes(wire)).content), say(ack)) << wire;
  // A frame of zeros means nothing.
  for (const char* wire : {"0400000000000000", "080000000000000012345678"}) {
    const auto found = read_whole(client_, bytes(wire));
    EXPECT_EQ(found.size, bytes(wire).size());
    EXPECT_FALSE(found.content);
  }
}

//= TR-14 test
//= TR-26 test
//= DIV-31 test
TEST_F(PaddedIntermediate, TakesTransportErrorsWithAnyPadding) {
  for (const std::int32_t code : {-404, -429, -444, -403, -500, -2, INT32_MIN})
    for (std::size_t padding = 0; padding <= 12; ++padding) {
      core::byte_buffer content(4);
      core::store_le(content.data(), code);
      core::append(content, noise(padding));
      EXPECT_EQ(say(*read_whole(client_, framed(content)).content), say(transport_error{code}));
    }
}

//= DIV-31 test
TEST_F(PaddedIntermediate, PadsTransportErrorsOnlyWhenTold) {
  core::byte_buffer bare;
  server_.write_transport_error(-404, false, bare);
  EXPECT_EQ(core::to_hex(bare), "040000006cfeffff");

  std::set<std::size_t> lengths;
  for (int i = 0; i < 500; ++i) {
    core::byte_buffer wire;
    server_.write_transport_error(-429, true, wire);
    lengths.insert(core::load_le<std::uint32_t>(wire.data()));
    ASSERT_EQ(say(*read_whole(client_, wire).content), say(transport_error{-429}));
  }
  EXPECT_EQ(lengths.size(), 13u);
  EXPECT_EQ(*lengths.begin(), 4u);
  EXPECT_EQ(*lengths.rbegin(), 16u);
}

TEST_F(PaddedIntermediate, RefusesShortFramesThatMeanNothing) {
  const auto code_of = [&](std::string_view content) {
    return read_failure(client_, framed(bytes(content))).code;
  };
  EXPECT_EQ(code_of("01"), errc::bad_short_frame);
  EXPECT_EQ(code_of("ffffff"), errc::bad_short_frame);
  EXPECT_EQ(code_of("ffffffff"), errc::bad_short_frame);
  EXPECT_EQ(code_of("ffffffff3a0ef0"), errc::bad_short_frame);
  // A token without bit 31 answers no packet.
  EXPECT_EQ(code_of("ffffffff3a0ef070"), errc::bad_short_frame);
  EXPECT_EQ(code_of("01000000"), errc::bad_short_frame);
  EXPECT_EQ(code_of("94010000000000000000000000000000"), errc::bad_short_frame);
}

}  // namespace
}  // namespace corogram::transport

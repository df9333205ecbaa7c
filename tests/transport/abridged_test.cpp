#include "support.hpp"
#include "support/vectors.hpp"

#include <corogram/transport/abridged.hpp>
#include <corogram/transport/errc.hpp>

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace corogram::transport {
namespace {

using namespace test;

constexpr std::size_t limit = 1 << 20;
const abridged client(role::client, limit);
const abridged server(role::server, limit);

core::byte_buffer written(const abridged& by, core::byte_view payload, bool quick_ack = false) {
  return framed(by, payload, quick_ack);
}

core::byte_view head(const core::byte_buffer& wire, std::size_t size) {
  return core::byte_view(wire).first(size);
}

//= TR-02 test
TEST(Abridged, WritesTheVectorsFrame) {
  const auto vectors = corogram::test::read_vectors(COROGRAM_TEST_DATA "/framings.txt");
  core::byte_buffer wire(abridged::tag.begin(), abridged::tag.end());
  core::append(wire, written(client, vectors["payload"]));
  EXPECT_EQ(wire, vectors["abridged"]);
}

//= TR-02 test
//= TR-03 test
TEST(Abridged, ChangesToTheLongLengthAt508Bytes) {
  EXPECT_EQ(core::to_hex(head(written(client, noise(504)), 1)), "7e");
  EXPECT_EQ(core::to_hex(head(written(client, noise(508)), 4)), "7f7f0000");
  EXPECT_EQ(core::to_hex(head(written(client, noise(1024)), 4)), "7f000100");
}

//= TR-04 test
TEST(Abridged, AsksForAQuickAckInTheFirstByte) {
  EXPECT_EQ(core::to_hex(head(written(client, noise(40), true), 1)), "8a");
  EXPECT_EQ(core::to_hex(head(written(client, noise(1024), true), 4)), "ff000100");
  for (const std::size_t size : std::vector<std::size_t>{40, 504, 508, 1024}) {
    const core::byte_buffer wire = written(client, noise(size), true);
    EXPECT_EQ(say(*read_whole(server, wire).content), say(noise(size), true)) << size;
  }
}

TEST(Abridged, CarriesPayloadsOfAllSizesBothWays) {
  for (const std::size_t size :
       std::vector<std::size_t>{4, 8, 500, 504, 508, 512, 1024, 65536, 1 << 20}) {
    const core::byte_buffer payload = noise(size);
    for (const auto& [from, to] : {std::pair(client, server), std::pair(server, client)}) {
      core::byte_buffer wire = written(from, payload);
      EXPECT_EQ(check_prefixes(to, size <= 1024 ? wire : written(from, noise(512))), "") << size;
      wire.push_back(0x55);
      const auto found = read_whole(to, wire);
      EXPECT_EQ(found.size, wire.size() - 1);
      if (size > 4) {
        EXPECT_EQ(say(*found.content), say(payload)) << size;
      }
    }
  }
}

//= TR-45 test
TEST(Abridged, RefusesLengthsOutOfRangeBeforeThePayloadComes) {
  // Limit plus one word; a limit below; zero in both forms; the long form of a short length.
  const auto above = core::concat(bytes("7f"), bytes("010004"));
  EXPECT_EQ(read_failure(server, above).code, errc::bad_length);
  EXPECT_EQ(read_failure(client, above).code, errc::bad_length);
  EXPECT_EQ(read_failure(server, bytes("00")).code, errc::bad_length);
  EXPECT_EQ(read_failure(client, bytes("00")).code, errc::bad_length);
  EXPECT_EQ(read_failure(server, bytes("80")).code, errc::bad_length);
  EXPECT_EQ(read_failure(server, bytes("7f000000")).code, errc::bad_length);
  EXPECT_EQ(read_failure(abridged(role::server, 36), bytes("0a")).code, errc::bad_length);
  EXPECT_FALSE(read_failure(abridged(role::server, 40), bytes("0a")).code);
}

//= PROXY-11 test
TEST(Abridged, RefusesTheLongFormOfAShortLength) {
  EXPECT_EQ(read_failure(server, bytes("7f100000")).code, errc::bad_length);
  EXPECT_EQ(read_failure(server, bytes("7f7e0000")).code, errc::bad_length);
  EXPECT_FALSE(read_failure(server, bytes("7f7f0000")).code);
}

//= TR-05 test
TEST(Abridged, TellsEveryQuickAckFromALength) {
  const auto vectors = corogram::test::read_vectors(COROGRAM_TEST_DATA "/quick_ack.txt");
  const auto token = core::load_le<std::uint32_t>(vectors["token"].data());
  core::byte_buffer wire;
  server.write_quick_ack(token, wire);
  EXPECT_EQ(wire, vectors["abridged"]);

  for (unsigned first = 0x80; first <= 0xff; ++first) {
    const quick_ack ack{first << 24 | 0x0a7f00};
    core::byte_buffer one;
    server.write_quick_ack(ack.token, one);
    EXPECT_EQ(check_prefixes(client, one), "");
    const auto found = read_whole(client, one);
    EXPECT_EQ(found.size, 4u);
    EXPECT_EQ(say(*found.content), say(ack));
  }
}

//= TR-26 test
//= TR-27 test
TEST(Abridged, CarriesTransportErrors) {
  core::byte_buffer wire;
  server.write_transport_error(-404, wire);
  EXPECT_EQ(core::to_hex(wire), "016cfeffff");
  for (const std::int32_t code : {-404, -429, -444, -403, -1, -500, -77777, INT32_MIN}) {
    core::byte_buffer one;
    server.write_transport_error(code, one);
    EXPECT_EQ(check_prefixes(client, one), "");
    EXPECT_EQ(say(*read_whole(client, one).content), say(transport_error{code}));
  }
  // Only a server sends errors.
  EXPECT_EQ(say(*read_whole(server, wire).content), say(bytes("6cfeffff")));
}

}  // namespace
}  // namespace corogram::transport

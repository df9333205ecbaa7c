#include "support.hpp"
#include "support/vectors.hpp"

#include <corogram/transport/errc.hpp>
#include <corogram/transport/intermediate.hpp>

#include <gtest/gtest.h>

#include <vector>

namespace corogram::transport {
namespace {

using namespace test;

constexpr std::size_t limit = 1 << 20;
const intermediate client(role::client, limit);
const intermediate server(role::server, limit);

core::byte_buffer written(const intermediate& by, core::byte_view payload, bool quick_ack = false) {
  return framed(by, payload, quick_ack);
}

//= TR-07 test
TEST(Intermediate, WritesTheVectorsFrame) {
  const auto vectors = corogram::test::read_vectors(COROGRAM_TEST_DATA "/framings.txt");
  core::byte_buffer wire(intermediate::tag.begin(), intermediate::tag.end());
  core::append(wire, written(client, vectors["payload"]));
  EXPECT_EQ(wire, vectors["intermediate"]);
}

//= TR-08 test
TEST(Intermediate, AsksForAQuickAckInTheTopBitOfTheLength) {
  const core::byte_buffer wire = written(client, noise(40), true);
  EXPECT_EQ(core::to_hex(core::byte_view(wire).first(4)), "28000080");
  EXPECT_EQ(say(*read_whole(server, wire).content), say(noise(40), true));
}

TEST(Intermediate, CarriesPayloadsOfAllSizesBothWays) {
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
TEST(Intermediate, RefusesLengthsOutOfRangeBeforeThePayloadComes) {
  for (const auto* side : {&client, &server}) {
    EXPECT_EQ(read_failure(*side, bytes("00000000")).code, errc::bad_length);
    EXPECT_EQ(read_failure(*side, bytes("04001000")).code, errc::bad_length);
    EXPECT_EQ(read_failure(*side, bytes("ffffff7f")).code, errc::bad_length);
    EXPECT_FALSE(read_failure(*side, bytes("00001000")).code);
  }
  // For a server the top bit asks for a quick ack; what is left is judged all the same.
  EXPECT_EQ(read_failure(server, bytes("00000080")).code, errc::bad_length);
  EXPECT_EQ(read_failure(server, bytes("ffffffff")).code, errc::bad_length);
}

//= TR-09 test
TEST(Intermediate, CarriesQuickAcksAsTheyAre) {
  const auto vectors = corogram::test::read_vectors(COROGRAM_TEST_DATA "/quick_ack.txt");
  const auto token = core::load_le<std::uint32_t>(vectors["token"].data());
  core::byte_buffer wire;
  server.write_quick_ack(token, wire);
  EXPECT_EQ(wire, vectors["token"]);
  EXPECT_EQ(check_prefixes(client, wire), "");
  const auto found = read_whole(client, wire);
  EXPECT_EQ(found.size, 4u);
  EXPECT_EQ(say(*found.content), say(quick_ack{token}));
}

//= TR-26 test
//= TR-27 test
TEST(Intermediate, CarriesTransportErrors) {
  core::byte_buffer wire;
  server.write_transport_error(-404, wire);
  EXPECT_EQ(core::to_hex(wire), "040000006cfeffff");
  for (const std::int32_t code : {-404, -429, -444, -403, -1, -500, -77777, INT32_MIN}) {
    core::byte_buffer one;
    server.write_transport_error(code, one);
    EXPECT_EQ(check_prefixes(client, one), "");
    EXPECT_EQ(say(*read_whole(client, one).content), say(transport_error{code}));
  }
  // 4 bytes that are not negative are a packet, which its own layer refuses.
  EXPECT_EQ(say(*read_whole(client, bytes("0400000001000000")).content), say(bytes("01000000")));
  EXPECT_EQ(say(*read_whole(server, wire).content), say(bytes("6cfeffff")));
}

}  // namespace
}  // namespace corogram::transport

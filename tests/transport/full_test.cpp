#include "support.hpp"
#include "support/vectors.hpp"

#include <corogram/transport/errc.hpp>
#include <corogram/transport/full.hpp>

#include <gtest/gtest.h>

#include <vector>

namespace corogram::transport {
namespace {

using namespace test;

constexpr std::size_t limit = 1 << 20;

core::byte_buffer written(full& by, core::byte_view payload) {
  return framed(by, payload);
}

//= TR-15 test
//= TR-17 test
TEST(Full, WritesTheVectorsFrame) {
  const auto vectors = corogram::test::read_vectors(COROGRAM_TEST_DATA "/framings.txt");
  full client(role::client, limit);
  EXPECT_EQ(written(client, vectors["payload"]), vectors["full"]);
}

//= TR-16 test
TEST(Full, NumbersTheFramesOfEachDirectionFromZero) {
  full client(role::client, limit);
  full server(role::server, limit);
  for (std::uint32_t number = 0; number < 3; ++number) {
    for (auto [from, to] : {std::pair(&client, &server), std::pair(&server, &client)}) {
      const core::byte_buffer wire = written(*from, encrypted(1));
      EXPECT_EQ(core::load_le<std::uint32_t>(wire.data() + 4), number);
      EXPECT_EQ(say(*read_whole(*to, wire).content), say(encrypted(1)));
    }
  }
}

//= TR-16 test
TEST(Full, RefusesARepeatedOrSkippedNumberOnceItIsThere) {
  full client(role::client, limit);
  const core::byte_buffer first = written(client, encrypted(1));
  const core::byte_buffer second = written(client, encrypted(1));
  const core::byte_buffer third = written(client, encrypted(1));

  full server(role::server, limit);
  EXPECT_EQ(read_failure(server, second).code, errc::bad_sequence);
  EXPECT_EQ(read_failure(server, second).offset, 4u);
  read_whole(server, first);
  EXPECT_EQ(read_failure(server, first).code, errc::bad_sequence);
  EXPECT_EQ(read_failure(server, third).code, errc::bad_sequence);
  EXPECT_EQ(read_failure(server, core::byte_view(third).first(8)).code, errc::bad_sequence);
  read_whole(server, second);
  read_whole(server, third);
}

TEST(Full, CarriesPayloadsOfAllSizesBothWays) {
  for (const std::size_t size :
       std::vector<std::size_t>{4, 8, 500, 504, 508, 512, 1024, 65536, 1 << 20}) {
    const core::byte_buffer payload = noise(size);
    for (const auto& [from_side, to_side] :
         {std::pair(role::client, role::server), std::pair(role::server, role::client)}) {
      full from(from_side, limit);
      full to(to_side, limit);
      core::byte_buffer wire = written(from, payload);
      if (size <= 1024) {
        EXPECT_EQ(check_prefixes(to, wire), "") << size;
      }
      wire.push_back(0x55);
      const auto found = read_whole(to, wire);
      EXPECT_EQ(found.size, wire.size() - 1);
      if (size > 4) {
        EXPECT_EQ(say(*found.content), say(payload)) << size;
      }
    }
  }
}

//= TR-17 test
TEST(Full, RefusesAFrameWithAnyBitFlipped) {
  full client(role::client, limit);
  const core::byte_buffer wire = written(client, encrypted(2));
  for (std::size_t bit = 0; bit < wire.size() * 8; ++bit) {
    core::byte_buffer flipped = wire;
    flipped[bit / 8] = static_cast<core::byte>(flipped[bit / 8] ^ (1 << (bit % 8)));
    // Enough bytes behind it for every longer length that is within the limit.
    flipped.resize(limit + 64);
    full server(role::server, limit);
    EXPECT_TRUE(read_failure(server, flipped).code) << "bit " << bit;
  }
}

//= TR-45 test
TEST(Full, RefusesLengthsOutOfRangeBeforeThePayloadComes) {
  for (const char* length :
       {"00000000", "0c000000", "0d000000", "11000000", "10001000", "f4ffffff", "34000080"}) {
    full server(role::server, limit);
    EXPECT_EQ(read_failure(server, bytes(length)).code, errc::bad_length) << length;
  }
  full server(role::server, limit);
  EXPECT_FALSE(read_failure(server, bytes("0c001000")).code);
}

//= TR-26 test
//= TR-27 test
TEST(Full, CarriesTransportErrors) {
  full server(role::server, limit);
  full client(role::client, limit);
  for (const std::int32_t code : {-404, -429, -444, -403, -1, -500, -77777, INT32_MIN}) {
    core::byte_buffer wire;
    server.write_transport_error(code, wire);
    EXPECT_EQ(wire.size(), 16u);
    EXPECT_EQ(say(*read_whole(client, wire).content), say(transport_error{code}));
  }
}

}  // namespace
}  // namespace corogram::transport

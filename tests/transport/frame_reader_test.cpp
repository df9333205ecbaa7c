#include "support.hpp"

#include <corogram/transport/errc.hpp>
#include <corogram/transport/frame_reader.hpp>
#include <corogram/transport/receive_buffer.hpp>

#include <gtest/gtest.h>

namespace corogram::transport {
namespace {

using namespace test;

TEST(ReceiveBuffer, KeepsInOrderWhatIsNotTaken) {
  receive_buffer buffer;
  core::byte_buffer expected;
  core::test_random random(1);
  std::size_t taken = 0;
  for (std::uint64_t i = 1; i <= 200; ++i) {
    const core::byte_buffer more = noise(random.below(50), i);
    core::append(expected, more);
    EXPECT_TRUE(core::equal(buffer.append(more), more));
    ASSERT_TRUE(core::equal(buffer.waiting(), core::byte_view(expected).subspan(taken)));
    const std::size_t count = random.below(buffer.waiting().size() + 1);
    const core::byte_view before = buffer.waiting().first(count);
    buffer.take(count);
    EXPECT_TRUE(core::equal(before, core::byte_view(expected).subspan(taken, count)));
    taken += count;
    EXPECT_EQ(buffer.total_taken(), taken);
  }
}

TEST(ReceiveBuffer, GivesOutPlacesForChangingBytes) {
  receive_buffer buffer;
  buffer.append(bytes("0102"));
  for (core::byte& each : buffer.append(bytes("0304"))) each = static_cast<core::byte>(each + 0x10);
  EXPECT_EQ(core::to_hex(buffer.waiting()), "01021314");
}

class FrameReader : public ::testing::Test {
 protected:
  core::test_random random_{1};
  codec frames_{framing::intermediate, role::server, 1024, random_};
  frame_reader reader_;
};

TEST_F(FrameReader, GivesOneFrameACallAndKeepsItReadableUntilTheNext) {
  const core::byte_buffer wire =
      core::concat(bytes("04000000aaaaaaaa"), bytes("04000000bbbbbbbb"), bytes("04"));
  reader_.append(wire);
  const auto first = reader_.next(frames_);
  const core::byte_view payload = std::get<packet>(**first).payload;
  EXPECT_EQ(core::to_hex(payload), "aaaaaaaa");
  EXPECT_EQ(core::to_hex(std::get<packet>(**reader_.next(frames_)).payload), "bbbbbbbb");
  EXPECT_FALSE(reader_.next(frames_)->has_value());
  EXPECT_EQ(core::to_hex(reader_.waiting()), "04");
}

TEST_F(FrameReader, StaysFailedAndTakesNoMore) {
  reader_.append(bytes("04000000aaaaaaaa"));
  reader_.fail(core::error(errc::unknown_protocol, 3, "something else"));
  EXPECT_TRUE(reader_.append(bytes("0102030405")).empty());
  EXPECT_EQ(reader_.waiting().size(), 8u);
  for (int i = 0; i < 2; ++i) {
    const auto polled = reader_.next(frames_);
    ASSERT_FALSE(polled);
    EXPECT_EQ(polled.error().code, errc::unknown_protocol);
    EXPECT_EQ(polled.error().offset, 3u);
    EXPECT_EQ(polled.error().expected, "something else");
  }
}

TEST_F(FrameReader, PassesOverFramesThatMeanNothing) {
  codec padded(framing::padded_intermediate, role::client, 1024, random_);
  reader_.append(core::concat(bytes("0400000000000000"), bytes("0400000000000000"),
                              bytes("040000006cfeffff"), bytes("0400000000000000")));
  EXPECT_EQ(say(**reader_.next(padded)), say(transport_error{-404}));
  EXPECT_FALSE(reader_.next(padded)->has_value());
  EXPECT_TRUE(reader_.waiting().empty());
}

}  // namespace
}  // namespace corogram::transport

#include "support.hpp"

#include <corogram/transport/errc.hpp>
#include <corogram/transport/frame_reader.hpp>
#include <corogram/transport/receive_buffer.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

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
    buffer.append(more);
    EXPECT_TRUE(core::equal(buffer.fresh(), more));
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
  (void)buffer.fresh();
  buffer.append(bytes("0304"));
  for (core::byte& each : buffer.fresh()) each = static_cast<core::byte>(each + 0x10);
  EXPECT_EQ(core::to_hex(buffer.waiting()), "01021314");
}

TEST(ReceiveBuffer, LetsASocketReadBehindWhatWaits) {
  receive_buffer buffer;
  buffer.append(bytes("0102"));
  buffer.take(1);
  buffer.reserve(4);
  ASSERT_GE(buffer.space().size(), 4u);
  std::ranges::copy(bytes("0304"), buffer.space().begin());
  buffer.commit(2);
  EXPECT_EQ(core::to_hex(buffer.waiting()), "020304");
  EXPECT_EQ(core::to_hex(buffer.fresh()), "020304");
  EXPECT_TRUE(buffer.fresh().empty());
}

class FrameReader : public ::testing::Test {
 protected:
  core::test_random random_{1};
  codec frames_{framing::intermediate, role::server, 1024, random_};
  frame_reader reader_;
};

TEST_F(FrameReader, GivesOneFrameACallAndKeepsThemReadableUntilMoreBytesCome) {
  const core::byte_buffer wire =
      core::concat(bytes("04000000aaaaaaaa"), bytes("04000000bbbbbbbb"), bytes("04"));
  reader_.append(wire);
  const auto first = reader_.next(frames_);
  const core::byte_view payload = std::get<packet>(**first).payload;
  EXPECT_EQ(core::to_hex(payload), "aaaaaaaa");
  EXPECT_EQ(core::to_hex(std::get<packet>(**reader_.next(frames_)).payload), "bbbbbbbb");
  EXPECT_FALSE(reader_.next(frames_)->has_value());
  EXPECT_EQ(core::to_hex(payload), "aaaaaaaa");
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

/// Reads `wire` as a socket does that always fills the room that it is given, and returns how large
/// each piece was.
std::vector<std::size_t> read_by_lending(frame_reader& reader, codec& frames, core::byte_view wire,
                                         core::byte_buffer& payload) {
  std::vector<std::size_t> pieces;
  while (!wire.empty()) {
    receive_buffer lent = reader.lend();
    const std::size_t count = std::min(lent.space().size(), wire.size());
    std::ranges::copy(wire.first(count), lent.space().begin());
    lent.commit(count);
    wire = wire.subspan(count);
    pieces.push_back(count);
    EXPECT_EQ(reader.append(std::move(lent)).size(), count);
    const auto found = reader.next(frames);
    if (found && *found) {
      const core::byte_view view = std::get<packet>(**found).payload;
      payload.assign(view.begin(), view.end());
    }
  }
  return pieces;
}

TEST_F(FrameReader, LendsRoomThatGrowsWithWhatHasComeOfAFrame) {
  codec frames(framing::intermediate, role::server, std::size_t{4} << 20, random_);
  const core::byte_buffer sent = noise(std::size_t{4} << 20);
  core::byte_buffer payload;
  const auto pieces = read_by_lending(
      reader_, frames, framed(intermediate(role::client, sent.size()), sent, false), payload);
  EXPECT_EQ(payload, sent);
  EXPECT_EQ(pieces, (std::vector<std::size_t>{least_read_size, least_read_size * 15,
                                              sent.size() + 4 - least_read_size * 16}));
}

TEST_F(FrameReader, AnAnnouncedLengthAloneTakesNoMemory) {
  codec frames(framing::intermediate, role::server, std::size_t{4} << 20, random_);
  reader_.append(bytes("0000400001020304"));
  EXPECT_FALSE(reader_.next(frames)->has_value());
  receive_buffer lent = reader_.lend();
  EXPECT_EQ(lent.waiting().size(), 8u);
  EXPECT_LE(lent.space().size(), least_read_size);
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

#include <corogram/core/random.hpp>
#include <corogram/mtproto/msg_id.hpp>
#include <corogram/mtproto/seq_no.hpp>

#include <gtest/gtest.h>

namespace corogram::mtproto {
namespace {

using namespace std::chrono_literals;

//= DESC-15 test
//= DESC-16 test
TEST(MsgId, HoldsTheSecondsInItsUpperHalfAndTheirFractionInTheLower) {
  msg_id_source ids(role::client);
  EXPECT_EQ(ids.next(1'707'425'106s + 500ms), 0x65C53D5280000000);
  EXPECT_EQ(ids.next(1'707'425'106s + 750ms), 0x65C53D52C0000000);
}

//= DESC-12 test
//= DESC-14 test
//= DESC-16 test
TEST(MsgId, RisesThroughBurstsAndClocksThatRunBackwards) {
  msg_id_source ids(role::client);
  core::test_random random(1);
  std::chrono::nanoseconds time = 1'707'425'106s;
  std::int64_t last = 0;
  for (int i = 0; i < 10000; ++i) {
    const auto id = ids.next(time);
    ASSERT_GT(id, last);
    ASSERT_EQ(id & 3, 0);
    ASSERT_NE(id & 0xffffffff, 0);
    last = id;
    if (random.below(3) == 0)
      time += std::chrono::nanoseconds(static_cast<std::int64_t>(random.below(2'000'000'000)) -
                                       900'000'000);
  }
}

//= DESC-13 test
//= DESC-14 test
TEST(MsgId, OfTheServerSaysWhetherItAnswers) {
  msg_id_source ids(role::server);
  std::int64_t last = 0;
  for (int i = 0; i < 100; ++i) {
    const bool response = i % 3 == 0;
    const auto id = ids.next(1'707'425'106s, response);
    EXPECT_GT(id, last);
    EXPECT_EQ(id & 3, response ? 1 : 3);
    last = id;
  }
}

//= DESC-17 test
TEST(MsgId, IsTimelyFrom300SecondsBehindTo30SecondsAhead) {
  const std::chrono::nanoseconds now = 1'707'425'106s + 500ms;
  const auto age_at = [&](std::chrono::nanoseconds offset) {
    return age_of(first_msg_id_at(now + offset), now);
  };
  EXPECT_EQ(age_at(-299s), age::fine);
  EXPECT_EQ(age_at(-301s), age::too_low);
  EXPECT_EQ(age_at(29s), age::fine);
  EXPECT_EQ(age_at(31s), age::too_high);
  EXPECT_EQ(age_of(0, now), age::too_low);
  EXPECT_EQ(age_of(-1, now), age::too_high);
  EXPECT_EQ(age_of(std::numeric_limits<std::int64_t>::max(), now), age::too_high);
  EXPECT_EQ(age_of(std::numeric_limits<std::int64_t>::min(), now), age::too_high);
}

TEST(MsgId, GivesItsTimeBackToTheNanosecond) {
  core::test_random random(2);
  for (int i = 0; i < 1000; ++i) {
    const std::chrono::nanoseconds time(
        static_cast<std::int64_t>(random.below(2'000'000'000ull * 1'000'000'000)));
    const auto back = time_of(first_msg_id_at(time));
    EXPECT_LE(back, time);
    EXPECT_GE(back, time - 3ns);
  }
}

//= DESC-20 test
TEST(SeqNo, CountsWhatIsContentRelated) {
  seq_no_source numbers;
  EXPECT_EQ(numbers.next(true), 1);
  EXPECT_EQ(numbers.next(false), 2);
  EXPECT_EQ(numbers.next(true), 3);
  EXPECT_EQ(numbers.next(false), 4);
  EXPECT_EQ(numbers.next(false), 4);
  EXPECT_EQ(numbers.next(true), 5);
}

}  // namespace
}  // namespace corogram::mtproto

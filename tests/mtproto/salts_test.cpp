#include <corogram/mtproto/acks.hpp>
#include <corogram/mtproto/salts.hpp>
#include <corogram/mtproto/server_clock.hpp>

#include <gtest/gtest.h>

#include <set>

namespace corogram::mtproto {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t t0 = 1'707'425'106;
constexpr std::int64_t first = 0x1234;

//= DESC-09 test
//= DESC-10 test
TEST(SaltSchedule, ChangesEvery30MinutesAndTakesTheOldSaltForAnother30) {
  core::test_random random(1);
  salt_schedule salts(first, t0);
  EXPECT_EQ(salts.current(t0, random), first);
  EXPECT_EQ(salts.current(t0 + 1799, random), first);
  const auto second = salts.current(t0 + 1800, random);
  EXPECT_NE(second, first);
  EXPECT_TRUE(salts.accepts(first, t0 + 1800 + 1799, random));
  EXPECT_FALSE(salts.accepts(first, t0 + 1800 + 1801, random));
  EXPECT_TRUE(salts.accepts(second, t0 + 3601, random));
  EXPECT_FALSE(salts.accepts(first, t0 + 1800, random) && salts.accepts(0x777, t0 + 1800, random));
}

//= SM-14 test
TEST(SaltSchedule, TellsTheComingSaltsAndKeepsToThem) {
  core::test_random random(1);
  salt_schedule salts(first, t0);
  const auto list = salts.upcoming(64, t0 + 10, random);
  ASSERT_EQ(list.size(), 64u);
  EXPECT_EQ(list[0], (salt_period{t0, t0 + 3600, first}));
  std::set<std::int64_t> distinct;
  for (std::size_t i = 0; i < list.size(); ++i) {
    distinct.insert(list[i].salt);
    const auto inside = list[i].valid_since + 5;
    EXPECT_EQ(salts.current(inside, random), list[i].salt);
    EXPECT_TRUE(salts.accepts(list[i].salt, inside, random));
    if (i + 1 < list.size()) {
      EXPECT_FALSE(salts.accepts(list[i + 1].salt, inside, random));
    }
  }
  EXPECT_EQ(distinct.size(), 64u);
  EXPECT_FALSE(distinct.contains(0));
}

TEST(SaltSchedule, BeginsAnewAfterALongSilenceAndForAKeyWithoutASalt) {
  core::test_random random(1);
  salt_schedule salts(0, t0);
  EXPECT_NE(salts.current(t0, random), 0);
  const auto much_later = t0 + 400'000'000;
  const auto salt = salts.current(much_later, random);
  EXPECT_TRUE(salts.accepts(salt, much_later, random));
  EXPECT_EQ(salts.upcoming(1, much_later, random).front().valid_since, much_later);
}

//= DESC-48 test
//= SM-17 test
TEST(SaltStore, UsesTheSaltOfTheKeyExchangeUntilItKnowsBetterAndThenTheListInTime) {
  salt_store salts(first, {});
  EXPECT_EQ(salts.current(t0 + 100'000), first);
  EXPECT_TRUE(salts.wants_more(t0));
  std::vector<salt_period> list;
  for (int i = 0; i < 4; ++i) list.push_back({t0 + 1800 * i, t0 + 1800 * i + 3600, first + i});
  salts.learned(list, t0);
  EXPECT_FALSE(salts.wants_more(t0));
  EXPECT_EQ(salts.current(t0 + 1900), first);
  EXPECT_EQ(salts.current(t0 + 3600 - 59), first + 1);
  EXPECT_EQ(salts.current(t0 + 3600 - 59), first + 1);
  EXPECT_EQ(salts.current(t0 + 5400 - 30), first + 2);
  EXPECT_TRUE(salts.wants_more(t0 + 5400));
  // All over: the last one has to do until the server says another.
  EXPECT_EQ(salts.current(t0 + 50'000), first + 2);
  EXPECT_TRUE(salts.corrected(99, t0 + 50'000));
  EXPECT_FALSE(salts.corrected(99, t0 + 50'001));
  EXPECT_EQ(salts.current(t0 + 50'002), 99);

  salt_store stored(0, list);
  EXPECT_EQ(stored.current(t0 + 2000), first + 1);
}

//= SMM-03 test
//= SMM-06 test
TEST(AckQueue, IsDueByCountOrByTimeAndHandsOver8192AtOnce) {
  ack_queue acks(30s, 16);
  core::instant now{1000s, 0s};
  EXPECT_FALSE(acks.due(now));
  EXPECT_EQ(acks.poll_deadline(), std::nullopt);
  acks.add(1, now);
  EXPECT_FALSE(acks.due(core::later(now, 29s)));
  EXPECT_TRUE(acks.due(core::later(now, 30s)));
  EXPECT_EQ(acks.poll_deadline(), core::deadline(1030s));
  for (int i = 2; i <= 16; ++i) acks.add(i, now);
  EXPECT_TRUE(acks.due(now));
  acks.settle(16);
  EXPECT_FALSE(acks.due(now));
  for (int i = 100; i < 100 + 8192; ++i) acks.add(i, now);
  EXPECT_EQ(acks.take().size(), 8192u);
  EXPECT_EQ(acks.take().size(), 15u);
  EXPECT_TRUE(acks.empty());
  for (int i = 0; i < 100'000; ++i) acks.add(i, now);
  std::size_t waiting = 0;
  while (!acks.empty()) waiting += acks.take().size();
  EXPECT_EQ(waiting, 2u * 8192);
}

//= DIV-13 test
TEST(SaltStore, AListThatACorrectionContradictsIsForgotten) {
  const std::vector<salt_period> promised{{0, 3600, 1}, {1800, 5400, 2}, {3600, 7200, 3}};
  // Another salt than the list has for now; one that the list has for another time; and one that it
  // would have us leave at once.
  for (const auto& [salt, now] : {std::pair(9, 2000), std::pair(3, 2000), std::pair(1, 3590)}) {
    salt_store salts(1, promised);
    salts.corrected(salt, now);
    EXPECT_TRUE(salts.known().empty()) << salt;
    EXPECT_TRUE(salts.wants_more(now));
    EXPECT_EQ(salts.current(now), salt);
    EXPECT_EQ(salts.current(now + 4000), salt);
  }
  salt_store salts(1, promised);
  salts.corrected(2, 2000);
  EXPECT_EQ(salts.known().size(), 3u);
  EXPECT_EQ(salts.current(2000), 2);
}

//= GEN-08 test
TEST(ServerClock, FollowsCorrectionsAndOutlivesJumpsOfOurOwnClock) {
  server_clock clock(0s, false);
  core::instant now{100s, 1000s};
  EXPECT_FALSE(clock.observe(now));
  EXPECT_FALSE(clock.known());
  clock.correct(4600s, now);
  EXPECT_TRUE(clock.known());
  EXPECT_EQ(clock.offset(), 3600s);
  now = core::later(now, 5s);
  EXPECT_FALSE(clock.observe(now));
  EXPECT_EQ(clock.time(now), 4605s);
  // Set back by an hour: the server's time goes on.
  now.wall -= 3600s;
  EXPECT_TRUE(clock.observe(now));
  EXPECT_EQ(clock.time(now), 4605s);
  EXPECT_TRUE(clock.known());
  // Ahead by an hour, as after a sleep: believed, but not for sure.
  now.wall += 3600s;
  EXPECT_FALSE(clock.observe(now));
  EXPECT_EQ(clock.time(now), 8205s);
  EXPECT_FALSE(clock.known());
}

}  // namespace
}  // namespace corogram::mtproto

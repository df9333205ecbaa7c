#include <corogram/rpc/backoff.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <vector>

namespace corogram::rpc {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

backoff_options from_to(nanoseconds initial, nanoseconds maximum) {
  backoff_options options;
  options.initial = initial;
  options.maximum = maximum;
  return options;
}

TEST(Backoff, EachPauseLiesInTheUpperHalfOfAStepThatDoublesUpToTheMaximum) {
  core::test_random random(1);
  for (int round = 0; round < 1000; ++round) {
    backoff pauses(from_to(milliseconds(100), milliseconds(500)));
    for (const auto step : {100, 200, 400, 500, 500, 500}) {
      const nanoseconds pause = pauses.next(random);
      ASSERT_GE(pause, milliseconds(step) / 2);
      ASSERT_LE(pause, milliseconds(step));
    }
  }
}

TEST(Backoff, PausesOfManyClientsAreSpread) {
  core::test_random random(2);
  std::vector<nanoseconds> first;
  for (int client = 0; client < 100; ++client)
    first.push_back(backoff(from_to(seconds(1), seconds(8))).next(random));
  const auto [least, most] = std::ranges::minmax(first);
  EXPECT_LT(least, milliseconds(550));
  EXPECT_GT(most, milliseconds(950));
}

TEST(Backoff, ASuccessBeginsAnew) {
  core::test_random random(3);
  backoff pauses(from_to(milliseconds(1), seconds(100)));
  for (int i = 0; i < 10; ++i) (void)pauses.next(random);
  EXPECT_EQ(pauses.failures(), 10u);
  pauses.reset();
  EXPECT_EQ(pauses.failures(), 0u);
  EXPECT_LE(pauses.next(random), milliseconds(1));
}

TEST(Backoff, ExtremeOptionsNeitherOverflowNorHang) {
  core::test_random random(4);
  backoff longest(from_to(nanoseconds::max(), nanoseconds::max()));
  backoff growing(from_to(nanoseconds(1), nanoseconds::max()));
  backoff none(from_to(nanoseconds(0), seconds(1)));
  backoff negative(from_to(seconds(1), seconds(-1)));
  for (int i = 0; i < 200; ++i) {
    EXPECT_GE(longest.next(random), nanoseconds::max() / 2);
    EXPECT_GE(growing.next(random), nanoseconds(0));
    EXPECT_EQ(none.next(random), nanoseconds(0));
    EXPECT_EQ(negative.next(random), nanoseconds(0));
  }
}

}  // namespace
}  // namespace corogram::rpc

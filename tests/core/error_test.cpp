#include <corogram/core/result.hpp>

#include <gtest/gtest.h>

#include <memory>

namespace corogram::core {
namespace {

TEST(Error, MessageNamesLayerOffsetAndExpectation) {
  const error failure(errc::truncated, 12, "an auth_key_id");
  EXPECT_EQ(failure.message(),
            "corogram.core: the input ends too early, at byte 12, expected an auth_key_id");
}

TEST(Error, MessageLeavesOutWhatIsNotKnown) {
  EXPECT_EQ(error(errc::trailing_bytes).message(), "corogram.core: bytes are left over");
}

TEST(Error, AtAddsTheBaseOfTheEnclosingInput) {
  EXPECT_EQ(error(errc::truncated, 4).at(100).offset, 104u);
  EXPECT_EQ(error(errc::truncated).at(100).offset, 100u);
}

result<int> half(int n) {
  if (n % 2 != 0) return errc::bad_length;
  return n / 2;
}

result<int> quarter(int n) {
  COROGRAM_TRY(const int h, half(n));
  COROGRAM_TRY(const int q, half(h));
  return q;
}

result<void> check_even(int n) {
  COROGRAM_CHECK(half(n));
  return {};
}

TEST(Result, TryPassesOnTheFirstError) {
  EXPECT_EQ(*quarter(12), 3);
  EXPECT_EQ(quarter(6).error().code, errc::bad_length);
  EXPECT_TRUE(check_even(2));
  EXPECT_FALSE(check_even(3));
}

TEST(Result, HoldsMoveOnlyValues) {
  result<std::unique_ptr<int>> r = std::make_unique<int>(7);
  const std::unique_ptr<int> taken = *std::move(r);
  EXPECT_EQ(*taken, 7);
}

TEST(ResultDeathTest, TakingAValueThatIsNotThereEndsTheProgram) {
  result<int> failed = errc::internal;
  EXPECT_DEATH((void)*failed, "");
}

}  // namespace
}  // namespace corogram::core

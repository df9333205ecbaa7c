#include <corogram/core/random.hpp>
#include <corogram/crypto/detail/elliptic_curves.hpp>
#include <corogram/crypto/pq.hpp>

#include <gtest/gtest.h>

#include <cstdint>

namespace corogram::crypto::detail {
namespace {

std::uint64_t random_prime(core::test_random& random, int bits) {
  const std::uint64_t top = std::uint64_t{1} << (bits - 1);
  std::uint64_t n = top | random.below(top);
  while (!is_prime(n)) n = top | random.below(top);
  return n;
}

TEST(CurveFactor, FindsPrimesOf31And32BitsByItself) {
  core::test_random random(41);
  for (int i = 0; i < 400; ++i) {
    const std::uint64_t p = random_prime(random, 31 + i % 2), q = random_prime(random, 32);
    const std::uint64_t factor = curve_factor(p * q, 64);
    EXPECT_TRUE(factor == p || factor == q) << p << " * " << q << ": " << factor;
  }
}

TEST(CurveFactor, FindsMostOfThemWithinEightCurves) {
  core::test_random random(42);
  int found = 0;
  for (int i = 0; i < 400; ++i)
    if (curve_factor(random_prime(random, 32) * random_prime(random, 32), 8) != 1) ++found;
  EXPECT_GT(found, 300);
}

TEST(CurveFactor, FindsTheRootOfASquare) {
  core::test_random random(43);
  for (int i = 0; i < 50; ++i) {
    const std::uint64_t p = random_prime(random, 32);
    EXPECT_EQ(curve_factor(p * p, 64), p);
  }
}

TEST(CurveFactor, FindsNothingInAPrime) {
  core::test_random random(44);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(curve_factor(random_prime(random, 20 + 2 * i), 16), 1u);
}

TEST(CurveFactor, FindsNothingOnNoCurve) {
  EXPECT_EQ(curve_factor(15, 0), 1u);
}

TEST(CurveFactor, NeverNamesWhatDoesNotDivide) {
  core::test_random random(45);
  for (int i = 0; i < 2000; ++i) {
    const std::uint64_t n = (random.next() >> random.below(60)) | 1;
    const std::uint64_t factor = curve_factor(n, 3);
    ASSERT_NE(factor, 0u) << n;
    ASSERT_EQ(n % factor, 0u) << n;
    ASSERT_TRUE(factor == 1 || factor != n) << n;
  }
}

}  // namespace
}  // namespace corogram::crypto::detail

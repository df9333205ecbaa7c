#include <corogram/core/random.hpp>
#include <corogram/crypto/detail/montgomery.hpp>

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

namespace corogram::crypto::detail {
namespace {

std::uint64_t remainder(uint128 of, std::uint64_t n) {
  return static_cast<std::uint64_t>(of % n);
}

TEST(Montgomery, AgreesWithDivisionForEverySizeOfModulus) {
  core::test_random random(31);
  std::vector<std::uint64_t> moduli{3, 5, 4294967295, 9223372036854775807, 18446744073709551615u};
  for (int bits = 2; bits <= 64; ++bits)
    moduli.push_back((random.next() >> (64 - bits)) | 1 | std::uint64_t{1} << (bits - 1));

  for (const std::uint64_t n : moduli) {
    const montgomery mod(n);
    std::vector<std::uint64_t> numbers{0, 1, 2, n / 2, n - 2, n - 1};
    for (int i = 0; i < 6; ++i) numbers.push_back(random.next());
    for (const std::uint64_t a : numbers)
      for (const std::uint64_t b : numbers) {
        const std::uint64_t x = a % n, y = b % n, in_x = mod.enter(a), in_y = mod.enter(b);
        ASSERT_EQ(mod.leave(in_x), x) << n;
        ASSERT_EQ(mod.leave(mod.multiply(in_x, in_y)), remainder(uint128{x} * y, n)) << n;
        ASSERT_EQ(mod.leave(mod.multiply_add(in_x, in_y, in_x)), remainder(uint128{x} * y + x, n))
            << n;
        ASSERT_EQ(mod.leave(mod.add(in_x, in_y)), remainder(uint128{x} + y, n)) << n;
        ASSERT_EQ(mod.leave(mod.subtract(in_x, in_y)), remainder(uint128{x} + n - y, n)) << n;
      }
  }
}

TEST(Montgomery, RaisesToPowersAsFermatSays) {
  // The largest primes of 64, 63 and 32 bits.
  for (const std::uint64_t p : {18446744073709551557u, 9223372036854775783ul, 4294967291ul}) {
    const montgomery mod(p);
    EXPECT_EQ(mod.power(mod.enter(2), p - 1), mod.one());
    EXPECT_EQ(mod.leave(mod.power(mod.enter(3), 4)), 81u);
    EXPECT_EQ(mod.power(mod.enter(3), 0), mod.one());
  }
}

}  // namespace
}  // namespace corogram::crypto::detail

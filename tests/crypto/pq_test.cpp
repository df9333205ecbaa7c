#include "data.hpp"

#include <corogram/core/random.hpp>
#include <corogram/crypto/pq.hpp>

#include <gtest/gtest.h>
#include <openssl/bn.h>

#include <cstddef>
#include <vector>

namespace corogram::crypto {
namespace {

bool by_openssl(std::uint64_t n) {
  BIGNUM* const number = BN_new();
  BN_set_word(number, n);
  const bool prime = BN_check_prime(number, nullptr, nullptr) == 1;
  BN_free(number);
  return prime;
}

std::vector<std::uint64_t> primes_below(std::uint64_t limit) {
  std::vector<bool> composite(limit);
  std::vector<std::uint64_t> primes;
  for (std::uint64_t n = 2; n < limit; ++n) {
    if (composite[n]) continue;
    primes.push_back(n);
    for (std::uint64_t k = n * n; k < limit; k += n) composite[k] = true;
  }
  return primes;
}

// By another's verdict, so that a wrong one of ours cannot hide.
std::uint64_t random_prime(core::test_random& random, int bits) {
  const std::uint64_t top = std::uint64_t{1} << (bits - 1);
  std::uint64_t n = top | random.below(top);
  while (!by_openssl(n)) n = top | random.below(top);
  return n;
}

void expect_factors(std::uint64_t p, std::uint64_t q) {
  const auto found = factorize(p * q);
  ASSERT_TRUE(found) << p << " * " << q;
  EXPECT_EQ(*found, (prime_pair{std::min(p, q), std::max(p, q)}));
}

TEST(IsPrime, IsRightForEveryNumberUpTo200000) {
  std::vector<std::uint64_t> found;
  for (std::uint64_t n = 0; n < 200'000; ++n)
    if (is_prime(n)) found.push_back(n);
  EXPECT_EQ(found, primes_below(200'000));
}

TEST(IsPrime, AgreesWithOpenSslOnRandomNumbersOfAllSizes) {
  core::test_random random(19);
  int primes = 0;
  for (int round = 0; round < 3000; ++round) {
    const std::uint64_t n = (random.next() >> random.below(48)) | 1;
    EXPECT_EQ(is_prime(n), by_openssl(n)) << n;
    primes += is_prime(n) ? 1 : 0;
  }
  EXPECT_GT(primes, 50);
}

TEST(IsPrime, IsNotDeceivedByPseudoprimes) {
  // Two Carmichael numbers; then the smallest strong pseudoprimes to the first 4, 5, 6, 7 and 9
  // primes (OEIS A014233).
  for (const std::uint64_t n : {561u, 1729u}) EXPECT_FALSE(is_prime(n)) << n;
  for (const std::uint64_t n :
       {3215031751ul, 2152302898747ul, 3474749660383ul, 341550071728321ul, 3825123056546413051ul})
    EXPECT_FALSE(is_prime(n)) << n;
  // The smallest to the bases 2, 7 and 61 (G. Jaeschke, 1993); then to 2 and 3, to 2, 3 and 5, to 3
  // and 7, and to 2, 3 and 7.
  for (const std::uint64_t n : {4759123141ul, 1373653ul, 25326001ul, 1152271ul, 2284453ul})
    EXPECT_FALSE(is_prime(n)) << n;
  // The largest primes of 64 and 32 bits, and what is none beside them.
  EXPECT_TRUE(is_prime(18446744073709551557u));
  EXPECT_FALSE(is_prime(18446744073709551615u));
  EXPECT_TRUE(is_prime(4294967291u));
  EXPECT_FALSE(is_prime(4294967291u * 4294967291u));
}

//= AK-07 test
TEST(Factorize, TakesTheOfficialProductsApart) {
  int cases = 0;
  for (const test::vectors& known : data_cases("factorisation.txt")) {
    const auto found = factorize(known.number("pq"));
    ASSERT_TRUE(found) << known.text("source");
    EXPECT_EQ(*found, (prime_pair{known.number("p"), known.number("q")})) << known.text("source");
    ++cases;
  }
  EXPECT_EQ(cases, 3);
}

TEST(Factorize, TakesAllProductsOfTwoSmallPrimesApart) {
  const auto primes = primes_below(1500);
  for (std::size_t i = 0; i < primes.size(); ++i)
    for (std::size_t k = i; k < primes.size(); ++k) expect_factors(primes[i], primes[k]);
}

TEST(Factorize, TakesProductsOfPrimesOfAllSizesApart) {
  core::test_random random(20);
  for (int p_bits = 2; p_bits <= 32; ++p_bits)
    for (int q_bits = p_bits; q_bits <= 64 - p_bits; ++q_bits)
      for (int round = 0; round < 2; ++round)
        expect_factors(random_prime(random, p_bits), random_prime(random, q_bits));
}

TEST(Factorize, TakesSquaresOfPrimesApart) {
  core::test_random random(21);
  for (const std::uint64_t p : primes_below(70'000)) {
    if (p % 16 == 7 || p < 300) expect_factors(p, p);
  }
  for (int bits = 17; bits <= 32; ++bits)
    for (int round = 0; round < 20; ++round) {
      const std::uint64_t p = random_prime(random, bits);
      expect_factors(p, p);
    }
}

TEST(Factorize, TakesTheLargestProductsApart) {
  // The five largest primes below 2^32.
  const std::uint64_t primes[] = {4294967291, 4294967279, 4294967231, 4294967197, 4294967189};
  for (const std::uint64_t p : primes)
    for (const std::uint64_t q : primes) expect_factors(p, q);
  expect_factors(2, 9223372036854775783);
  expect_factors(3, 6148914691236517199);
}

TEST(Factorize, RefusesWhatIsNoProductOfTwoPrimes) {
  EXPECT_EQ(factorize(0), std::nullopt);
  EXPECT_EQ(factorize(1), std::nullopt);
  for (const std::uint64_t prime : primes_below(3000)) EXPECT_EQ(factorize(prime), std::nullopt);
  EXPECT_EQ(factorize(18446744073709551557u), std::nullopt);
  EXPECT_EQ(factorize(8), std::nullopt);
  EXPECT_EQ(factorize(30), std::nullopt);
  EXPECT_EQ(factorize(std::uint64_t{1} << 63), std::nullopt);
  EXPECT_EQ(factorize(~std::uint64_t{0}), std::nullopt);

  core::test_random random(22);
  for (int round = 0; round < 300; ++round) {
    const std::uint64_t p = random_prime(random, 2 + static_cast<int>(random.below(20)));
    const std::uint64_t q = random_prime(random, 2 + static_cast<int>(random.below(20)));
    const std::uint64_t r = random_prime(random, 2 + static_cast<int>(random.below(20)));
    EXPECT_EQ(factorize(p * q * r), std::nullopt) << p << " " << q << " " << r;
  }
}

TEST(Factorize, AgreesWithTrialDivisionOnEverySmallNumber) {
  for (std::uint64_t n = 0; n < 20'000; ++n) {
    std::vector<std::uint64_t> factors;
    std::uint64_t rest = n;
    for (std::uint64_t d = 2; d * d <= rest; ++d)
      for (; rest != 0 && rest % d == 0; rest /= d) factors.push_back(d);
    if (rest > 1) factors.push_back(rest);
    const auto found = factorize(n);
    ASSERT_EQ(found.has_value(), factors.size() == 2) << n;
    if (found) {
      EXPECT_EQ(*found, (prime_pair{factors[0], factors[1]})) << n;
    }
  }
}

}  // namespace
}  // namespace corogram::crypto

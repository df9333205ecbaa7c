#include "data.hpp"
#include "support/scripted_random.hpp"

#include <corogram/core/hex.hpp>
#include <corogram/core/random.hpp>
#include <corogram/crypto/dh.hpp>
#include <corogram/crypto/errc.hpp>

#include <gtest/gtest.h>
#include <openssl/bn.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <string>

namespace corogram::crypto {
namespace {

using core::byte_buffer;
using core::byte_view;
using number = std::array<core::byte, dh_size>;

struct bignum_free {
  void operator()(BIGNUM* n) const { BN_free(n); }
  void operator()(BN_CTX* context) const { BN_CTX_free(context); }
};
using bignum = std::unique_ptr<BIGNUM, bignum_free>;

bignum read(byte_view digits) {
  return bignum(BN_bin2bn(digits.data(), static_cast<int>(digits.size()), nullptr));
}

byte_buffer written(const bignum& n, std::size_t size = dh_size) {
  byte_buffer digits(size);
  EXPECT_EQ(BN_bn2binpad(n.get(), digits.data(), static_cast<int>(size)), static_cast<int>(size));
  return digits;
}

// value + delta, as 256 bytes.
byte_buffer shifted(byte_view value, int delta) {
  const bignum n = read(value);
  if (delta >= 0)
    BN_add_word(n.get(), static_cast<BN_ULONG>(delta));
  else
    BN_sub_word(n.get(), static_cast<BN_ULONG>(-delta));
  return written(n);
}

byte_buffer power_of_two(int exponent) {
  const bignum n(BN_new());
  BN_set_bit(n.get(), exponent);
  return written(n);
}

// The 2048-bit group of RFC 3526, a safe prime for which 2 is a generator, from OpenSSL.
byte_buffer rfc3526_prime() {
  return written(bignum(BN_get_rfc3526_prime_2048(nullptr)));
}

std::error_code code_of(const auto& outcome) {
  return outcome ? std::error_code() : outcome.error().code;
}

const std::error_code good;

TEST(DhGroup, TheKnownPrimeIsThePublishedOne) {
  EXPECT_EQ(core::to_hex(sha256(known_prime())),
            "02f85e7687fc6f33ba678226a963b3c8a191b47c890cf30debe17c1d623b5af1");
}

//= AK-34 test
TEST(DhGroup, OnlyThreeFourAndSevenGenerateWithTheKnownPrime) {
  for (const int g : {3, 4, 7}) EXPECT_EQ(code_of(check_dh_group(g, known_prime())), good) << g;
  for (const int g : {2, 5, 6, 1, 8, 0, -1, -3, 9, 259, 2147483647})
    EXPECT_EQ(code_of(check_dh_group(g, known_prime())), errc::dh_bad_generator) << g;
}

//= AK-34 test
TEST(DhGroup, AGeneratorIsAQuadraticResidueOfThePrime) {
  // All remainders that a safe prime can leave; the numbers themselves need not be prime, because
  // the generator is looked at first and its error tells.
  const bignum twelve(BN_new());
  BN_set_word(twelve.get(), 12);
  const std::unique_ptr<BN_CTX, bignum_free> context(BN_CTX_new());
  core::test_random random(23);
  dh_prime_cache cache;
  int residues = 0, others = 0;
  for (int round = 0; round < 60; ++round) {
    auto digits = random.array<dh_size>();
    digits[0] |= 0x80;
    const bignum p = read(digits);
    BN_sub_word(p.get(), BN_mod_word(p.get(), 12));
    BN_add_word(p.get(), 11);
    const byte_buffer prime = written(p);
    for (int g = 2; g <= 7; ++g) {
      const bignum base(BN_new());
      BN_set_word(base.get(), static_cast<BN_ULONG>(g));
      const bool residue = BN_kronecker(base.get(), p.get(), context.get()) == 1;
      const bool refused = code_of(check_dh_group(g, prime, cache)) == errc::dh_bad_generator;
      // The Jacobi symbol 0 means a common factor, which no prime has.
      if (BN_mod_word(p.get(), static_cast<BN_ULONG>(g)) != 0) {
        EXPECT_EQ(refused, !residue) << "g = " << g << ", round " << round;
        ++(residue ? residues : others);
      }
    }
  }
  EXPECT_GT(residues, 50);
  EXPECT_GT(others, 50);
}

//= AK-33 test
TEST(DhGroup, TakesAnotherSafePrime) {
  EXPECT_EQ(code_of(check_dh_group(2, rfc3526_prime())), good);
}

//= AK-33 test
TEST(DhGroup, RefusesPrimesOfAnotherLength) {
  const byte_buffer short_prime = data("dh_primes.txt")["safe_prime_of_2047_bits"];
  EXPECT_EQ(code_of(check_dh_group(4, short_prime)), errc::dh_prime_bad_length);
  EXPECT_EQ(code_of(check_dh_group(3, core::concat(byte_buffer{1}, known_prime()))),
            errc::dh_prime_bad_length);
  EXPECT_EQ(code_of(check_dh_group(3, known_prime().first<255>())), errc::dh_prime_bad_length);
  EXPECT_EQ(code_of(check_dh_group(3, {})), errc::dh_prime_bad_length);
  EXPECT_EQ(code_of(check_dh_group(4, byte_buffer(256))), errc::dh_prime_bad_length);
  EXPECT_EQ(code_of(check_dh_group(4, byte_buffer{2})), errc::dh_prime_bad_length);
}

//= AK-33 test
TEST(DhGroup, RefusesCompositesAndPrimesThatAreNotSafe) {
  const test::vectors primes = data("dh_primes.txt");
  for (const char* const name : {"prime_not_safe", "half_prime_only", "product"})
    EXPECT_EQ(code_of(check_dh_group(4, primes[name])), errc::dh_prime_not_safe) << name;
  // Beside the known one: even, a multiple of 3, and what passes neither trivial test nor the rest.
  for (int delta = -40; delta <= 40; ++delta) {
    if (delta == 0) continue;
    EXPECT_EQ(code_of(check_dh_group(4, shifted(known_prime(), delta))), errc::dh_prime_not_safe)
        << delta;
  }
}

TEST(DhGroup, LeadingZerosOfThePrimeDoNotMatter) {
  const byte_buffer wide = core::concat(byte_buffer(3), known_prime());
  EXPECT_EQ(code_of(check_dh_group(3, wide)), good);
}

//= AK-35 test
TEST(DhCache, TheKnownPrimeNeedsNoSearchAndAnotherOnlyOne) {
  dh_prime_cache cache;
  EXPECT_EQ(code_of(check_dh_group(3, known_prime(), cache)), good);
  EXPECT_EQ(cache.searches(), 0u);
  for (int round = 0; round < 3; ++round)
    EXPECT_EQ(code_of(check_dh_group(2, rfc3526_prime(), cache)), good);
  EXPECT_EQ(cache.searches(), 1u);
}

TEST(DhCache, RemembersRefusalsToo) {
  const byte_buffer unsafe = data("dh_primes.txt")["prime_not_safe"];
  dh_prime_cache cache;
  for (int round = 0; round < 3; ++round)
    EXPECT_EQ(code_of(check_dh_group(4, unsafe, cache)), errc::dh_prime_not_safe);
  EXPECT_EQ(cache.searches(), 1u);
}

TEST(DhCache, AVerdictDoesNotExcuseTheGenerator) {
  const byte_buffer prime = data("dh_primes.txt")["ffdhe2048"];
  dh_prime_cache cache;
  for (const int g : {2, 3, 4, 5, 6}) EXPECT_EQ(code_of(check_dh_group(g, prime, cache)), good);
  for (const int g : {1, 7, 8})
    EXPECT_EQ(code_of(check_dh_group(g, prime, cache)), errc::dh_bad_generator) << g;
  EXPECT_EQ(cache.searches(), 1u);
}

TEST(DhCache, ForgetsTheOldestVerdictsWhenItIsFull) {
  dh_prime_cache cache;
  const auto name = [](std::size_t i) { return sha256(std::array{static_cast<core::byte>(i)}); };
  constexpr std::size_t too_many = 3;
  for (std::size_t i = 0; i < dh_prime_cache::capacity + too_many; ++i)
    cache.remember(name(i), i % 2 == 0);
  for (std::size_t i = 0; i < too_many; ++i) EXPECT_EQ(cache.find(name(i)), std::nullopt) << i;
  for (std::size_t i = too_many; i < dh_prime_cache::capacity + too_many; ++i)
    EXPECT_EQ(cache.find(name(i)), i % 2 == 0) << i;
}

//= AK-36 test
TEST(DhPublic, RefusesTrivialValues) {
  const byte_view p = known_prime();
  const byte_buffer zero(256), one = shifted(zero, 1);
  for (const byte_buffer& value :
       {zero, one, shifted(p, -1), shifted(p, 0), shifted(p, 1), byte_buffer(256, 0xff),
        byte_buffer{}, byte_buffer{1}, core::concat(byte_buffer{1}, zero)})
    EXPECT_EQ(code_of(check_dh_public(value, p)), errc::dh_value_trivial);
}

//= AK-37 test
TEST(DhPublic, RefusesValuesNearTheEndsAndTakesTheBoundsThemselves) {
  const byte_view p = known_prime();
  const byte_buffer low = power_of_two(1984);
  const bignum n = read(p);
  BN_sub(n.get(), n.get(), read(low).get());
  const byte_buffer high = written(n);

  EXPECT_EQ(code_of(check_dh_public(low, p)), good);
  EXPECT_EQ(code_of(check_dh_public(high, p)), good);
  for (const byte_buffer& value :
       {shifted(low, -1), shifted(high, 1), power_of_two(1983), byte_buffer{2}, shifted(p, -2)})
    EXPECT_EQ(code_of(check_dh_public(value, p)), errc::dh_value_out_of_range);
}

TEST(DhPublic, TakesTheOfficialValuesWithOrWithoutLeadingZeros) {
  for (const char* const file : {"key_exchange_a.txt", "key_exchange_b.txt"}) {
    const test::vectors known = data(file);
    EXPECT_EQ(code_of(check_dh_public(known["g_a"], known_prime())), good);
    EXPECT_EQ(code_of(check_dh_public(known["g_b"], known_prime())), good);
    EXPECT_EQ(code_of(check_dh_public(core::concat(byte_buffer(2), known["g_a"]), known_prime())),
              good);
  }
  // One byte shorter than the prime.
  EXPECT_EQ(code_of(check_dh_public(byte_buffer(255, 0xff), known_prime())), good);
}

TEST(DhPublic, RefusesAPrimeThatNobodyCanHaveAccepted) {
  EXPECT_EQ(code_of(check_dh_public(byte_buffer{2}, byte_buffer{23})), errc::dh_prime_bad_length);
}

//= AK-38 test
TEST(DhExponent, Takes2048BitsFromTheRandomSourceAndNothingElse) {
  const byte_buffer b = data("key_exchange_b.txt")["b"];
  test::scripted_random random(core::concat(b, byte_buffer(256, 1)));
  EXPECT_TRUE(core::equal(random_dh_exponent(random).view(), b));
  EXPECT_TRUE(core::equal(random_dh_exponent(random).view(), byte_buffer(256, 1)));
  EXPECT_EQ(random.left(), 0u);
}

//= SEC-05 test
TEST(DhExponent, IsMixedWithWhatTheOtherSideOffersAndNeverMadeOfItAlone) {
  const byte_buffer offered(256, 0x5a), zeros(256, 0), long_one(1000, 0x77);
  core::test_random ours(1), ours_again(1), others(2);
  const auto alone = random_dh_exponent(ours);
  const auto with_zeros = random_dh_exponent(ours_again, zeros);
  EXPECT_EQ(alone, with_zeros);
  for (const byte_buffer& bytes : {offered, zeros, long_one}) {
    core::test_random first(3), second(4);
    const auto a = random_dh_exponent(first, bytes), b = random_dh_exponent(second, bytes);
    EXPECT_NE(a, b);
    EXPECT_FALSE(core::equal(a.view(), core::byte_view(bytes).first(256)));
  }
  core::test_random again(1);
  EXPECT_NE(random_dh_exponent(again, offered), alone);
}

}  // namespace
}  // namespace corogram::crypto

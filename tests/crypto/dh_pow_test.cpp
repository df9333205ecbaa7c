#include "data.hpp"

#include <corogram/core/endian.hpp>
#include <corogram/core/random.hpp>
#include <corogram/crypto/detail/fixed_base.hpp>
#include <corogram/crypto/dh.hpp>
#include <corogram/crypto/dh_kernel.hpp>

#include <gtest/gtest.h>
#include <openssl/bn.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

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

byte_buffer written(const bignum& n) {
  byte_buffer digits(dh_size);
  EXPECT_EQ(BN_bn2binpad(n.get(), digits.data(), dh_size), static_cast<int>(dh_size));
  return digits;
}

byte_buffer judged(byte_view base, byte_view exponent, byte_view prime) {
  const std::unique_ptr<BN_CTX, bignum_free> context(BN_CTX_new());
  const bignum power(BN_new());
  EXPECT_EQ(BN_mod_exp(power.get(), read(base).get(), read(exponent).get(), read(prime).get(),
                       context.get()),
            1);
  return written(power);
}

byte_buffer judged(std::int32_t g, byte_view exponent) {
  return judged(byte_buffer{static_cast<core::byte>(g)}, exponent, known_prime());
}

// 0, 1, all ones, p - 1, single bits, and numbers that begin or end with zero bytes.
std::vector<number> edge_exponents() {
  number ones, order, none{};
  ones.fill(0xff);
  std::ranges::copy(known_prime(), order.begin());
  order.back() -= 1;
  std::vector<number> all{none, ones, order};
  for (std::size_t bit = 0; bit < 8 * dh_size; bit += bit < 2 ? 1 : 409) {
    number single{};
    single[dh_size - 1 - bit / 8] = static_cast<core::byte>(1u << bit % 8);
    all.push_back(single);
  }
  core::test_random random(71);
  for (const std::ptrdiff_t zeros : {1, 64, 65, 250}) {
    number led = random.array<dh_size>(), ended = led;
    std::fill_n(led.begin(), zeros, core::byte{0});
    std::fill_n(ended.rbegin(), zeros, core::byte{0});
    all.push_back(led);
    all.push_back(ended);
  }
  return all;
}

// ---- the way that any base and prime go

//= AK-43 test
TEST(DhPow, GivesTheValuesOfTheOfficialExchanges) {
  for (const char* const file : {"key_exchange_a.txt", "key_exchange_b.txt"}) {
    const test::vectors known = data(file);
    const auto g = static_cast<std::int32_t>(known.number("g"));
    EXPECT_TRUE(core::equal(dh_pow(g, known["b"], known_prime()).view(), known["g_b"])) << file;
    EXPECT_TRUE(
        core::equal(dh_pow(known["g_a"], known["b"], known_prime()).view(), known["auth_key"]))
        << file;
  }
}

//= AK-43 test
TEST(DhPow, BothSidesAgree) {
  core::test_random random(24);
  const auto a = random_dh_exponent(random), b = random_dh_exponent(random);
  const auto g_a = dh_pow(3, a.view(), known_prime()), g_b = dh_pow(3, b.view(), known_prime());
  EXPECT_EQ(dh_pow(g_a.view(), b.view(), known_prime()),
            dh_pow(g_b.view(), a.view(), known_prime()));
  EXPECT_FALSE(g_a == g_b);
}

//= AK-43 test
TEST(DhPow, AShortValueStillHas256Bytes) {
  // 3^k stays below the prime up to k = 1291, so the result is known without a modulus, and k
  // chooses its length.
  const std::unique_ptr<BN_CTX, bignum_free> context(BN_CTX_new());
  for (const unsigned k : {0u, 1u, 5u, 100u, 1280u, 1285u, 1290u}) {
    const bignum three(BN_new()), exponent(BN_new()), power(BN_new());
    BN_set_word(three.get(), 3);
    BN_set_word(exponent.get(), k);
    BN_exp(power.get(), three.get(), exponent.get(), context.get());
    std::array<core::byte, 4> digits;
    core::store_be(digits.data(), k);
    const auto value = dh_pow(3, digits, known_prime());
    EXPECT_EQ(value.size(), 256u);
    EXPECT_TRUE(core::equal(value.view(), written(power))) << k;
  }
  // 1280 leaves two leading zero bytes, 1285 one.
  EXPECT_EQ(dh_pow(3, byte_buffer{5, 0}, known_prime()).view()[1], 0);
  EXPECT_NE(dh_pow(3, byte_buffer{5, 0}, known_prime()).view()[2], 0);
  EXPECT_EQ(dh_pow(3, byte_buffer{5, 5}, known_prime()).view()[0], 0);
  EXPECT_NE(dh_pow(3, byte_buffer{5, 5}, known_prime()).view()[1], 0);
}

TEST(DhPow, AgreesWithPlainArithmeticOnEdgeExponentsAndBases) {
  core::test_random random(25);
  const byte_view p = known_prime();
  number below, above;
  std::ranges::copy(p, below.begin());
  above = below;
  below.back() -= 1;
  above.back() += 1;
  const auto some = random.array<dh_size>();
  const byte_buffer bases[] = {byte_buffer{0},
                               byte_buffer{1},
                               byte_buffer(below.begin(), below.end()),
                               byte_buffer(above.begin(), above.end()),
                               byte_buffer(dh_size, 0xff),
                               byte_buffer(some.begin(), some.end())};
  std::vector<byte_buffer> exponents{{}, {0}, {1}, byte_buffer(32, 0x80)};
  for (const number& edge : edge_exponents()) exponents.emplace_back(edge.begin(), edge.end());
  for (std::size_t i = 0; i < exponents.size(); ++i) {
    const byte_buffer& base = bases[i % std::size(bases)];
    EXPECT_TRUE(core::equal(dh_pow(base, exponents[i], p).view(), judged(base, exponents[i], p)))
        << i;
  }
}

// Whatever runs for known and for other generators, primes and lengths of the exponent.
TEST(DhPow, OfAGeneratorIsThatOfAnyBase) {
  core::test_random random(72);
  const byte_buffer other = data("dh_primes.txt")["ffdhe2048"];
  for (const std::size_t size : {std::size_t{1}, std::size_t{255}, dh_size, dh_size + 3}) {
    byte_buffer exponent(size);
    random.fill(exponent);
    for (const std::int32_t g : {2, 3, 4, 5, 6, 7, 70000})
      for (const byte_view prime : {byte_view(known_prime()), byte_view(other)}) {
        std::array<core::byte, 4> base;
        core::store_be(base.data(), g);
        EXPECT_TRUE(core::equal(dh_pow(g, exponent, prime).view(), judged(base, exponent, prime)))
            << g << " " << size;
      }
  }
}

// ---- the ways of the known prime's generators

TEST(DhKernels, OpenSslIsFirstAndAlwaysSupported) {
  EXPECT_EQ(dh_kernels().front().name, "openssl");
  EXPECT_TRUE(dh_kernels().front().supported());
}

// Meson runs these tests once more for each kernel, with COROGRAM_KERNEL set.
TEST(DhKernels, TheOneInUseIsTheOneThatTheEnvironmentAsksFor) {
  const dh_kernel& used = dh_kernel_in_use();
  RecordProperty("kernel", std::string(used.name));
  EXPECT_EQ(&used, &choose_kernel(dh_kernels(), forced_kernels()));
}

std::vector<dh_kernel> supported_kernels() {
  std::vector<dh_kernel> supported;
  for (const dh_kernel& kernel : dh_kernels())
    if (kernel.supported()) supported.push_back(kernel);
  return supported;
}

/// For each kernel that this machine supports.
class DhKernel : public testing::TestWithParam<dh_kernel> {};

INSTANTIATE_TEST_SUITE_P(Each, DhKernel, testing::ValuesIn(supported_kernels()),
                         [](const auto& tested) { return std::string(tested.param.name); });

//= AK-43 test
TEST_P(DhKernel, AgreesWithPlainArithmetic) {
  core::test_random random(73);
  std::vector<number> exponents = edge_exponents();
  for (int i = 0; i < 3; ++i) exponents.push_back(random.array<dh_size>());
  for (std::size_t i = 0; i < exponents.size(); ++i) {
    const std::int32_t g = known_prime_generators[i % known_prime_generators.size()];
    EXPECT_TRUE(core::equal(GetParam().power(g, exponents[i]).view(), judged(g, exponents[i])))
        << g << " " << i;
  }
}

TEST_P(DhKernel, ServesManyThreads) {
  core::test_random random(74);
  const number exponent = random.array<dh_size>();
  std::atomic<int> right = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      for (const std::int32_t g : known_prime_generators)
        if (core::equal(GetParam().power(g, exponent).view(), judged(g, exponent))) ++right;
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(right, 12);
}

// ---- the table

TEST(FixedBase, AgreesWithPlainArithmeticForAnyPrimeAndBase) {
  core::test_random random(75);
  const byte_buffer prime = data("dh_primes.txt")["ffdhe2048"];
  const std::span<const core::byte, dh_size> digits(prime);
  const detail::fixed_base table(251, digits, detail::multiply_2048_portable);
  for (int i = 0; i < 2; ++i) {
    const number exponent = random.array<dh_size>();
    EXPECT_TRUE(
        core::equal(table.power(exponent).view(), judged(byte_buffer{251}, exponent, prime)));
  }
}

TEST(LazyFixedBase, IsMadeAtTheThirdUseAndThenKept) {
  static detail::lazy_fixed_base lazy;
  const auto get = [] { return lazy.get(3, known_prime(), detail::multiply_2048_portable); };
  for (unsigned use = 0; use < detail::lazy_fixed_base::uses_without; ++use)
    EXPECT_EQ(get(), nullptr) << use;
  const detail::fixed_base* const made = get();
  ASSERT_NE(made, nullptr);
  for (int use = 0; use < 3; ++use) EXPECT_EQ(get(), made);
}

TEST(LazyFixedBase, IsMadeOnceByManyThreads) {
  static detail::lazy_fixed_base lazy;
  constexpr std::size_t uses = 20;
  std::array<std::array<const detail::fixed_base*, uses>, 4> seen{};
  std::vector<std::thread> threads;
  for (auto& own : seen)
    threads.emplace_back([&own] {
      for (const detail::fixed_base*& each : own)
        each = lazy.get(3, known_prime(), detail::multiply_2048_portable);
    });
  for (std::thread& thread : threads) thread.join();
  const detail::fixed_base* const made = lazy.get(3, known_prime(), detail::multiply_2048_portable);
  ASSERT_NE(made, nullptr);
  for (const auto& own : seen)
    for (const detail::fixed_base* const each : own) EXPECT_TRUE(each == nullptr || each == made);
}

}  // namespace
}  // namespace corogram::crypto

#include <corogram/core/random.hpp>
#include <corogram/crypto/detail/montgomery_2048.hpp>
#include <corogram/crypto/dh.hpp>

#include <gtest/gtest.h>
#include <openssl/bn.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace corogram::crypto::detail {
namespace {

using digits = std::array<core::byte, 256>;

struct bignum_free {
  void operator()(BIGNUM* n) const { BN_free(n); }
  void operator()(BN_CTX* context) const { BN_CTX_free(context); }
};
using bignum = std::unique_ptr<BIGNUM, bignum_free>;

bignum read(const digits& number) {
  return bignum(BN_bin2bn(number.data(), static_cast<int>(number.size()), nullptr));
}

digits written(const bignum& number) {
  digits big_endian;
  EXPECT_EQ(BN_bn2binpad(number.get(), big_endian.data(), 256), 256);
  return big_endian;
}

struct kernel {
  std::string name;
  multiply_2048 multiply;
};

std::vector<kernel> kernels() {
  std::vector<kernel> supported{{"portable", multiply_2048_portable}};
#ifdef __x86_64__
  if (multiply_2048_adx_supported()) supported.push_back({"adx", multiply_2048_adx});
#endif
  return supported;
}

class Montgomery2048 : public testing::TestWithParam<kernel> {
 protected:
  // a * b / 2^2048 modulo n, by division.
  digits judged(const digits& a, const digits& b, const digits& n) {
    const bignum modulus = read(n), product(BN_new()), radix(BN_new()), inverse(BN_new());
    BN_mod_mul(product.get(), read(a).get(), read(b).get(), modulus.get(), context.get());
    BN_set_bit(radix.get(), 2048);
    EXPECT_NE(BN_mod_inverse(inverse.get(), radix.get(), modulus.get(), context.get()), nullptr);
    BN_mod_mul(product.get(), product.get(), inverse.get(), modulus.get(), context.get());
    return written(product);
  }

  std::vector<digits> moduli() {
    digits ones;
    ones.fill(0xff);
    digits least{};
    least.front() = 0x80;
    least.back() = 1;
    digits known;
    std::ranges::copy(known_prime(), known.begin());
    std::vector<digits> all{ones, least, known};
    for (int i = 0; i < 5; ++i) {
      digits any = random.array<256>();
      any.front() |= 0x80;
      any.back() |= 1;
      all.push_back(any);
    }
    return all;
  }

  const std::unique_ptr<BN_CTX, bignum_free> context{BN_CTX_new()};
  core::test_random random{61};
};

INSTANTIATE_TEST_SUITE_P(Kernel, Montgomery2048, testing::ValuesIn(kernels()),
                         [](const auto& tested) { return tested.param.name; });

TEST_P(Montgomery2048, AgreesWithDivision) {
  for (const digits& n : moduli()) {
    const modulus_2048 modulus(n);
    digits below = n, zero{}, one{}, middle{};
    below.back() -= 1;
    one.back() = 1;
    middle[128] = 1;
    std::vector<digits> numbers{zero, one, middle, below};
    for (int i = 0; i < 3; ++i) {
      const bignum any = read(random.array<256>());
      BN_mod(any.get(), any.get(), read(n).get(), context.get());
      numbers.push_back(written(any));
    }
    for (const digits& a : numbers)
      for (const digits& b : numbers) {
        workspace_2048 space;
        number_2048 product;
        GetParam().multiply(product, from_big_endian(a), from_big_endian(b), modulus, space);
        digits found;
        to_big_endian(product, found);
        ASSERT_EQ(found, judged(a, b, n));
      }
  }
}

TEST_P(Montgomery2048, TakesItsFactorsAsThePlaceForTheProduct) {
  const digits n = moduli().back();
  const modulus_2048 modulus(n);
  const number_2048 a = modulus.enter(123), b = modulus.enter(7);
  workspace_2048 space;
  number_2048 product, square, in_a = a, in_b = b, in_both = a;
  GetParam().multiply(product, a, b, modulus, space);
  GetParam().multiply(square, a, a, modulus, space);
  GetParam().multiply(in_a, in_a, b, modulus, space);
  GetParam().multiply(in_b, a, in_b, modulus, space);
  GetParam().multiply(in_both, in_both, in_both, modulus, space);
  EXPECT_EQ(in_a, product);
  EXPECT_EQ(in_b, product);
  EXPECT_EQ(in_both, square);
  EXPECT_EQ(product, modulus.enter(123 * 7));
}

TEST_P(Montgomery2048, SmallNumbersComeInAndGoOut) {
  for (const digits& n : moduli()) {
    const modulus_2048 modulus(n);
    EXPECT_EQ(modulus.enter(1), modulus.one);
    for (const unsigned small : {0u, 1u, 3u, 7u, 1000u}) {
      workspace_2048 space;
      number_2048 left;
      GetParam().multiply(left, modulus.enter(small), number_2048{1}, modulus, space);
      EXPECT_EQ(left, number_2048{small});
    }
  }
}

TEST(Number2048, IsReadAndWrittenBigEndian) {
  core::test_random random(62);
  const digits bytes = random.array<256>();
  const number_2048 number = from_big_endian(bytes);
  EXPECT_EQ(number[0] & 0xff, bytes[255]);
  EXPECT_EQ(number[31] >> 56, bytes[0]);
  digits again;
  to_big_endian(number, again);
  EXPECT_EQ(again, bytes);
}

}  // namespace
}  // namespace corogram::crypto::detail

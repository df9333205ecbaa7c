#include "openssl.hpp"

#include <openssl/bn.h>
#include <openssl/sha.h>

#include <memory>

namespace corogram::fuzz::openssl {

namespace {

struct release {
  void operator()(BIGNUM* number) const { BN_free(number); }
  void operator()(BN_CTX* context) const { BN_CTX_free(context); }
};
using bignum = std::unique_ptr<BIGNUM, release>;
using context = std::unique_ptr<BN_CTX, release>;

bignum of(core::byte_view bytes) {
  return bignum(BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), nullptr));
}

bignum of(std::uint64_t n) {
  bignum number(BN_new());
  BN_set_word(number.get(), n);
  return number;
}

bignum power(const bignum& base, const bignum& exponent, const bignum& prime) {
  bignum result(BN_new());
  BN_mod_exp(result.get(), base.get(), exponent.get(), prime.get(), context(BN_CTX_new()).get());
  return result;
}

}  // namespace

std::array<core::byte, 20> sha1(core::byte_view bytes) {
  std::array<core::byte, 20> digest;
  SHA1(bytes.data(), bytes.size(), digest.data());
  return digest;
}

bool in_dh_range(core::byte_view value, core::byte_view prime) {
  const bignum number = of(value), p = of(prime), least = of(std::uint64_t{1}), most(BN_new());
  BN_lshift(least.get(), least.get(), 2048 - 64);
  BN_sub(most.get(), p.get(), least.get());
  return BN_cmp(least.get(), number.get()) <= 0 && BN_cmp(number.get(), most.get()) <= 0;
}

bool is_square(std::uint32_t g, core::byte_view prime) {
  const bignum p = of(prime), half(BN_new());
  BN_rshift1(half.get(), p.get());
  return BN_is_one(power(of(std::uint64_t{g}), half, p).get());
}

core::byte_buffer power(core::byte_view base, core::byte_view exponent, core::byte_view prime) {
  core::byte_buffer bytes(prime.size());
  BN_bn2binpad(power(of(base), of(exponent), of(prime)).get(), bytes.data(),
               static_cast<int>(bytes.size()));
  return bytes;
}

bool is_prime(std::uint64_t n) {
  return BN_check_prime(of(n).get(), nullptr, nullptr) == 1;
}

}  // namespace corogram::fuzz::openssl

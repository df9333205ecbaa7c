// Any 64-bit number: what is called its prime factors multiplies to it and is prime, by OpenSSL.

#include "support/target.hpp"

#include <corogram/core/endian.hpp>
#include <corogram/crypto/pq.hpp>

#include <openssl/bn.h>

#include <algorithm>
#include <array>

namespace corogram::fuzz {

namespace {

bool by_openssl(std::uint64_t n) {
  BIGNUM* const number = BN_new();
  BN_set_word(number, n);
  const bool prime = BN_check_prime(number, nullptr, nullptr) == 1;
  BN_free(number);
  return prime;
}

}  // namespace

void run(core::byte_view input) noexcept {
  choices from(input);
  std::array<core::byte, 8> bytes{};
  std::ranges::copy(from.take(8), bytes.begin());
  const auto n = core::load_le<std::uint64_t>(bytes.data());
  require(crypto::is_prime(n) == by_openssl(n), "OpenSSL agrees on what is prime");
  if (const auto found = crypto::factorize(n)) {
    require(found->p <= found->q && found->p * found->q == n, "the factors make the number");
    require(by_openssl(found->p) && by_openssl(found->q), "and are prime");
  }
}

}  // namespace corogram::fuzz

// Any 64-bit number: what is called its prime factors multiplies to it and is prime, by OpenSSL;
// and of small numbers, by trial division, no factors are missed.

#include "support/alter.hpp"
#include "support/openssl.hpp"

#include <corogram/crypto/pq.hpp>

namespace corogram::fuzz {

namespace {

// Units: what trial division takes in no time.
constexpr std::uint64_t small = 1 << 22;

// Whether `n` is a product of just two primes.
bool has_two_prime_factors(std::uint64_t n) {
  int factors = 0;
  for (std::uint64_t d = 2; d * d <= n; ++d)
    for (; n % d == 0; n /= d) ++factors;
  return factors + (n > 1 ? 1 : 0) == 2;
}

void check(std::uint64_t n) {
  require(crypto::is_prime(n) == openssl::is_prime(n), "OpenSSL agrees on what is prime");
  const auto found = crypto::factorize(n);
  if (n < small) require(found.has_value() == has_two_prime_factors(n), "trial division agrees");
  if (!found) return;
  require(found->p <= found->q && found->p * found->q == n, "the factors make the number");
  require(openssl::is_prime(found->p) && openssl::is_prime(found->q), "and are prime");
}

}  // namespace

void run(core::byte_view input) noexcept {
  choices from(input);
  const std::uint64_t n = number(from);
  check(n);
  check(n % small);
  // Products of two primes are what it is for.
  const std::uint64_t p = (n & 0x7fffffff) | 1, q = (n >> 32 & 0x7fffffff) | 1;
  check(p * q);
  if (openssl::is_prime(p) && openssl::is_prime(q))
    require(crypto::factorize(p * q).has_value(), "two primes are found");
}

}  // namespace corogram::fuzz

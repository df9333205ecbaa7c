#pragma once

// The proof of work of the key exchange: taking pq apart.

#include <cstdint>
#include <optional>

namespace corogram::crypto {

struct prime_pair {
  std::uint64_t p;
  std::uint64_t q;

  friend bool operator==(const prime_pair&, const prime_pair&) = default;
};

/// factorize finds the primes p <= q of `pq`, or nothing if it is no product of just two primes.
/// It takes some 2^16 steps at most times a small factor, whatever the number.
std::optional<prime_pair> factorize(std::uint64_t pq) noexcept;

/// is_prime decides with certainty, for every 64-bit number.
bool is_prime(std::uint64_t n) noexcept;

}  // namespace corogram::crypto

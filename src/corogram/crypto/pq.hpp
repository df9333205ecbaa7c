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
/// Elliptic curves make that a matter of 50 us for the numbers of the key exchange.
std::optional<prime_pair> factorize(std::uint64_t pq) noexcept;

/// is_prime decides with certainty, for every 64-bit number.
bool is_prime(std::uint64_t n) noexcept;

}  // namespace corogram::crypto

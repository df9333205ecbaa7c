// The factorisation of pq: 2,000 products of two primes, of 63 bits, each once.

#include "support/suite.hpp"

#include <corogram/core/random.hpp>
#include <corogram/crypto/pq.hpp>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace corogram::bench {

namespace {

constexpr std::size_t count = 2000;

std::uint64_t random_prime(core::test_random& random, int bits) {
  const std::uint64_t top = std::uint64_t{1} << (bits - 1);
  std::uint64_t n = top | random.below(top);
  while (!crypto::is_prime(n)) n = top | random.below(top);
  return n;
}

std::vector<std::uint64_t> products() {
  core::test_random random{63};
  std::vector<std::uint64_t> made;
  while (made.size() < count) {
    const std::uint64_t product = random_prime(random, 31) * random_prime(random, 32);
    if (product >> 62 == 1) made.push_back(product);
  }
  return made;
}

}  // namespace

void crypto_pq(suite& rows) {
  rows.add_each("pq/factorize/ecm", static_cast<int>(count), [] {
    std::vector<std::uint64_t> numbers = products();
    for (const std::uint64_t pq : numbers) {
      const auto found = crypto::factorize(pq);
      if (!found || found->p == 1 || found->p * found->q != pq)
        throw unequal("no factors of " + std::to_string(pq));
    }
    return [numbers = std::move(numbers)](int i) {
      benchmark::DoNotOptimize(crypto::factorize(numbers[static_cast<std::size_t>(i)]));
    };
  });
}

}  // namespace corogram::bench

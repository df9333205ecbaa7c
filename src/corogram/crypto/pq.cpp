#include <corogram/crypto/detail/elliptic_curves.hpp>
#include <corogram/crypto/detail/montgomery.hpp>
#include <corogram/crypto/pq.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <numeric>

namespace corogram::crypto {

namespace {

using detail::montgomery;

// Below 2^16 a number without a factor among these is prime.
constexpr std::array<std::uint8_t, 54> small_primes{
    2,   3,   5,   7,   11,  13,  17,  19,  23,  29,  31,  37,  41,  43,  47,  53,  59,  61,
    67,  71,  73,  79,  83,  89,  97,  101, 103, 107, 109, 113, 127, 131, 137, 139, 149, 151,
    157, 163, 167, 173, 179, 181, 191, 193, 197, 199, 211, 223, 227, 229, 233, 239, 241, 251};

std::uint64_t small_factor(std::uint64_t n) noexcept {
  for (const std::uint64_t prime : small_primes)
    if (n % prime == 0) return prime;
  return 0;
}

// A factor of n, or n when this walk x -> x^2 + c closed in all factors at once.
// Brent's variant of Pollard's rho: the walk is compared with its own value at the last power of
// two; the differences are multiplied up and only every so often looked at. See R. P. Brent, "An
// improved Monte Carlo factorization algorithm" (1980).
std::uint64_t walk(std::uint64_t n, std::uint64_t c) noexcept {
  constexpr std::uint64_t batch = 512;
  const montgomery mod(n);
  const auto difference = [](std::uint64_t a, std::uint64_t b) { return a < b ? b - a : a - b; };
  const auto step = [&](std::uint64_t x) { return mod.multiply_add(x, x, c); };

  std::uint64_t tortoise = 0, hare = c, batch_begin = c, factor = 1;
  for (std::uint64_t length = 1; factor == 1; length *= 2) {
    tortoise = hare;
    for (std::uint64_t i = 0; i < length; ++i) hare = step(hare);
    for (std::uint64_t done = 0; done < length && factor == 1; done += batch) {
      batch_begin = hare;
      std::uint64_t product = mod.one();
      for (std::uint64_t i = 0; i < std::min(batch, length - done); ++i) {
        hare = step(hare);
        product = mod.multiply(product, difference(tortoise, hare));
      }
      factor = std::gcd(product, n);
    }
  }
  if (factor != n) return factor;

  // The batch went past both factors: take its steps again, one by one.
  do {
    batch_begin = step(batch_begin);
    factor = std::gcd(difference(tortoise, batch_begin), n);
  } while (factor == 1);
  return factor;
}

// Pre: n is odd and composite. It may be a square: a curve meets zero, and a walk closes, modulo p
// long before it does modulo p^2, just as with two primes.
std::uint64_t find_factor(std::uint64_t n) noexcept {
  // A walk takes about the square root of the smaller factor, and is sure to end. Curves take
  // little more for large factors than for small ones, and are sure of nothing: of 100,000 products
  // of two primes of 31 and 32 bits, none needed a third of these.
  constexpr int curves = 192;
  constexpr std::uint64_t worth_a_curve = std::uint64_t{1} << 40;
  if (n >= worth_a_curve) {
    if (const std::uint64_t factor = detail::curve_factor(n, curves); factor != 1) return factor;
  }
  for (std::uint64_t c = 1;; ++c) {
    const std::uint64_t factor = walk(n, c);
    if (factor != n) return factor;
  }
}

}  // namespace

bool is_prime(std::uint64_t n) noexcept {
  if (n < 2) return false;
  if (const std::uint64_t factor = small_factor(n); factor != 0) return factor == n;
  if (n < 65536) return true;

  // Miller-Rabin. Three bases leave no composite below 4,759,123,141 undetected (G. Jaeschke,
  // 1993); the smallest that passes the first twelve primes is above 3 * 10^23 (J. Sorenson, J.
  // Webster, 2015).
  constexpr std::array<std::uint64_t, 3> bases_for_32_bits{2, 7, 61};
  constexpr std::array<std::uint64_t, 12> bases{2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37};
  const montgomery mod(n);
  const int twos = std::countr_zero(n - 1);
  const std::uint64_t minus_one = n - mod.one();
  const auto passes = [&](std::uint64_t base) {
    std::uint64_t x = mod.power(mod.enter(base), (n - 1) >> twos);
    if (x == mod.one()) return true;
    for (int i = 0; i < twos; ++i) {
      if (x == minus_one) return true;
      x = mod.square(x);
    }
    return false;
  };
  return n >> 32 == 0 ? std::ranges::all_of(bases_for_32_bits, passes)
                      : std::ranges::all_of(bases, passes);
}

//= AK-07
std::optional<prime_pair> factorize(std::uint64_t pq) noexcept {
  if (pq < 4 || is_prime(pq)) return std::nullopt;
  std::uint64_t factor = small_factor(pq);
  if (factor == 0) factor = find_factor(pq);
  const std::uint64_t other = pq / factor;
  if (!is_prime(factor) || !is_prime(other)) return std::nullopt;
  return prime_pair{std::min(factor, other), std::max(factor, other)};
}

}  // namespace corogram::crypto

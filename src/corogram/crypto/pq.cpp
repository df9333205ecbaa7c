#include <corogram/crypto/pq.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <numeric>

namespace corogram::crypto {

namespace {

__extension__ using uint128 = unsigned __int128;

/// Arithmetic modulo an odd n in Montgomery's form: a stands for a * 2^-64 mod n. A product costs
/// three multiplications and no division, for every odd n below 2^64.
class montgomery {
 public:
  explicit montgomery(std::uint64_t n) noexcept : n_(n), inverse_(n) {
    // Newton's iteration for 1 / n mod 2^64: n itself is right in 3 bits, each step doubles them.
    for (int bits = 3; bits < 64; bits *= 2) inverse_ *= 2 - n * inverse_;
    one_ = (0 - n) % n;
  }

  [[nodiscard]] std::uint64_t one() const noexcept { return one_; }

  [[nodiscard]] std::uint64_t enter(std::uint64_t a) const noexcept {
    return static_cast<std::uint64_t>((static_cast<uint128>(a % n_) << 64) % n_);
  }

  /// multiply_add returns a * b + c. Adding c to the high half costs no time: it is ready long
  /// before what is subtracted from it.
  [[nodiscard]] std::uint64_t multiply_add(std::uint64_t a, std::uint64_t b,
                                           std::uint64_t c) const noexcept {
    const uint128 product = static_cast<uint128>(a) * b;
    const auto low = static_cast<std::uint64_t>(product);
    const std::uint64_t high = add(static_cast<std::uint64_t>(product >> 64), c);
    // The multiple of n that has the same low half; subtracting it leaves the high half.
    const auto multiple =
        static_cast<std::uint64_t>((static_cast<uint128>(low * inverse_) * n_) >> 64);
    return high - multiple + (high < multiple ? n_ : 0);
  }

  [[nodiscard]] std::uint64_t multiply(std::uint64_t a, std::uint64_t b) const noexcept {
    return multiply_add(a, b, 0);
  }

  [[nodiscard]] std::uint64_t add(std::uint64_t a, std::uint64_t b) const noexcept {
    const std::uint64_t room = n_ - b;
    return a >= room ? a - room : a + b;
  }

  [[nodiscard]] std::uint64_t power(std::uint64_t base, std::uint64_t exponent) const noexcept {
    std::uint64_t result = one_;
    for (; exponent != 0; exponent >>= 1) {
      if ((exponent & 1) != 0) result = multiply(result, base);
      base = multiply(base, base);
    }
    return result;
  }

 private:
  std::uint64_t n_;
  std::uint64_t inverse_;
  std::uint64_t one_;
};

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

// Pre: n is odd and composite. It may be a square: a walk closes modulo p long before it does modulo
// p^2, just as with two primes.
std::uint64_t find_factor(std::uint64_t n) noexcept {
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

  // Miller-Rabin. These bases leave no composite below 2^64 undetected: the smallest that passes
  // the first twelve primes is above 3 * 10^23 (J. Sorenson, J. Webster, 2015).
  const montgomery mod(n);
  const int twos = std::countr_zero(n - 1);
  const std::uint64_t minus_one = n - mod.one();
  return std::all_of(small_primes.begin(), small_primes.begin() + 12, [&](std::uint64_t base) {
    std::uint64_t x = mod.power(mod.enter(base), (n - 1) >> twos);
    if (x == mod.one()) return true;
    for (int i = 0; i < twos; ++i) {
      if (x == minus_one) return true;
      x = mod.multiply(x, x);
    }
    return false;
  });
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

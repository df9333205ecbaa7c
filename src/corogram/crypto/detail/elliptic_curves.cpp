// A curve over the numbers modulo n is a curve over those modulo p and over those modulo q at once.
// Multiply a point by a number that the order of the group modulo p divides, and it becomes the
// zero of that group: its z is a multiple of p, and very probably not of q. The order is random, of
// the size of p, and changes with the curve; so one takes the product of all prime powers up to
// `bound_1` and tries curves until one has an order that divides it, except for one prime factor,
// which may go up to `bound_2`.

#include <corogram/crypto/detail/elliptic_curves.hpp>
#include <corogram/crypto/detail/montgomery.hpp>

#include <array>
#include <bit>
#include <bitset>
#include <cstddef>
#include <numeric>
#include <utility>

namespace corogram::crypto::detail {

namespace {

// By measurement on products of two primes of 31 and 32 bits: the time hardly changes from 150 to
// 300, with 20 to 40 times as much for the other.
constexpr unsigned bound_1 = 220;
constexpr unsigned bound_2 = 6000;

constexpr bool is_small_prime(unsigned n) {
  if (n < 2) return false;
  for (unsigned d = 2; d * d <= n; ++d)
    if (n % d == 0) return false;
  return true;
}

// The product of all prime powers up to bound_1, as the digits that the ladder climbs: binary,
// highest first, without the leading 1. It is below e^(1.04 * bound_1), by Rosser and Schoenfeld.
struct scalar {
  std::array<bool, bound_1 * 3 / 2 + 32> digits{};
  std::size_t size = 0;
};

constexpr scalar first_scalar = [] {
  std::array<std::uint32_t, (bound_1 * 3 / 2 + 63) / 32> words{1};
  const auto multiply = [&](unsigned factor) {
    std::uint64_t carry = 0;
    for (std::uint32_t& word : words) {
      carry += static_cast<std::uint64_t>(word) * factor;
      word = static_cast<std::uint32_t>(carry);
      carry >>= 32;
    }
  };
  for (unsigned prime = 2; prime <= bound_1; ++prime)
    if (is_small_prime(prime))
      for (unsigned power = prime; power <= bound_1; power *= prime) multiply(prime);

  scalar made;
  bool leading = true;
  for (std::size_t i = words.size() * 32; i-- > 0;) {
    const bool digit = ((words[i / 32] >> (i % 32)) & 1) != 0;
    if (!leading) made.digits[made.size++] = digit;
    if (digit) leading = false;
  }
  return made;
}();

// Every prime above bound_1 is giant * 60 - baby or giant * 60 + baby, with one of these babies.
constexpr unsigned giant_step = 60;
constexpr std::array<unsigned, 8> babies{1, 7, 11, 13, 17, 19, 23, 29};
constexpr std::size_t first_giant = (bound_1 + 30) / giant_step;
static_assert(first_giant >= 2);
constexpr std::size_t giants = (bound_2 + 30) / giant_step + 1;

// Which babies make a prime with which giant: a bit each.
constexpr std::array<std::uint8_t, giants> pairs = [] {
  std::array<std::uint8_t, giants> made{};
  for (unsigned giant = first_giant; giant < giants; ++giant)
    for (std::size_t i = 0; i < babies.size(); ++i) {
      const unsigned below = giant * giant_step - babies[i], above = giant * giant_step + babies[i];
      if ((below > bound_1 && is_small_prime(below)) || is_small_prime(above))
        made[giant] = static_cast<std::uint8_t>(made[giant] | 1u << i);
    }
  return made;
}();

/// A number of each of two curves, modulo the same n.
struct both {
  std::uint64_t first;
  std::uint64_t second;
};

/// Arithmetic on two curves at once. Each step waits for the one before, so that one curve alone
/// leaves the multiplier idle most of the time; the second one takes those places.
class twice_modulo {
 public:
  explicit twice_modulo(const montgomery& mod) noexcept : mod_(mod) {}

  [[nodiscard, gnu::always_inline]] both same(std::uint64_t a) const noexcept { return {a, a}; }
  [[nodiscard, gnu::always_inline]] both enter(std::uint64_t a) const noexcept {
    return same(mod_.enter(a));
  }
  [[nodiscard, gnu::always_inline]] both multiply(both a, both b) const noexcept {
    return {mod_.multiply(a.first, b.first), mod_.multiply(a.second, b.second)};
  }
  [[nodiscard, gnu::always_inline]] both multiply_add(both a, both b, both c) const noexcept {
    return {mod_.multiply_add(a.first, b.first, c.first),
            mod_.multiply_add(a.second, b.second, c.second)};
  }
  [[nodiscard, gnu::always_inline]] both square(both a) const noexcept { return multiply(a, a); }
  [[nodiscard, gnu::always_inline]] both add(both a, both b) const noexcept {
    return {mod_.add(a.first, b.first), mod_.add(a.second, b.second)};
  }
  [[nodiscard, gnu::always_inline]] both subtract(both a, both b) const noexcept {
    return {mod_.subtract(a.first, b.first), mod_.subtract(a.second, b.second)};
  }
  /// factor returns what n has in common with either number: 1 if nothing, n if only all of it.
  [[nodiscard]] std::uint64_t factor(both a) const noexcept {
    const std::uint64_t n = mod_.modulus();
    const std::uint64_t of_product = std::gcd(mod_.multiply(a.first, a.second), n);
    if (of_product != n) return of_product;
    // One has one factor and the other the other, or a number is zero.
    const std::uint64_t of_first = std::gcd(a.first, n);
    return of_first != 1 && of_first != n ? of_first : std::gcd(a.second, n);
  }
  [[nodiscard]] const montgomery& each() const noexcept { return mod_; }

 private:
  montgomery mod_;
};

/// Points of two curves b y^2 = x^3 + a x^2 + x by x / z; y is never needed.
struct point {
  both x;
  both z;
};

class curves {
 public:
  curves(const twice_modulo& mod, both a_plus_2_by_4) noexcept
      : mod_(mod), factor_(a_plus_2_by_4) {}

  [[nodiscard, gnu::always_inline]] point twice(const point& p) const noexcept {
    const both sum = mod_.square(mod_.add(p.x, p.z));
    const both difference = mod_.square(mod_.subtract(p.x, p.z));
    const both four_xz = mod_.subtract(sum, difference);
    return {mod_.multiply(sum, difference),
            mod_.multiply(four_xz, mod_.multiply_add(factor_, four_xz, difference))};
  }

  /// add returns p + q. Pre: `difference` is p - q.
  [[nodiscard, gnu::always_inline]] point add(const point& p, const point& q,
                                              const point& difference) const noexcept {
    const point over = crossed(p, q);
    return {mod_.multiply(difference.z, over.x), mod_.multiply(difference.x, over.z)};
  }

  /// climb multiplies the points x / 1 by Montgomery's ladder: low is k times the point and high is
  /// k + 1 times, for the k that the digits so far are. The z of 1 saves a product a digit.
  [[nodiscard]] point climb(both x, const scalar& by) const noexcept {
    point low{x, mod_.same(mod_.each().one())}, high = twice(low);
    for (std::size_t i = 0; i < by.size; ++i) {
      const auto [sum_squared, difference_squared] = crossed(high, low);
      const point sum{sum_squared, mod_.multiply(x, difference_squared)};
      if (by.digits[i]) {
        high = twice(high);
        low = sum;
      } else {
        low = twice(low);
        high = sum;
      }
    }
    return low;
  }

 private:
  // p + q, but for the x and z of p - q that it still has to be multiplied with.
  [[nodiscard, gnu::always_inline]] point crossed(const point& p, const point& q) const noexcept {
    const both u = mod_.multiply(mod_.subtract(p.x, p.z), mod_.add(q.x, q.z));
    const both v = mod_.multiply(mod_.add(p.x, p.z), mod_.subtract(q.x, q.z));
    return {mod_.square(mod_.add(u, v)), mod_.square(mod_.subtract(u, v))};
  }

  twice_modulo mod_;
  both factor_;
};

/// 1 / a modulo n, by Euclid; or a factor that a and n share, in which case there is none.
struct inversion {
  std::uint64_t shared;
  std::uint64_t inverse;
};

inversion invert(std::uint64_t a, std::uint64_t n) noexcept {
  // Invariant, modulo n: r = a * t and next_r = a * next_t, but for the sign, which alternates.
  std::uint64_t r = n, next_r = a % n, t = 0, next_t = 1;
  bool negative = true;
  while (next_r != 0) {
    const std::uint64_t quotient = r / next_r;
    r = std::exchange(next_r, r - quotient * next_r);
    t = std::exchange(next_t, t + quotient * next_t);
    negative = !negative;
  }
  return {r, negative ? n - t : t};
}

// The z of all multiples of `p` by a prime between the bounds, multiplied up. With giant step s and
// baby step b, (s + b) p or (s - b) p is zero exactly if s p and b p have the same x / z.
both second_stage(const twice_modulo& mod, const curves& on, const point& p) noexcept {
  const point p2 = on.twice(p), p4 = on.twice(p2), p6 = on.add(p4, p2, p2);
  const point p5 = on.add(p4, p, on.add(p2, p, p)), p7 = on.add(p6, p, p5);
  const point p11 = on.add(p6, p5, p), p13 = on.add(p7, p6, p);
  const point p17 = on.add(p11, p6, p5), p19 = on.add(p13, p6, p7);
  const point p23 = on.add(p17, p6, p11), p29 = on.add(p23, p6, p17);
  const point p30 = on.add(p19, p11, on.twice(p4)), step = on.twice(p30);

  const std::array<point, babies.size()> baby{p, p7, p11, p13, p17, p19, p23, p29};
  std::array<both, babies.size()> baby_xz;
  for (std::size_t i = 0; i < baby.size(); ++i) baby_xz[i] = mod.multiply(baby[i].x, baby[i].z);

  point before = step, giant = on.twice(step);
  for (std::size_t i = 2; i < first_giant; ++i)
    before = std::exchange(giant, on.add(giant, step, before));

  both product = mod.same(mod.each().one());
  for (std::size_t i = first_giant; i < giants; ++i) {
    const both giant_xz = mod.multiply(giant.x, giant.z);
    for (unsigned left = pairs[i]; left != 0; left &= left - 1) {
      const auto k = static_cast<std::size_t>(std::countr_zero(left));
      // x z' - x' z, where one of the two products was made before.
      const both crossed =
          mod.multiply_add(mod.subtract(giant.x, baby[k].x), mod.add(giant.z, baby[k].z),
                           mod.subtract(baby_xz[k], giant_xz));
      product = mod.multiply(product, crossed);
    }
    before = std::exchange(giant, on.add(giant, step, before));
  }
  return product;
}

// Two curves and a point on each, by Suyama: the order of their groups is a multiple of 12 for
// every sigma. Returns a factor of n, which may be 1 or n.
std::uint64_t try_curves(const twice_modulo& mod, std::uint64_t sigma) noexcept {
  const montgomery& each = mod.each();
  const std::uint64_t n = each.modulus();
  const both s{each.enter(sigma), each.enter(sigma + 1)};
  const both u = mod.subtract(mod.square(s), mod.enter(5)), v = mod.multiply(s, mod.enter(4));
  const both u3 = mod.multiply(mod.square(u), u), v3 = mod.multiply(mod.square(v), v);
  const both difference = mod.subtract(v, u);
  const both sum = mod.add(mod.add(u, u), mod.add(u, v));
  const both numerator = mod.multiply(mod.multiply(mod.square(difference), difference), sum);
  const both denominator = mod.multiply(mod.multiply(u3, v), mod.enter(16));

  // One inversion for all four quotients, numerator / denominator and u3 / v3 of each curve.
  const both divisor = mod.multiply(denominator, v3);
  const inversion inverted = invert(each.leave(each.multiply(divisor.first, divisor.second)), n);
  if (inverted.shared != 1) return inverted.shared;
  const std::uint64_t inverse_of_both = each.enter(inverted.inverse);
  const both inverse = mod.multiply({divisor.second, divisor.first}, mod.same(inverse_of_both));
  const curves on(mod, mod.multiply(mod.multiply(numerator, v3), inverse));
  const both x = mod.multiply(mod.multiply(u3, denominator), inverse);

  const point first = on.climb(x, first_scalar);
  if (const std::uint64_t factor = mod.factor(first.z); factor != 1) return factor;
  return mod.factor(second_stage(mod, on, first));
}

}  // namespace

std::uint64_t curve_factor(std::uint64_t n, int curves) noexcept {
  const twice_modulo mod{montgomery(n)};
  for (int i = 0; i < curves; i += 2) {
    const std::uint64_t factor = try_curves(mod, 6 + static_cast<std::uint64_t>(i));
    if (factor != 1 && factor != n) return factor;
  }
  return 1;
}

}  // namespace corogram::crypto::detail

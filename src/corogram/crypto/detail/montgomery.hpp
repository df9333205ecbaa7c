#pragma once

// Arithmetic modulo an odd number of up to 64 bits, without divisions.

#include <corogram/crypto/detail/uint128.hpp>

#include <cstdint>

namespace corogram::crypto::detail {

/// Numbers modulo an odd n in Montgomery's form: a stands for a * 2^-64 mod n. A product costs
/// three multiplications and no division, for every odd n below 2^64. Pre: what goes in is below n,
/// and so is what comes out.
class montgomery {
 public:
  explicit montgomery(std::uint64_t n) noexcept : n_(n), inverse_(n) {
    // Newton's iteration for 1 / n mod 2^64: n itself is right in 3 bits, each step doubles them.
    for (int bits = 3; bits < 64; bits *= 2) inverse_ *= 2 - n * inverse_;
    one_ = (0 - n) % n;
  }

  [[nodiscard]] std::uint64_t modulus() const noexcept { return n_; }
  [[nodiscard]] std::uint64_t one() const noexcept { return one_; }

  /// enter brings any number into the form.
  [[nodiscard]] std::uint64_t enter(std::uint64_t a) const noexcept {
    return static_cast<std::uint64_t>((static_cast<uint128>(a % n_) << 64) % n_);
  }

  /// leave is the number that `a` stands for.
  [[nodiscard]] std::uint64_t leave(std::uint64_t a) const noexcept { return multiply(a, 1); }

  [[nodiscard]] std::uint64_t multiply(std::uint64_t a, std::uint64_t b) const noexcept {
    const uint128 product = static_cast<uint128>(a) * b;
    return subtract(static_cast<std::uint64_t>(product >> 64), same_low_half(product));
  }

  /// multiply_add returns a * b + c. Adding c to the high half costs no time: it is ready long
  /// before what is subtracted from it.
  [[nodiscard]] std::uint64_t multiply_add(std::uint64_t a, std::uint64_t b,
                                           std::uint64_t c) const noexcept {
    const uint128 product = static_cast<uint128>(a) * b;
    return subtract(add(static_cast<std::uint64_t>(product >> 64), c), same_low_half(product));
  }

  [[nodiscard]] std::uint64_t square(std::uint64_t a) const noexcept { return multiply(a, a); }

  [[nodiscard]] std::uint64_t add(std::uint64_t a, std::uint64_t b) const noexcept {
    return subtract(a, n_ - b);
  }

  [[nodiscard]] std::uint64_t subtract(std::uint64_t a, std::uint64_t b) const noexcept {
    // Not by __builtin_sub_overflow: g++ 12 makes a number of the borrow and then tests that.
    const std::uint64_t below = a - b, wrapped = below + n_;
    return __builtin_expect_with_probability(a < b, 1, 0.5) ? wrapped : below;
  }

  [[nodiscard]] std::uint64_t power(std::uint64_t base, std::uint64_t exponent) const noexcept {
    std::uint64_t result = one_;
    for (; exponent != 0; exponent >>= 1) {
      if ((exponent & 1) != 0) result = multiply(result, base);
      base = square(base);
    }
    return result;
  }

 private:
  /// same_low_half is the high half of the multiple of n whose low half is that of `product`:
  /// subtracted from the product's, it leaves product / 2^64 modulo n.
  [[nodiscard]] std::uint64_t same_low_half(uint128 product) const noexcept {
    const std::uint64_t multiplier = static_cast<std::uint64_t>(product) * inverse_;
    return static_cast<std::uint64_t>((static_cast<uint128>(multiplier) * n_) >> 64);
  }

  std::uint64_t n_;
  std::uint64_t inverse_;
  std::uint64_t one_;
};

}  // namespace corogram::crypto::detail

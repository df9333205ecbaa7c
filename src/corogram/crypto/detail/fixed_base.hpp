#pragma once

// Powers of one base modulo one prime, several times as fast as those of any base, by a table of
// powers made beforehand. See C. H. Lim, P. J. Lee, "More flexible exponentiation with
// precomputation" (1994).
//
// The 2048 bits of the exponent are a rectangle of 4 rows with 64 bytes each. A column of it is a
// byte in each row, and bit k of those 4 bytes is a digit of 4 bits, of the weights
//
//   2^k * 2^(8 column) * (1, 2^512, 2^1024, 2^1536)
//
// The table has, for each column, the powers of the base for all 16 values of the digit of k = 0.
// Doubling what the digits of a higher k have made serves them, too: the power is computed by one
// squaring for each k and one multiplication for each digit, 520 in all; squaring and multiplying
// bit by bit takes 2048 squarings and 400 multiplications at the least.

#include <corogram/core/bytes.hpp>
#include <corogram/core/secret.hpp>
#include <corogram/crypto/detail/montgomery_2048.hpp>

#include <array>
#include <atomic>
#include <cstddef>
#include <memory>
#include <span>

namespace corogram::crypto::detail {

/// The table of a base: 256 KiB, made by 2,700 multiplications, a little more than an
/// exponentiation without it takes. Threads: safe, once it is made.
class fixed_base {
 public:
  /// Pre: `prime` is odd and has 2048 bits, and 0 < base.
  fixed_base(unsigned base, std::span<const core::byte, 256> prime, multiply_2048 multiply);

  /// power returns base^exponent modulo the prime. Neither its time nor the memory that it looks at
  /// depend on the exponent: of a column all entries are read. Shape: big-endian.
  [[nodiscard]] core::secret_array<256> power(
      std::span<const core::byte, 256> exponent) const noexcept;

 private:
  static constexpr std::size_t rows = 4;
  static constexpr std::size_t columns = 64;
  static constexpr std::size_t digit_values = std::size_t{1} << rows;
  using column = std::array<number_2048, digit_values>;

  modulus_2048 modulus_;
  multiply_2048 multiply_;
  std::unique_ptr<std::array<column, columns>> table_;
};

/// A fixed_base that is made when it pays, and then stays for good.
///
/// A program that agrees on one key or two is better off without the table, since making it takes
/// what two powers by it save. So the first two uses go without, and the third one makes it;
/// whoever comes from another thread meanwhile goes without, too, instead of waiting. Threads:
/// safe. Lifetime: for objects of static storage; what they made is never freed, because a thread
/// may still need it while the program ends.
class lazy_fixed_base {
 public:
  static constexpr unsigned uses_without = 2;

  /// get counts a use and returns the table, or nullptr. The arguments are always the same ones.
  const fixed_base* get(unsigned base, std::span<const core::byte, 256> prime,
                        multiply_2048 multiply);

 private:
  std::atomic<unsigned> uses_ = 0;
  std::atomic<const fixed_base*> made_ = nullptr;
};

}  // namespace corogram::crypto::detail

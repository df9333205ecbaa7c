#include <corogram/core/endian.hpp>
#include <corogram/crypto/detail/montgomery.hpp>
#include <corogram/crypto/detail/montgomery_2048.hpp>

#ifdef __x86_64__
#include <cpuid.h>
#endif

namespace corogram::crypto::detail {

namespace {

constexpr std::size_t size = number_2048().size();

std::uint64_t high(uint128 wide) noexcept {
  return static_cast<std::uint64_t>(wide >> 64);
}

/// choose returns a where `mask` is all ones, and b where it is zero.
std::uint64_t choose(std::uint64_t mask, std::uint64_t a, std::uint64_t b) noexcept {
  return (a & mask) | (b & ~mask);
}

// value + top * 2^2048, which is below 2n, modulo n. `value` points to as many words.
void reduce_once(number_2048& reduced, const std::uint64_t* value, std::uint64_t top,
                 const number_2048& n) noexcept {
  secret_words<size> less;
  std::uint64_t borrow = 0;
  for (std::size_t i = 0; i < size; ++i) {
    const uint128 difference = uint128{value[i]} - n[i] - borrow;
    less.words[i] = static_cast<std::uint64_t>(difference);
    borrow = high(difference) & 1;
  }
  // Above n there is no borrow, or one that the top word pays for.
  std::uint64_t is_below = 0 - (borrow & ~top);
  __asm__("" : "+r"(is_below));  // no value to be branched on
  for (std::size_t i = 0; i < size; ++i) reduced[i] = choose(is_below, value[i], less.words[i]);
}

// Adds a * b to the words from `to` on and returns the word that leaves at the top.
std::uint64_t add_row_portable(std::uint64_t* to, const number_2048& a, std::uint64_t b) noexcept {
  std::uint64_t carry = 0;
#pragma GCC unroll 8
  for (std::size_t i = 0; i < size; ++i) {
    const uint128 sum = uint128{a[i]} * b + to[i] + carry;
    to[i] = static_cast<std::uint64_t>(sum);
    carry = high(sum);
  }
  return carry;
}

// Row by row of the product a * b, and as soon as a word of it is final, the multiple of n that
// turns it into zero. What remains above those 32 words is the product divided by 2^2048.
template <auto AddRow>
[[gnu::always_inline]] inline void multiply(number_2048& product, const number_2048& a,
                                            const number_2048& b, const modulus_2048& modulus,
                                            workspace_2048& space) noexcept {
  std::uint64_t* const sum = space.words.data();
  for (std::size_t i = 0; i < size; ++i) sum[i] = 0;
  std::uint64_t top = 0;
  for (std::size_t i = 0; i < size; ++i) {
    const std::uint64_t of_product = AddRow(sum + i, a, b[i]);
    const std::uint64_t of_multiple = AddRow(sum + i, modulus.n, sum[i] * modulus.minus_inverse);
    const uint128 word = uint128{of_product} + of_multiple + top;
    sum[size + i] = static_cast<std::uint64_t>(word);
    top = high(word);
  }
  reduce_once(product, sum + size, top, modulus.n);
}

}  // namespace

number_2048 from_big_endian(std::span<const core::byte, 256> bytes) noexcept {
  number_2048 number;
  for (std::size_t i = 0; i < size; ++i)
    number[i] = core::load_be<std::uint64_t>(bytes.data() + bytes.size() - 8 * (i + 1));
  return number;
}

void to_big_endian(const number_2048& number, std::span<core::byte, 256> bytes) noexcept {
  for (std::size_t i = 0; i < size; ++i)
    core::store_be(bytes.data() + bytes.size() - 8 * (i + 1), number[i]);
}

modulus_2048::modulus_2048(std::span<const core::byte, 256> big_endian) noexcept
    : n(from_big_endian(big_endian)), minus_inverse(n[0]) {
  // Newton's iteration for 1 / n modulo 2^64: n itself is right in 3 bits, each step doubles them.
  for (int bits = 3; bits < 64; bits *= 2) minus_inverse *= 2 - n[0] * minus_inverse;
  minus_inverse = 0 - minus_inverse;
  // 2^2048 - n, since n is above the half of 2^2048: its complement plus 1, which the lowest word
  // of an odd number takes without a carry.
  for (std::size_t i = 0; i < size; ++i) one[i] = ~n[i];
  ++one[0];
}

number_2048 modulus_2048::enter(unsigned small) const noexcept {
  number_2048 sum{};
  for (unsigned i = 0; i < small; ++i) {
    number_2048 next;
    std::uint64_t carry = 0;
    for (std::size_t k = 0; k < size; ++k) {
      const uint128 word = uint128{sum[k]} + one[k] + carry;
      next[k] = static_cast<std::uint64_t>(word);
      carry = high(word);
    }
    reduce_once(sum, next.data(), carry, n);
  }
  return sum;
}

void multiply_2048_portable(number_2048& product, const number_2048& a, const number_2048& b,
                            const modulus_2048& modulus, workspace_2048& space) noexcept {
  multiply<add_row_portable>(product, a, b, modulus, space);
}

#ifdef __x86_64__

namespace {

// mulx leaves the flags alone; adcx and adox each have a carry of their own. So one chain adds the
// low halves to `to`, the other the high halves of the words before. Compilers (g++ 12, clang 19)
// make one chain of it, which takes twice as long.
std::uint64_t add_row_adx(std::uint64_t* to, const number_2048& a, std::uint64_t b) noexcept {
  std::uint64_t high_of_odd, high_of_even, low;
  __asm__(
      "xor %k[odd], %k[odd]\n\t"
      ".irp at, 0, 16, 32, 48, 64, 80, 96, 112, 128, 144, 160, 176, 192, 208, 224, 240\n\t"
      "mulx \\at(%[a]), %[low], %[even]\n\t"
      "adcx \\at(%[to]), %[low]\n\t"
      "adox %[odd], %[low]\n\t"
      "mov %[low], \\at(%[to])\n\t"
      "mulx \\at+8(%[a]), %[low], %[odd]\n\t"
      "adcx \\at+8(%[to]), %[low]\n\t"
      "adox %[even], %[low]\n\t"
      "mov %[low], \\at+8(%[to])\n\t"
      ".endr\n\t"
      "mov $0, %k[low]\n\t"
      "adcx %[low], %[odd]\n\t"
      "adox %[low], %[odd]"
      : [odd] "=&r"(high_of_odd), [even] "=&r"(high_of_even), [low] "=&r"(low)
      : [a] "r"(a.data()), [to] "r"(to), "d"(b)
      : "cc", "memory");
  return high_of_odd;
}

}  // namespace

bool multiply_2048_adx_supported() noexcept {
  unsigned a, b, c, d;
  constexpr unsigned needed = bit_BMI2 | bit_ADX;
  return __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && (b & needed) == needed;
}

void multiply_2048_adx(number_2048& product, const number_2048& a, const number_2048& b,
                       const modulus_2048& modulus, workspace_2048& space) noexcept {
  multiply<add_row_adx>(product, a, b, modulus, space);
}

#endif

}  // namespace corogram::crypto::detail

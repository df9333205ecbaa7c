#include <corogram/crypto/detail/fixed_base.hpp>

#include <cstdint>
#include <cstring>

namespace corogram::crypto::detail {

namespace {

using word_pair [[gnu::vector_size(16)]] = std::uint64_t;

// All ones if a == b, otherwise zero. Pre: below 2^63.
std::uint64_t mask_of_equal(std::uint64_t a, std::uint64_t b) noexcept {
  std::uint64_t mask = 0 - (((a ^ b) - 1) >> 63);
  __asm__("" : "+r"(mask));  // no value to be branched on
  return mask;
}

// Copies the entry of this index, having read all of them.
template <std::size_t Size>
void select(number_2048& selected, const std::array<number_2048, Size>& entries,
            std::uint64_t index) noexcept {
  secret_words<Size> masks;
  for (std::size_t i = 0; i < Size; ++i) masks.words[i] = mask_of_equal(i, index);
  for (std::size_t k = 0; k < selected.size(); k += 2) {
    word_pair sum{};
    for (std::size_t i = 0; i < Size; ++i) {
      word_pair pair;
      std::memcpy(&pair, &entries[i][k], sizeof pair);
      sum |= pair & masks.words[i];
    }
    std::memcpy(&selected[k], &sum, sizeof sum);
  }
}

}  // namespace

fixed_base::fixed_base(unsigned base, std::span<const core::byte, 256> prime,
                       multiply_2048 multiply)
    : modulus_(prime), multiply_(multiply), table_(new std::array<column, columns>) {
  workspace_2048 space;
  // Of each row and column, in the order of their weights: the single bits of the digits.
  number_2048 weight = modulus_.enter(base);
  for (std::size_t row = 0; row < rows; ++row)
    for (column& entries : *table_) {
      entries[std::size_t{1} << row] = weight;
      for (int bit = 0; bit < 8; ++bit) multiply(weight, weight, weight, modulus_, space);
    }
  for (column& entries : *table_) {
    entries[0] = modulus_.one;
    for (std::size_t digit = 1; digit < digit_values; ++digit) {
      const std::size_t without_lowest = digit & (digit - 1);
      if (without_lowest != 0)
        multiply(entries[digit], entries[without_lowest], entries[digit ^ without_lowest], modulus_,
                 space);
    }
  }
}

core::secret_array<256> fixed_base::power(
    std::span<const core::byte, 256> exponent) const noexcept {
  secret_words<number_2048().size()> product, factor;
  workspace_2048 space;
  product.words = modulus_.one;
  for (unsigned bit = 8; bit-- > 0;) {
    multiply_(product.words, product.words, product.words, modulus_, space);
    for (std::size_t i = 0; i < columns; ++i) {
      std::uint64_t digit = 0;
      for (std::size_t row = 0; row < rows; ++row) {
        const core::byte here = exponent[exponent.size() - 1 - row * columns - i];
        digit |= static_cast<std::uint64_t>(here >> bit & 1) << row;
      }
      select(factor.words, (*table_)[i], digit);
      multiply_(product.words, product.words, factor.words, modulus_, space);
    }
  }
  // A product with the plain number 1 leaves Montgomery's form.
  factor.words = {1};
  multiply_(product.words, product.words, factor.words, modulus_, space);
  //= AK-43
  core::secret_array<256> result;
  to_big_endian(product.words, result.span());
  return result;
}

const fixed_base* lazy_fixed_base::get(unsigned base, std::span<const core::byte, 256> prime,
                                       multiply_2048 multiply) {
  if (const fixed_base* const made = made_.load(std::memory_order_acquire)) return made;
  if (uses_.fetch_add(1, std::memory_order_relaxed) != uses_without) return nullptr;
  const fixed_base* const table = new fixed_base(base, prime, multiply);
  made_.store(table, std::memory_order_release);
  return table;
}

}  // namespace corogram::crypto::detail

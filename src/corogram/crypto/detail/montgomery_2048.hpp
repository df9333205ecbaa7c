#pragma once

// Arithmetic modulo an odd number of 2048 bits in constant time, on words of fixed number.
//
// OpenSSL's BN_mod_mul_montgomery does not serve for secrets: it drops leading zero words of the
// result, and takes another way through factors that have some.

#include <corogram/core/bytes.hpp>
#include <corogram/core/secret.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace corogram::crypto::detail {

/// A number of 2048 bits, the least significant word first.
using number_2048 = std::array<std::uint64_t, 32>;

/// from_big_endian reads 256 bytes.
number_2048 from_big_endian(std::span<const core::byte, 256> bytes) noexcept;

/// to_big_endian writes 256 bytes.
void to_big_endian(const number_2048& number, std::span<core::byte, 256> bytes) noexcept;

/// Words that are wiped when they go.
template <std::size_t Size>
struct secret_words {
  std::array<std::uint64_t, Size> words{};

  secret_words() = default;
  secret_words(const secret_words&) = delete;
  secret_words& operator=(const secret_words&) = delete;
  ~secret_words() {
    core::wipe({static_cast<core::byte*>(static_cast<void*>(words.data())), sizeof words});
  }
};

/// What a multiplication works in. Its owner keeps it for many of them, and it is wiped once.
using workspace_2048 = secret_words<64>;

/// A modulus in Montgomery's form, in which a stands for a * 2^-2048.
struct modulus_2048 {
  /// Pre: `big_endian` is odd and has 2048 bits.
  explicit modulus_2048(std::span<const core::byte, 256> big_endian) noexcept;

  /// times returns `factor` in the form, by additions: for small numbers that are no secret.
  [[nodiscard]] number_2048 enter(unsigned small) const noexcept;

  number_2048 n;
  /// -1 / n modulo 2^64.
  std::uint64_t minus_inverse;
  /// What stands for 1.
  number_2048 one;
};

/// Computes a * b * 2^-2048 modulo n. `product` may be `a` or `b`. Pre: a, b < n; so is the result.
using multiply_2048 = void (*)(number_2048& product, const number_2048& a, const number_2048& b,
                               const modulus_2048& modulus, workspace_2048& space) noexcept;

void multiply_2048_portable(number_2048& product, const number_2048& a, const number_2048& b,
                            const modulus_2048& modulus, workspace_2048& space) noexcept;

#ifdef __x86_64__
/// With two carry chains at a time, by the instructions of ADX.
bool multiply_2048_adx_supported() noexcept;
void multiply_2048_adx(number_2048& product, const number_2048& a, const number_2048& b,
                       const modulus_2048& modulus, workspace_2048& space) noexcept;
#endif

}  // namespace corogram::crypto::detail

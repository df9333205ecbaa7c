#pragma once

// What OpenSSL says: the second opinion of targets that compare. None of it shares code with the
// library.

#include <corogram/core/bytes.hpp>

#include <array>
#include <cstdint>

namespace corogram::fuzz::openssl {

[[nodiscard]] std::array<core::byte, 20> sha1(core::byte_view bytes);

/// in_dh_range says whether 2^1984 <= value <= prime - 2^1984. Both are big-endian.
[[nodiscard]] bool in_dh_range(core::byte_view value, core::byte_view prime);

/// is_square says whether `g` is a square modulo the prime, by Euler's criterion.
[[nodiscard]] bool is_square(std::uint32_t g, core::byte_view prime);

/// power returns base^exponent mod prime, as many bytes as `prime` has.
[[nodiscard]] core::byte_buffer power(core::byte_view base, core::byte_view exponent,
                                      core::byte_view prime);

/// is_prime decides for 64-bit numbers.
[[nodiscard]] bool is_prime(std::uint64_t n);

}  // namespace corogram::fuzz::openssl

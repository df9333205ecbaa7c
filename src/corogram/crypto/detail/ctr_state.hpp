#pragma once

// What a CTR key stream keeps from one piece of text to the next.

#include <corogram/core/bytes.hpp>
#include <corogram/core/endian.hpp>
#include <corogram/core/secret.hpp>
#include <corogram/crypto/detail/handles.hpp>
#include <corogram/crypto/detail/uint128.hpp>

#include <cstddef>
#include <cstdint>

namespace corogram::crypto::detail {

inline constexpr std::size_t ctr_block_size = 16;

/// Wiped when it goes or is moved from.
struct ctr_state {
  static constexpr std::size_t round_key_count = 15;

  /// The expanded key: round keys 0 to 14 of AES-256 as FIPS 197 numbers and writes them. Kernels
  /// that leave AES to OpenSSL have `context` in its place: this is zero then.
  alignas(16) core::secret_array<round_key_count * ctr_block_size> round_keys;
  /// The key stream of the block before `counter`, of which the last `unused` bytes go first.
  alignas(16) core::secret_array<ctr_block_size> key_stream;
  /// Of the next block, as a number. Written down it is big-endian; after the last comes zero.
  uint128 counter = 0;
  /// Units: bytes, below 16.
  std::size_t unused = 0;
  /// The cipher of the kernels that leave AES to OpenSSL, or nothing.
  cipher_context context;
};

/// load_counter reads a counter block as a number.
inline uint128 load_counter(const core::byte* from) noexcept {
  return static_cast<uint128>(core::load_be<std::uint64_t>(from)) << 64 |
         core::load_be<std::uint64_t>(from + 8);
}

/// store_counter writes the block of a counter.
inline void store_counter(core::byte* to, uint128 counter) noexcept {
  core::store_be(to, static_cast<std::uint64_t>(counter >> 64));
  core::store_be(to + 8, static_cast<std::uint64_t>(counter));
}

/// xor_bytes writes in[i] ^ key[i] to out[i]. Pre: `out` is `in` or does not overlap it.
inline void xor_bytes(const core::byte* in, const core::byte* key, core::byte* out,
                      std::size_t size) noexcept {
  for (std::size_t i = 0; i < size; ++i) out[i] = static_cast<core::byte>(in[i] ^ key[i]);
}

}  // namespace corogram::crypto::detail

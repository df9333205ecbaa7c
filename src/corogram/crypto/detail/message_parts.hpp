#pragma once

// What stitched messages consist of besides their middle: the first and the last blocks of the
// hash.
//
// What is hashed begins with 32 bytes of the authorization key: block k of SHA-256 holds the bytes
// 64k - 32 to 64k + 32 of the text. So it can follow two blocks of 16 bytes behind the decryption.

#include <corogram/core/secret.hpp>
#include <corogram/crypto/detail/kdf_shani.hpp>
#include <corogram/crypto/detail/stitched.hpp>
#include <corogram/crypto/hash.hpp>
#include <corogram/crypto/kdf.hpp>

#ifdef __x86_64__

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace corogram::crypto::detail {

inline constexpr std::size_t block_size = 16;
inline constexpr std::size_t key_part_size = 32;

/// The first block that is hashed: part of the key, then the beginning of the text.
struct alignas(16) first_block {
  std::array<core::byte, hash_block_size> bytes;

  ~first_block() { core::wipe(bytes); }
};

/// assemble writes that block. Pre: `text` has 32 bytes.
COROGRAM_STITCHED void assemble(core::byte* block, auth_key_view auth_key, direction sender,
                                const core::byte* text) noexcept {
  //= DESC-30
  //= DESC-37
  const core::byte* const part = auth_key.data() + 88 + static_cast<std::size_t>(sender);
  store(block, load(part));
  store(block + 16, load(part + 16));
  store(block + 32, load(text));
  store(block + 48, load(text + 16));
}

/// The last block of a hash: what is left of the text, `blocks` times 16 bytes (0 to 3), and the
/// padding of FIPS 180-4, 5.1.1, for `size` bytes in all.
COROGRAM_STITCHED window padded(const core::byte* rest, std::size_t blocks,
                                std::uint64_t size) noexcept {
  const __m128i one_bit = _mm_set_epi32(0, 0, 0, static_cast<int>(0x80000000));
  const auto bits = static_cast<std::int64_t>(std::rotl(size * 8, 32));
  window w{{one_bit, _mm_setzero_si128(), _mm_setzero_si128(), _mm_setzero_si128()}};
  if (blocks > 0) w.words[0] = big_endian_words(rest), w.words[1] = one_bit;
  if (blocks > 1) w.words[1] = big_endian_words(rest + 16), w.words[2] = one_bit;
  if (blocks > 2) w.words[2] = big_endian_words(rest + 32), w.words[3] = one_bit;
  w.words[3] = _mm_or_si128(w.words[3], _mm_set_epi64x(bits, 0));
  return w;
}

/// What follows the last whole chunk of a hash: one block, or with 4 times 16 bytes of the text
/// two.
COROGRAM_STITCHED digest_registers finish_hash(sha256_registers s, const core::byte* rest,
                                               std::size_t blocks, std::uint64_t size) noexcept {
  if (blocks == blocks_a_chunk) {
    sha256_block(s, load_block(rest, big_endian()));
    blocks = 0;
  }
  sha256_block(s, padded(rest, blocks, size));
  return digest_of(s);
}

COROGRAM_STITCHED void write(const digest_registers& from, sha256_digest& to) noexcept {
  store(to.data(), from.low);
  store(to.data() + 16, from.high);
}

/// How many blocks of 16 bytes a text has from `at` on.
inline std::size_t blocks_from(const core::byte* at, core::byte_view text) noexcept {
  return static_cast<std::size_t>(text.data() + text.size() - at) / block_size;
}

}  // namespace corogram::crypto::detail

#endif

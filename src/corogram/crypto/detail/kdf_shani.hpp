#pragma once

// The key derivation of MTProto 2.0 with the SHA extensions of x86: its two hashes of one block
// each side by side, and nothing but registers in between.

#include <corogram/core/bytes.hpp>
#include <corogram/crypto/detail/shani.hpp>
#include <corogram/crypto/kdf.hpp>

#ifdef __x86_64__

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>

namespace corogram::crypto::detail {

/// Halves of an AES key and of an initialisation vector, in the order of their bytes.
struct key_iv_registers {
  __m128i key_low, key_high, iv_low, iv_high;
};

struct digest_registers {
  __m128i low, high;
};

COROGRAM_SHANI __m128i big_endian_words(const core::byte* from) noexcept {
  return _mm_shuffle_epi8(load(from), big_endian());
}

COROGRAM_SHANI __m128i big_endian_word(const core::byte* from) noexcept {
  std::uint32_t word;
  std::memcpy(&word, from, sizeof word);
  return _mm_cvtsi32_si128(static_cast<int>(__builtin_bswap32(word)));
}

/// digest_of writes a state down as a hash.
COROGRAM_SHANI digest_registers digest_of(const sha256_registers& s) noexcept {
  const __m128i abef = _mm_shuffle_epi32(s.abef, 0x1b);
  const __m128i ghcd = _mm_shuffle_epi32(s.cdgh, 0xb1);
  return {_mm_shuffle_epi8(_mm_blend_epi16(abef, ghcd, 0xf0), big_endian()),
          _mm_shuffle_epi8(_mm_alignr_epi8(ghcd, abef, 8), big_endian())};
}

COROGRAM_SHANI sha256_registers sha256_begin() noexcept {
  return from_state(sha256_initial);
}

/// message_key_of takes the middle 128 bits.
COROGRAM_SHANI __m128i message_key_of(const digest_registers& large) noexcept {
  return _mm_alignr_epi8(large.high, large.low, 8);
}

template <std::size_t... Steps>
COROGRAM_SHANI void sha256_steps_of_two(sha256_registers& s, window& w, sha256_registers& t,
                                        window& v, std::index_sequence<Steps...>) noexcept {
  ((sha256_step<Steps>(s, w), sha256_step<Steps>(t, v)), ...);
}

/// What the two hashes of the derivation are of, one block each with its padding.
struct derivation_texts {
  window of_a, of_b;
};

//= DESC-32
//= DESC-33
COROGRAM_SHANI derivation_texts derivation_texts_of(auth_key_view auth_key, __m128i msg_key,
                                                    direction sender) noexcept {
  const core::byte* const key = auth_key.data() + static_cast<std::size_t>(sender);
  // Both texts have 52 bytes: a one bit, zeros, and the length in bits fill the block.
  const __m128i padding = _mm_set_epi32(52 * 8, 0, static_cast<int>(0x80000000), 0);
  const __m128i message = _mm_shuffle_epi8(msg_key, big_endian());
  return {{{message, big_endian_words(key), big_endian_words(key + 16),
            _mm_blend_epi16(padding, big_endian_word(key + 32), 0x03)}},
          {{big_endian_words(key + 40), big_endian_words(key + 56),
            _mm_blend_epi16(_mm_slli_si128(message, 4), big_endian_word(key + 72), 0x03),
            _mm_blend_epi16(padding, _mm_srli_si128(message, 12), 0x03)}}};
}

/// key_iv_of takes what is needed from both hashes:
/// key = a[0..8) b[8..24) a[24..32), iv = b[0..8) a[8..24) b[24..32).
//= DESC-34
COROGRAM_SHANI key_iv_registers key_iv_of(const sha256_registers& a,
                                          const sha256_registers& b) noexcept {
  const digest_registers x = digest_of(a), y = digest_of(b);
  return {_mm_blend_epi16(x.low, y.low, 0xf0), _mm_blend_epi16(y.high, x.high, 0xf0),
          _mm_blend_epi16(y.low, x.low, 0xf0), _mm_blend_epi16(x.high, y.high, 0xf0)};
}

/// derive_in_registers is derive_v2.
//= DESC-38
COROGRAM_SHANI key_iv_registers derive_in_registers(auth_key_view auth_key, __m128i msg_key,
                                                    direction sender) noexcept {
  derivation_texts texts = derivation_texts_of(auth_key, msg_key, sender);
  sha256_registers a = sha256_begin(), b = a;
  const sha256_registers before = a;
  sha256_steps_of_two(a, texts.of_a, b, texts.of_b, std::make_index_sequence<64 / words_a_step>());
  return key_iv_of(add(a, before), add(b, before));
}

}  // namespace corogram::crypto::detail

#endif

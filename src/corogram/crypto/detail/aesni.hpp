#pragma once

// AES-256 with the AES instructions of x86, in pieces.

#include <corogram/core/secret.hpp>
#include <corogram/crypto/detail/x86.hpp>

#ifdef __x86_64__

#include <cstddef>
#include <utility>

// Only these functions are compiled for AES instructions: nothing that the linker could take for
// the whole program.
#define COROGRAM_AESNI __attribute__((target("aes"), always_inline)) inline

namespace corogram::crypto::detail {

enum class operation { encrypt, decrypt };

/// Of AES-256.
inline constexpr std::size_t rounds = 14;

/// The round keys in the order of their use; wiped when they go.
struct schedule {
  __m128i keys[rounds + 1];

  schedule() = default;
  schedule(const schedule&) = delete;
  schedule& operator=(const schedule&) = delete;
  ~schedule() { core::wipe({static_cast<core::byte*>(static_cast<void*>(keys)), sizeof keys}); }
};

// FIPS 197, 5.2: each word of a round key is the XOR of all words up to its own in the round key
// two before, and of `word`, which comes from the one before.
COROGRAM_AESNI __m128i next_key(__m128i two_before, __m128i word) noexcept {
  two_before = _mm_xor_si128(two_before, _mm_slli_si128(two_before, 4));
  two_before = _mm_xor_si128(two_before, _mm_slli_si128(two_before, 8));
  return _mm_xor_si128(two_before, word);
}

// Makes the round keys k and k + 1 out of the two before them.
template <int RoundConstant>
COROGRAM_AESNI void expand(__m128i* keys, std::size_t k, __m128i& even, __m128i& odd) noexcept {
  even = next_key(even, _mm_shuffle_epi32(_mm_aeskeygenassist_si128(odd, RoundConstant), 0xff));
  keys[k] = even;
  if (k == rounds) return;
  odd = next_key(odd, _mm_shuffle_epi32(_mm_aeskeygenassist_si128(even, 0), 0xaa));
  keys[k + 1] = odd;
}

/// expand_key makes the round keys of encryption, in the order of FIPS 197, of the halves of a key.
COROGRAM_AESNI void expand_key(__m128i* keys, __m128i even, __m128i odd) noexcept {
  keys[0] = even;
  keys[1] = odd;
  expand<0x01>(keys, 2, even, odd);
  expand<0x02>(keys, 4, even, odd);
  expand<0x04>(keys, 6, even, odd);
  expand<0x08>(keys, 8, even, odd);
  expand<0x10>(keys, 10, even, odd);
  expand<0x20>(keys, 12, even, odd);
  expand<0x40>(keys, 14, even, odd);
}

template <operation What>
COROGRAM_AESNI void make_schedule(schedule& made, __m128i low, __m128i high) noexcept {
  __m128i* const keys = made.keys;
  expand_key(keys, low, high);
  if constexpr (What == operation::decrypt) {
    // FIPS 197, 5.3.5: the equivalent inverse cipher.
    for (std::size_t i = 0; i < rounds / 2; ++i) std::swap(keys[i], keys[rounds - i]);
    for (std::size_t i = 1; i < rounds; ++i) keys[i] = _mm_aesimc_si128(keys[i]);
  }
}

// Rounds `First` to `Last`, of a state that key 0 is in already.
template <operation What, std::size_t First, std::size_t Last>
COROGRAM_AESNI __m128i inner_rounds(const schedule& with, __m128i state) noexcept {
#pragma GCC unroll 13
  for (std::size_t i = First; i <= Last; ++i)
    state = What == operation::encrypt ? _mm_aesenc_si128(state, with.keys[i])
                                       : _mm_aesdec_si128(state, with.keys[i]);
  return state;
}

template <operation What>
COROGRAM_AESNI __m128i last_round(__m128i state, __m128i key) noexcept {
  return What == operation::encrypt ? _mm_aesenclast_si128(state, key)
                                    : _mm_aesdeclast_si128(state, key);
}

}  // namespace corogram::crypto::detail

#endif

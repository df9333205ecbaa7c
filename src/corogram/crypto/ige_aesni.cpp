// IGE with the AES instructions of x86, folded so that nothing but them is on the critical path.
//
// Each block needs the result of the block before, so one stream can be no faster than 14 rounds in
// a row. The textbook adds two XORs to that: out[i] = F(in[i] ^ out[i-1]) ^ in[i-1]. But the last
// round ends with the XOR of a key anyway, and what F is given first is XORed with key 0:
//
//   out[i]                = last(s, K14 ^ in[i-1])
//   in[i+1] ^ out[i] ^ K0 = last(s, K14 ^ in[i-1] ^ in[i+1] ^ K0)
//
// Both keys are known before s is, and the second line is the next block, ready for round 1.

#include <corogram/crypto/detail/ige_kernels.hpp>

#ifdef __x86_64__

#include <corogram/core/secret.hpp>
#include <corogram/crypto/ige.hpp>

#include <immintrin.h>

#include <cstddef>
#include <utility>

// Only these functions are compiled for AES instructions: nothing that the linker could take for
// the whole program.
#define COROGRAM_AESNI __attribute__((target("aes")))

namespace corogram::crypto::detail {

namespace {

enum class operation { encrypt, decrypt };

constexpr std::size_t rounds = 14;

/// The round keys in the order of their use; wiped when they go.
struct schedule {
  __m128i keys[rounds + 1];

  schedule() = default;
  schedule(const schedule&) = delete;
  schedule& operator=(const schedule&) = delete;
  ~schedule() { core::wipe({static_cast<core::byte*>(static_cast<void*>(keys)), sizeof keys}); }
};

COROGRAM_AESNI __m128i load(const core::byte* from) noexcept {
  return _mm_loadu_si128(static_cast<const __m128i*>(static_cast<const void*>(from)));
}

COROGRAM_AESNI void store(core::byte* to, __m128i block) noexcept {
  _mm_storeu_si128(static_cast<__m128i*>(static_cast<void*>(to)), block);
}

// FIPS 197, 5.2: each word of a round key is the XOR of all words up to its own in the round key
// two before, and of `word`, which comes from the one before.
COROGRAM_AESNI __m128i next_key(__m128i two_before, __m128i word) noexcept {
  two_before = _mm_xor_si128(two_before, _mm_slli_si128(two_before, 4));
  two_before = _mm_xor_si128(two_before, _mm_slli_si128(two_before, 8));
  return _mm_xor_si128(two_before, word);
}

// Makes the round keys k and k + 1 out of the two before them.
template <int round_constant>
COROGRAM_AESNI void expand(__m128i* keys, std::size_t k) noexcept {
  const __m128i rotated = _mm_aeskeygenassist_si128(keys[k - 1], round_constant);
  keys[k] = next_key(keys[k - 2], _mm_shuffle_epi32(rotated, 0xff));
  if (k == rounds) return;
  const __m128i substituted = _mm_aeskeygenassist_si128(keys[k], 0);
  keys[k + 1] = next_key(keys[k - 1], _mm_shuffle_epi32(substituted, 0xaa));
}

template <operation what>
COROGRAM_AESNI void make_schedule(schedule& made, std::span<const core::byte, 32> key) noexcept {
  __m128i* const keys = made.keys;
  keys[0] = load(key.data());
  keys[1] = load(key.data() + 16);
  expand<0x01>(keys, 2);
  expand<0x02>(keys, 4);
  expand<0x04>(keys, 6);
  expand<0x08>(keys, 8);
  expand<0x10>(keys, 10);
  expand<0x20>(keys, 12);
  expand<0x40>(keys, 14);
  if constexpr (what == operation::decrypt) {
    // FIPS 197, 5.3.5: the equivalent inverse cipher.
    for (std::size_t i = 0; i < rounds / 2; ++i) std::swap(keys[i], keys[rounds - i]);
    for (std::size_t i = 1; i < rounds; ++i) keys[i] = _mm_aesimc_si128(keys[i]);
  }
}

// Rounds 1 to 13, of a state that key 0 is in already.
template <operation what>
COROGRAM_AESNI __m128i inner_rounds(const schedule& with, __m128i state) noexcept {
#pragma GCC unroll 13
  for (std::size_t i = 1; i < rounds; ++i)
    state = what == operation::encrypt ? _mm_aesenc_si128(state, with.keys[i])
                                       : _mm_aesdec_si128(state, with.keys[i]);
  return state;
}

template <operation what>
COROGRAM_AESNI __m128i last_round(__m128i state, __m128i key) noexcept {
  return what == operation::encrypt ? _mm_aesenclast_si128(state, key)
                                    : _mm_aesdeclast_si128(state, key);
}

template <operation what>
COROGRAM_AESNI void ige(std::span<const core::byte, 32> key, __m128i last_in, __m128i last_out,
                        core::byte_view in, core::byte_span out) noexcept {
  if (in.empty()) return;
  schedule with;
  make_schedule<what>(with, key);
  const __m128i first_key = with.keys[0], last_key = with.keys[rounds];
  const __m128i both_keys = _mm_xor_si128(first_key, last_key);

  // In place, a block is overwritten after it was read: `input` is always one block ahead.
  __m128i input = load(in.data());
  __m128i state = _mm_xor_si128(_mm_xor_si128(input, last_out), first_key);
  const std::size_t last = in.size() - aes_block_size;
  for (std::size_t at = 0; at < last; at += aes_block_size) {
    const __m128i next = load(in.data() + at + aes_block_size);
    const __m128i key_of_output = _mm_xor_si128(last_key, last_in);
    const __m128i key_of_state = _mm_xor_si128(_mm_xor_si128(both_keys, last_in), next);
    const __m128i inner = inner_rounds<what>(with, state);
    store(out.data() + at, last_round<what>(inner, key_of_output));
    state = last_round<what>(inner, key_of_state);
    last_in = input;
    input = next;
  }
  const __m128i inner = inner_rounds<what>(with, state);
  store(out.data() + last, last_round<what>(inner, _mm_xor_si128(last_key, last_in)));
}

}  // namespace

bool ige_aesni_supported() noexcept {
  return __builtin_cpu_supports("aes") != 0;
}

COROGRAM_AESNI void ige_encrypt_aesni(std::span<const core::byte, 32> key, ige_block_pair iv,
                                      core::byte_view in, core::byte_span out) noexcept {
  ige<operation::encrypt>(key, load(iv.data() + 16), load(iv.data()), in, out);
}

COROGRAM_AESNI void ige_decrypt_aesni(std::span<const core::byte, 32> key, ige_block_pair iv,
                                      core::byte_view in, core::byte_span out) noexcept {
  ige<operation::decrypt>(key, load(iv.data()), load(iv.data() + 16), in, out);
}

}  // namespace corogram::crypto::detail

#endif

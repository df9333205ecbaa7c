#pragma once

// AES-256 with the instructions of AArch64, and IGE folded so that nothing but them is on the
// critical path.
//
// AESE XORs a key first and substitutes then, so AES-256 is fourteen of them, and the XOR of key 14
// in the end. In IGE each block needs the result of the block before:
//
//   out[i] = r[i] ^ K14 ^ in[i-1]                     r[i]: the block's result without key 14
//   r[i]   = rounds(in[i] ^ out[i-1], K0, ...)
//          = rounds(r[i-1], in[i] ^ K0 ^ (K14 ^ in[i-2]), ...)
//
// What the second line has in the place of key 0 is known before r[i-1] is. So a stream is no
// slower than the rounds, one after the other, and the XORs of a block are done meanwhile.

#include <corogram/crypto/detail/armv8.hpp>

#if defined(__aarch64__) && defined(__linux__)

#include <corogram/core/secret.hpp>

#include <cstddef>
#include <span>
#include <utility>

namespace corogram::crypto::detail::armv8 {

enum class operation { encrypt, decrypt };

inline constexpr std::size_t aes_rounds = 14;

/// The keys in the order of their use.
struct round_keys {
  uint8x16_t k[aes_rounds + 1];
};

/// FIPS 197, 5.2: SubWord of the last word of a round key, in each word. AESE substitutes and
/// shifts rows, and of four equal words all rows are shifted to themselves.
COROGRAM_ARMV8 uint8x16_t substituted_last_word(uint8x16_t key) noexcept {
  const uint8x16_t last = vreinterpretq_u8_u32(vdupq_laneq_u32(vreinterpretq_u32_u8(key), 3));
  return vaeseq_u8(last, vdupq_n_u8(0));
}

/// RotWord of each word.
COROGRAM_ARMV8 uint8x16_t rotated(uint8x16_t words) noexcept {
  const uint32x4_t w = vreinterpretq_u32_u8(words);
  return vreinterpretq_u8_u32(vsriq_n_u32(vshlq_n_u32(w, 24), w, 8));
}

/// Each word of a round key is the XOR of all words up to its own in the round key two before, and
/// of `word`, which comes from the one before.
COROGRAM_ARMV8 uint8x16_t next_key(uint8x16_t two_before, uint8x16_t word) noexcept {
  const uint8x16_t zero = vdupq_n_u8(0);
  two_before = veorq_u8(two_before, vextq_u8(zero, two_before, 12));
  two_before = veorq_u8(two_before, vextq_u8(zero, two_before, 8));
  return veorq_u8(two_before, word);
}

/// The round keys in memory, wiped when they go.
template <operation What>
class schedule {
 public:
  COROGRAM_ARMV8_ENTRY explicit schedule(std::span<const core::byte, 32> key) noexcept {
    keys_.k[0] = load(key.data());
    keys_.k[1] = load(key.data() + 16);
    unsigned round_constant = 1;
    for (std::size_t i = 2; i <= aes_rounds; ++i) {
      uint8x16_t word = substituted_last_word(keys_.k[i - 1]);
      if (i % 2 == 0) {
        word = veorq_u8(rotated(word), vreinterpretq_u8_u32(vdupq_n_u32(round_constant)));
        round_constant *= 2;
      }
      keys_.k[i] = next_key(keys_.k[i - 2], word);
    }
    if constexpr (What == operation::decrypt) {
      // 5.3.5: the equivalent inverse cipher.
      for (std::size_t i = 0; i < aes_rounds / 2; ++i)
        std::swap(keys_.k[i], keys_.k[aes_rounds - i]);
      for (std::size_t i = 1; i < aes_rounds; ++i) keys_.k[i] = vaesimcq_u8(keys_.k[i]);
    }
  }
  schedule(const schedule&) = delete;
  schedule& operator=(const schedule&) = delete;
  ~schedule() { core::wipe({static_cast<core::byte*>(static_cast<void*>(&keys_)), sizeof keys_}); }

  /// The keys where they are.
  [[nodiscard]] const round_keys& in_memory() const noexcept { return keys_; }

  /// in_registers copies the keys: what is stored meanwhile cannot change the copy, so that
  /// compilers load it once. Only for functions that have few other variables, or else the copy
  /// goes to the stack.
  [[nodiscard]] COROGRAM_ARMV8 round_keys in_registers() const noexcept {
    // Key by key, or g++ copies them from memory to memory first.
    return copy(std::make_index_sequence<aes_rounds + 1>());
  }

 private:
  template <std::size_t... Each>
  COROGRAM_ARMV8 round_keys copy(std::index_sequence<Each...>) const noexcept {
    return {{keys_.k[Each]...}};
  }

  round_keys keys_;
};

/// What is done beside an ige_stream's rounds: nothing.
struct nothing_beside {
  template <std::size_t>
  COROGRAM_ARMV8 void step(uint8x16_t&) noexcept {}
};

/// IGE between two blocks.
template <operation What>
class ige_stream {
 public:
  COROGRAM_ARMV8 ige_stream(std::span<const core::byte, 32> iv, const round_keys& keys) noexcept {
    const uint8x16_t ciphertext = load(iv.data()), plaintext = load(iv.data() + 16);
    constexpr bool encrypts = What == operation::encrypt;
    result_ = encrypts ? ciphertext : plaintext;
    masked_before_ = vdupq_n_u8(0);  // this result has key 14 and an input in it already
    masked_ = veorq_u8(encrypts ? plaintext : ciphertext, keys.k[aes_rounds]);
  }

  /// next makes the output of a block. Between its rounds it has `beside` do four of its steps,
  /// beginning with `FirstStep`.
  template <std::size_t FirstStep = 0, class Beside = nothing_beside>
  COROGRAM_ARMV8 uint8x16_t next(uint8x16_t in, const round_keys& keys,
                                 Beside&& beside = {}) noexcept {
    const uint8x16_t first_key = veorq_u8(veorq_u8(in, keys.k[0]), masked_before_);
    uint8x16_t state = rounds<1, 2, 3>(round(result_, first_key), keys);
    beside.template step<FirstStep>(state);
    state = rounds<4, 5, 6>(state, keys);
    beside.template step<FirstStep + 1>(state);
    state = rounds<7, 8, 9>(state, keys);
    beside.template step<FirstStep + 2>(state);
    state = rounds<10, 11, 12>(state, keys);
    beside.template step<FirstStep + 3>(state);
    result_ = last_round(state, keys.k[aes_rounds - 1]);
    const uint8x16_t out = veorq_u8(result_, masked_);
    masked_before_ = masked_;
    masked_ = veorq_u8(in, keys.k[aes_rounds]);
    return out;
  }

 private:
  COROGRAM_ARMV8 static uint8x16_t last_round(uint8x16_t state, uint8x16_t key) noexcept {
    return What == operation::encrypt ? vaeseq_u8(state, key) : vaesdq_u8(state, key);
  }

  // Most cores execute the two instructions as one if they follow each other.
  COROGRAM_ARMV8 static uint8x16_t round(uint8x16_t state, uint8x16_t key) noexcept {
    state = last_round(state, key);
    return What == operation::encrypt ? vaesmcq_u8(state) : vaesimcq_u8(state);
  }

  template <std::size_t... Each>
  COROGRAM_ARMV8 static uint8x16_t rounds(uint8x16_t state, const round_keys& keys) noexcept {
    ((state = round(state, keys.k[Each])), ...);
    return state;
  }

  uint8x16_t result_;                  // r of the last block
  uint8x16_t masked_before_, masked_;  // K14 ^ in, of the last block but one and of the last
};

}  // namespace corogram::crypto::detail::armv8

#endif

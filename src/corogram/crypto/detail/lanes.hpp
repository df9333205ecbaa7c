#pragma once

// Texts on their way through IGE and SHA-256, several of them at once, in chunks of 64 bytes.

#include <corogram/core/bytes.hpp>
#include <corogram/core/secret.hpp>
#include <corogram/crypto/detail/aesni.hpp>
#include <corogram/crypto/detail/shani.hpp>

#ifdef __x86_64__

#include <cstddef>
#include <span>

namespace corogram::crypto::detail {

/// Units: bytes, of what run_lanes does at a time: four blocks of AES, or one of SHA-256.
inline constexpr std::size_t chunk_size = 64;
inline constexpr std::size_t blocks_a_chunk = 4;

/// As many texts as run_lanes takes at once.
inline constexpr std::size_t most_lanes = 3;

/// A text before its block i, in place; `text` is where that block begins. lanes_x86_64.S knows the
/// offsets. Wiped when it goes.
struct alignas(16) ige_lane {
  __m128i state;  // in[i] ^ out[i-1] ^ K0
  __m128i mask;   // in[i-1] ^ K14
  schedule keys;
  core::byte* text;

  ige_lane() = default;
  ige_lane(const ige_lane&) = delete;
  ige_lane& operator=(const ige_lane&) = delete;
  ~ige_lane() {
    core::wipe({static_cast<core::byte*>(static_cast<void*>(&state)), 2 * sizeof state});
  }
};
static_assert(offsetof(ige_lane, mask) == 16 && offsetof(ige_lane, keys) == 32 &&
              offsetof(ige_lane, text) == 272);

/// ige_begin sets a lane before its first block. Pre: its keys are made, and the text is not empty.
COROGRAM_AESNI void ige_begin(ige_lane& lane, core::byte* text, __m128i last_in,
                              __m128i last_out) noexcept {
  lane.text = text;
  lane.state = _mm_xor_si128(_mm_xor_si128(load(text), last_out), lane.keys.keys[0]);
  lane.mask = _mm_xor_si128(last_in, lane.keys.keys[rounds]);
}

/// ige_end does the last blocks of a text. Pre: `blocks` > 0.
template <operation What>
COROGRAM_AESNI void ige_end(const ige_lane& lane, std::size_t blocks) noexcept {
  // In registers: what is written to the text might be part of the lane, for all the compiler
  // knows.
  __m128i state = lane.state, mask = lane.mask;
  core::byte* text = lane.text;
  for (; blocks > 1; --blocks, text += 16) {
    const __m128i whitened = _mm_xor_si128(load(text + 16), lane.keys.keys[0]);
    const __m128i next_mask = _mm_xor_si128(load(text), lane.keys.keys[rounds]);
    state = last_round<What>(inner_rounds<What, 1, 13>(lane.keys, state),
                             _mm_xor_si128(whitened, mask));
    store(text, _mm_xor_si128(state, whitened));
    mask = next_mask;
  }
  store(text, last_round<What>(inner_rounds<What, 1, 13>(lane.keys, state), mask));
}

/// A text that is hashed; `text` is where its next block begins.
struct alignas(16) sha256_lane {
  sha256_registers state;
  const core::byte* text;
};
static_assert(offsetof(sha256_lane, text) == 32);

/// lanes_supported: AES and SHA instructions, and AVX for three operands.
bool lanes_supported() noexcept;

/// run_lanes takes each text `chunks` chunks further.
/// Pre: at most most_lanes of either; behind what is encrypted or decrypted another block follows,
/// since its beginning is mixed in.
template <operation What>
void run_lanes(std::span<ige_lane* const> lanes, std::span<sha256_lane* const> hashes,
               std::size_t chunks) noexcept;

extern template void run_lanes<operation::encrypt>(std::span<ige_lane* const>,
                                                   std::span<sha256_lane* const>,
                                                   std::size_t) noexcept;
extern template void run_lanes<operation::decrypt>(std::span<ige_lane* const>,
                                                   std::span<sha256_lane* const>,
                                                   std::size_t) noexcept;

}  // namespace corogram::crypto::detail

#endif

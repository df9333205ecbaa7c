#pragma once

// One text of IGE beside one of SHA-256, in registers: the 16 steps of a block of SHA-256 in the
// shadow of the 56 rounds of four blocks of AES.

#include <corogram/crypto/detail/lanes.hpp>

#ifdef __x86_64__

#include <cstddef>

#define COROGRAM_STITCHED __attribute__((target("avx,aes,sha"), always_inline)) inline
#define COROGRAM_STITCHED_ENTRY __attribute__((target("avx,aes,sha")))

namespace corogram::crypto::detail {

/// What stands between two blocks of a lane, in registers.
struct ige_chain {
  __m128i state, mask, input;
};

COROGRAM_STITCHED ige_chain load_chain(const ige_lane& lane) noexcept {
  return {lane.state, lane.mask, load(lane.text)};
}

/// A block of SHA-256 that is not part of what a stitched_block does.
inline constexpr std::size_t no_step = 64;

/// stitched_block does one block of IGE, and beside it four steps of SHA-256 from `First` on. The
/// next block, if any, is mixed in with the last round: see ige_aesni.cpp.
template <operation What, std::size_t First, bool IsLast = false>
COROGRAM_STITCHED void stitched_block(ige_chain& c, const schedule& with, core::byte* text,
                                      sha256_registers& s, window& w) noexcept {
  __m128i state = inner_rounds<What, 1, 2>(with, c.state);
  if constexpr (First != no_step) sha256_step<First>(s, w);
  state = inner_rounds<What, 3, 6>(with, state);
  if constexpr (First != no_step) sha256_step<First + 1>(s, w);
  state = inner_rounds<What, 7, 9>(with, state);
  if constexpr (First != no_step) sha256_step<First + 2>(s, w);
  state = inner_rounds<What, 10, 12>(with, state);
  if constexpr (First != no_step) sha256_step<First + 3>(s, w);
  state = inner_rounds<What, 13, 13>(with, state);
  if constexpr (IsLast) {
    store(text, last_round<What>(state, c.mask));
  } else {
    const __m128i next = load(text + 16);
    const __m128i whitened = _mm_xor_si128(next, with.keys[0]);
    c.state = last_round<What>(state, _mm_xor_si128(whitened, c.mask));
    store(text, _mm_xor_si128(c.state, whitened));
    c.mask = _mm_xor_si128(c.input, with.keys[rounds]);
    c.input = next;
  }
}

/// A block of IGE alone.
template <operation What, bool IsLast = false>
COROGRAM_STITCHED void plain_block(ige_chain& c, const schedule& with, core::byte* text) noexcept {
  sha256_registers no_hash{};
  window no_words{};
  stitched_block<What, no_step, IsLast>(c, with, text, no_hash, no_words);
}

/// stitched_chunk does four blocks of IGE and one of SHA-256.
template <operation What>
COROGRAM_STITCHED void stitched_chunk(ige_chain& c, const schedule& with, core::byte* text,
                                      sha256_registers& s, const core::byte* hashed) noexcept {
  const sha256_registers before = s;
  window w = load_block(hashed, big_endian());
  stitched_block<What, 0>(c, with, text, s, w);
  stitched_block<What, 4>(c, with, text + 16, s, w);
  stitched_block<What, 8>(c, with, text + 32, s, w);
  stitched_block<What, 12>(c, with, text + 48, s, w);
  s = add(s, before);
}

}  // namespace corogram::crypto::detail

#endif

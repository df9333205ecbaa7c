#pragma once

// One text of IGE beside one of SHA-256, in registers: the 16 steps of a block of SHA-256 in the
// shadow of the 56 rounds of four blocks of AES.

#include <corogram/crypto/detail/lanes.hpp>

#ifdef __x86_64__

#include <cstddef>
#include <utility>

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

/// Where the next block of a text comes from: memory, as it is.
struct plain_input {
  COROGRAM_STITCHED void begin() noexcept {}
  template <std::size_t First, std::size_t Last>
  COROGRAM_STITCHED void step() noexcept {}
  COROGRAM_STITCHED __m128i block(const core::byte* text) noexcept { return load(text); }
};

/// A block of SHA-256 that is not part of what a stitched_block does.
inline constexpr std::size_t no_step = 64;

/// stitched_block does one block of IGE, and beside it four steps of SHA-256 from `First` on. The
/// next block, if any, is mixed in with the last round: see ige_aesni.cpp.
template <operation What, std::size_t First, bool IsLast, class Input>
COROGRAM_STITCHED void stitched_block(ige_chain& c, const schedule& with, core::byte* text,
                                      sha256_registers& s, window& w, Input& input) noexcept {
  if constexpr (!IsLast) input.begin();
  __m128i state = inner_rounds<What, 1, 2>(with, c.state);
  if constexpr (!IsLast) input.template step<1, 2>();
  if constexpr (First != no_step) sha256_step<First>(s, w);
  state = inner_rounds<What, 3, 6>(with, state);
  if constexpr (!IsLast) input.template step<3, 6>();
  if constexpr (First != no_step) sha256_step<First + 1>(s, w);
  state = inner_rounds<What, 7, 9>(with, state);
  if constexpr (!IsLast) input.template step<7, 9>();
  if constexpr (First != no_step) sha256_step<First + 2>(s, w);
  state = inner_rounds<What, 10, 12>(with, state);
  if constexpr (!IsLast) input.template step<10, 12>();
  if constexpr (First != no_step) sha256_step<First + 3>(s, w);
  state = inner_rounds<What, 13, 13>(with, state);
  if constexpr (IsLast) {
    store(text, last_round<What>(state, c.mask));
  } else {
    input.template step<13, 13>();
    const __m128i next = input.block(text + 16);
    const __m128i whitened = _mm_xor_si128(next, with.keys[0]);
    c.state = last_round<What>(state, _mm_xor_si128(whitened, c.mask));
    store(text, _mm_xor_si128(c.state, whitened));
    c.mask = _mm_xor_si128(c.input, with.keys[rounds]);
    c.input = next;
  }
}

/// A block of IGE alone.
template <operation What, bool IsLast, class Input>
COROGRAM_STITCHED void plain_block(ige_chain& c, const schedule& with, core::byte* text,
                                   Input& input) noexcept {
  sha256_registers no_hash{};
  window no_words{};
  stitched_block<What, no_step, IsLast>(c, with, text, no_hash, no_words, input);
}

/// stitched_chunk does four blocks of IGE and one of SHA-256.
template <operation What, class Input>
COROGRAM_STITCHED void stitched_chunk(ige_chain& c, const schedule& with, core::byte* text,
                                      sha256_registers& s, const core::byte* hashed,
                                      Input& input) noexcept {
  const sha256_registers before = s;
  window w = load_block(hashed, big_endian());
  stitched_block<What, 0, false>(c, with, text, s, w, input);
  stitched_block<What, 4, false>(c, with, text + 16, s, w, input);
  stitched_block<What, 8, false>(c, with, text + 32, s, w, input);
  stitched_block<What, 12, false>(c, with, text + 48, s, w, input);
  s = add(s, before);
}

/// The end of a text: `Blocks` of IGE, 1 to 4, the last of all among them, beside a block of
/// SHA-256.
template <operation What, std::size_t Blocks, class Input>
COROGRAM_STITCHED void stitched_end(ige_chain& c, const ige_lane& lane, sha256_registers& s,
                                    window w, Input& input) noexcept {
  const sha256_registers before = s;
  core::byte* const text = lane.text;
  stitched_block<What, 0, Blocks == 1>(c, lane.keys, text, s, w, input);
  if constexpr (Blocks > 1)
    stitched_block<What, 4, Blocks == 2>(c, lane.keys, text + 16, s, w, input);
  else
    sha256_steps(s, w, std::index_sequence<4, 5, 6, 7>());
  if constexpr (Blocks > 2)
    stitched_block<What, 8, Blocks == 3>(c, lane.keys, text + 32, s, w, input);
  else
    sha256_steps(s, w, std::index_sequence<8, 9, 10, 11>());
  if constexpr (Blocks > 3)
    stitched_block<What, 12, true>(c, lane.keys, text + 48, s, w, input);
  else
    sha256_steps(s, w, std::index_sequence<12, 13, 14, 15>());
  s = add(s, before);
}

template <operation What, class Input>
COROGRAM_STITCHED void stitched_end(ige_chain& c, const ige_lane& lane, std::size_t blocks,
                                    sha256_registers& s, const window& w, Input& input) noexcept {
  switch (blocks) {
    case 1:
      return stitched_end<What, 1>(c, lane, s, w, input);
    case 2:
      return stitched_end<What, 2>(c, lane, s, w, input);
    case 3:
      return stitched_end<What, 3>(c, lane, s, w, input);
    default:
      return stitched_end<What, 4>(c, lane, s, w, input);
  }
}

}  // namespace corogram::crypto::detail

#endif

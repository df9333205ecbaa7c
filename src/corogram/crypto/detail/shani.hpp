#pragma once

// SHA-256 with the SHA extensions of x86, in pieces: for kernels that hash beside other work.

#include <corogram/crypto/detail/hash_kernels.hpp>
#include <corogram/crypto/detail/x86.hpp>

#ifdef __x86_64__

#include <cstddef>
#include <utility>

// Only these functions are compiled for these instructions: nothing that the linker could take for
// the whole program.
#define COROGRAM_SHANI __attribute__((target("sha,sse4.1,ssse3"), always_inline)) inline

namespace corogram::crypto::detail {

inline constexpr std::size_t words_a_step = 4;

// The last sixteen words of the schedule, four in each register, used in turn.
struct window {
  __m128i words[4];
};

// Four words each; `order` is that of their bytes. No loop: g++ would keep the window in memory.
COROGRAM_SHANI window load_block(const core::byte* block, __m128i order) noexcept {
  return {{_mm_shuffle_epi8(load(block), order), _mm_shuffle_epi8(load(block + 16), order),
           _mm_shuffle_epi8(load(block + 32), order), _mm_shuffle_epi8(load(block + 48), order)}};
}

// The instructions want a, b, e, f in one register and c, d, g, h in another, a and c on top.
struct sha256_registers {
  __m128i abef, cdgh;
};

COROGRAM_SHANI sha256_registers add(const sha256_registers& s, const sha256_registers& t) noexcept {
  return {_mm_add_epi32(s.abef, t.abef), _mm_add_epi32(s.cdgh, t.cdgh)};
}

COROGRAM_SHANI sha256_registers from_state(const sha256_state& state) noexcept {
  const __m128i badc = _mm_shuffle_epi32(load(state.data()), 0xb1);
  const __m128i hgfe = _mm_shuffle_epi32(load(state.data() + 4), 0x1b);
  return {_mm_alignr_epi8(badc, hgfe, 8), _mm_blend_epi16(hgfe, badc, 0xf0)};
}

COROGRAM_SHANI void to_state(const sha256_registers& from, sha256_state& state) noexcept {
  const __m128i abef = _mm_shuffle_epi32(from.abef, 0x1b);
  const __m128i ghcd = _mm_shuffle_epi32(from.cdgh, 0xb1);
  store(state.data(), _mm_blend_epi16(abef, ghcd, 0xf0));
  store(state.data() + 4, _mm_alignr_epi8(ghcd, abef, 8));
}

// Four rounds, and the schedule's words for a later step. W[t] needs W[t-16], W[t-15], W[t-7] and
// W[t-2]: msg1 adds sigma 0 of the second to the first as soon as both are there; msg2 does the
// rest, a step before the words are due.
template <std::size_t Step>
COROGRAM_SHANI void sha256_step(sha256_registers& s, window& w) noexcept {
  __m128i& now = w.words[Step % 4];
  __m128i& next = w.words[(Step + 1) % 4];
  __m128i& before = w.words[(Step + 3) % 4];
  const __m128i sum = _mm_add_epi32(now, load(sha256_constants.data() + Step * words_a_step));
  // Two rounds turn a, b, e, f into what c, d, g, h are two rounds later: the registers swap roles.
  s.cdgh = _mm_sha256rnds2_epu32(s.cdgh, s.abef, sum);
  if constexpr (Step >= 3 && Step < 15) {
    const __m128i seven_before = _mm_alignr_epi8(now, before, 4);
    next = _mm_sha256msg2_epu32(_mm_add_epi32(next, seven_before), now);
  }
  s.abef = _mm_sha256rnds2_epu32(s.abef, s.cdgh, _mm_shuffle_epi32(sum, 0x0e));
  if constexpr (Step >= 1 && Step < 13) before = _mm_sha256msg1_epu32(before, now);
}

template <std::size_t... Steps>
COROGRAM_SHANI void sha256_steps(sha256_registers& s, window& w,
                                 std::index_sequence<Steps...>) noexcept {
  (sha256_step<Steps>(s, w), ...);
}

/// big_endian is what shuffles the bytes of four words into their order on the wire, and back.
COROGRAM_SHANI __m128i big_endian() noexcept {
  return _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
}

/// sha256_block hashes one block that is loaded already.
COROGRAM_SHANI void sha256_block(sha256_registers& s, window w) noexcept {
  const sha256_registers before = s;
  sha256_steps(s, w, std::make_index_sequence<64 / words_a_step>());
  s = add(s, before);
}

}  // namespace corogram::crypto::detail

#endif

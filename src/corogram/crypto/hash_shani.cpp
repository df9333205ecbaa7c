// SHA-1 and SHA-256 with the SHA extensions of x86.
//
// An instruction computes two rounds of SHA-256 (four of SHA-1), and each needs the result of the
// one before, after 4 cycles (6): a text can be no faster than 2.0 (1.9) cycles per byte. The
// schedule and all else fit into the time that this leaves.

#include <corogram/crypto/detail/hash_kernels.hpp>

#ifdef __x86_64__

#include <corogram/crypto/detail/shani.hpp>

#include <cpuid.h>

#include <cstddef>
#include <cstdint>
#include <utility>

#define COROGRAM_SHANI_ENTRY __attribute__((target("sha,sse4.1,ssse3")))

namespace corogram::crypto::detail {

namespace {

// a, b, c, d, a on top; and e, which the next step's instruction makes of the a of four rounds ago.
struct sha1_registers {
  __m128i abcd, abcd_before;
};

// Four rounds, and the schedule's words for later steps: W[t] is the rotated XOR of W[t-16],
// W[t-14], W[t-8] and W[t-3], of which msg1 adds the first two, the XOR the third, msg2 the last.
template <std::size_t Step>
COROGRAM_SHANI void sha1_step(sha1_registers& s, __m128i& e, window& w) noexcept {
  __m128i& now = w.words[Step % 4];
  __m128i& next = w.words[(Step + 1) % 4];
  __m128i& after_next = w.words[(Step + 2) % 4];
  __m128i& before = w.words[(Step + 3) % 4];
  const __m128i sum = Step == 0 ? _mm_add_epi32(e, now) : _mm_sha1nexte_epu32(s.abcd_before, now);
  s.abcd_before = s.abcd;
  if constexpr (Step >= 3 && Step < 19) next = _mm_sha1msg2_epu32(next, now);
  s.abcd = _mm_sha1rnds4_epu32(s.abcd, sum, Step / 5);
  if constexpr (Step >= 1 && Step < 17) before = _mm_sha1msg1_epu32(before, now);
  if constexpr (Step >= 2 && Step < 18) after_next = _mm_xor_si128(after_next, now);
}

template <std::size_t... Steps>
COROGRAM_SHANI void sha1_steps(sha1_registers& s, __m128i& e, window& w,
                               std::index_sequence<Steps...>) noexcept {
  (sha1_step<Steps>(s, e, w), ...);
}

}  // namespace

bool hash_shani_supported() noexcept {
  unsigned a, b, c, d;
  const bool ssse3_and_sse4_1 =
      __get_cpuid(1, &a, &b, &c, &d) != 0 && (c & bit_SSSE3) != 0 && (c & bit_SSE4_1) != 0;
  return ssse3_and_sse4_1 && __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && (b & bit_SHA) != 0;
}

COROGRAM_SHANI_ENTRY void sha256_compress_shani(sha256_state& state, const core::byte* blocks,
                                                std::size_t count) noexcept {
  sha256_registers s = from_state(state);
  for (; count != 0; --count, blocks += hash_block_size)
    sha256_block(s, load_block(blocks, big_endian()));
  to_state(s, state);
}

COROGRAM_SHANI_ENTRY void sha1_compress_shani(sha1_state& state, const core::byte* blocks,
                                              std::size_t count) noexcept {
  const __m128i big_endian_reversed = _mm_set_epi64x(0x0001020304050607, 0x08090a0b0c0d0e0f);
  sha1_registers s{_mm_shuffle_epi32(load(state.data()), 0x1b), _mm_setzero_si128()};
  __m128i e = _mm_insert_epi32(_mm_setzero_si128(), static_cast<int>(state[4]), 3);
  for (; count != 0; --count, blocks += hash_block_size) {
    window w = load_block(blocks, big_endian_reversed);
    const __m128i abcd_at_begin = s.abcd;
    sha1_steps(s, e, w, std::make_index_sequence<80 / words_a_step>());
    e = _mm_sha1nexte_epu32(s.abcd_before, e);
    s.abcd = _mm_add_epi32(s.abcd, abcd_at_begin);
  }
  store(state.data(), _mm_shuffle_epi32(s.abcd, 0x1b));
  state[4] = static_cast<std::uint32_t>(_mm_extract_epi32(e, 3));
}

}  // namespace corogram::crypto::detail

#endif

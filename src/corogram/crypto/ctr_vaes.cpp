// CTR with the AES instructions on registers of 256 bits, two blocks in each: sixteen at once.

#include <corogram/crypto/detail/ctr_kernels.hpp>
#include <corogram/crypto/detail/ctr_x86.hpp>

#ifdef __x86_64__

#define COROGRAM_CTR_VAES __attribute__((target("aes,vaes,avx2"), always_inline)) inline
#define COROGRAM_CTR_VAES_ENTRY __attribute__((target("aes,vaes,avx2")))

namespace corogram::crypto::detail {

namespace {

constexpr std::size_t registers = 8, blocks_at_once = 2 * registers;

COROGRAM_CTR_VAES __m256i broadcast(__m128i block) noexcept {
  return _mm256_broadcastsi128_si256(block);
}

COROGRAM_CTR_VAES __m256i load_pair(const core::byte* from) noexcept {
  return _mm256_loadu_si256(static_cast<const __m256i*>(static_cast<const void*>(from)));
}

COROGRAM_CTR_VAES void store_pair(core::byte* to, __m256i pair) noexcept {
  _mm256_storeu_si256(static_cast<__m256i*>(static_cast<void*>(to)), pair);
}

// Pre: at.has(blocks_at_once).
COROGRAM_CTR_VAES void xor_sixteen(ctr_progress& at) noexcept {
  const __m256i big_endian = broadcast(_mm_set_epi64x(0x08090a0b0c0d0e0f, 0x0001020304050607));
  const __m256i counters =
      _mm256_add_epi64(broadcast(_mm_set_epi64x(static_cast<long long>(at.low()),
                                                static_cast<long long>(at.high()))),
                       _mm256_set_epi64x(1, 0, 0, 0));
  const __m256i first_key = broadcast(at.round_key(0));
  __m256i pairs[registers];
#pragma GCC unroll 8
  for (std::size_t i = 0; i < registers; ++i) {
    const auto ahead = static_cast<long long>(2 * i);
    const __m256i counted = _mm256_add_epi64(counters, _mm256_set_epi64x(ahead, 0, ahead, 0));
    pairs[i] = _mm256_xor_si256(_mm256_shuffle_epi8(counted, big_endian), first_key);
  }
#pragma GCC unroll 13
  for (std::size_t r = 1; r < ctr_rounds; ++r) {
    const __m256i key = broadcast(at.round_key(r));
#pragma GCC unroll 8
    for (std::size_t i = 0; i < registers; ++i) pairs[i] = _mm256_aesenc_epi128(pairs[i], key);
  }
  const __m256i last_key = broadcast(at.round_key(ctr_rounds));
#pragma GCC unroll 8
  for (std::size_t i = 0; i < registers; ++i) {
    const __m256i in = load_pair(at.in + 2 * i * ctr_block_size);
    store_pair(at.out + 2 * i * ctr_block_size,
               _mm256_aesenclast_epi128(pairs[i], _mm256_xor_si256(last_key, in)));
  }
  at.advance(blocks_at_once);
}

}  // namespace

bool ctr_vaes_supported() noexcept {
  return ctr_aesni_supported() && __builtin_cpu_supports("avx2") != 0 &&
         __builtin_cpu_supports("vaes") != 0;
}

COROGRAM_CTR_VAES_ENTRY void ctr_set_key_vaes(ctr_state& state,
                                              std::span<const core::byte, 32> key) noexcept {
  ctr_expand_key(state, key);
}

COROGRAM_CTR_VAES_ENTRY void ctr_apply_vaes(ctr_state& state, core::byte_view in,
                                            core::byte_span out) noexcept {
  ctr_progress at{state.round_keys.view().data(), state.counter, in.data(), out.data(), in.size()};
  if (at.has(blocks_at_once)) {
    while (at.has(blocks_at_once)) xor_sixteen(at);
    // The hash that may follow is written in the older encoding, which is slow beside wide
    // registers that are in use.
    _mm256_zeroupper();
  }
  if (at.has(8)) ctr_xor<8>(at);
  ctr_xor_rest(at, state);
}

}  // namespace corogram::crypto::detail

#endif

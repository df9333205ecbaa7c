#pragma once

// What the CTR kernels of x86 have in common: the key schedule, and a few blocks at once in the
// registers that every machine with AES instructions has.

#ifdef __x86_64__

#include <corogram/core/bytes.hpp>
#include <corogram/crypto/detail/aesni.hpp>
#include <corogram/crypto/detail/ctr_state.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

// Only these functions are compiled for AES instructions: nothing that the linker could take for
// the whole program. Always inlined, they become VEX code in a kernel that is compiled for AVX.
#define COROGRAM_CTR_X86 __attribute__((target("aes"), always_inline)) inline

namespace corogram::crypto::detail {

inline constexpr std::size_t ctr_rounds = ctr_state::round_key_count - 1;

COROGRAM_CTR_X86 void ctr_expand_key(ctr_state& state,
                                     std::span<const core::byte, 32> key) noexcept {
  __m128i keys[ctr_rounds + 1];
  expand_key(keys, load(key.data()), load(key.data() + ctr_block_size));
  core::byte* to = state.round_keys.span().data();
  for (const __m128i& round_key : keys) store(std::exchange(to, to + ctr_block_size), round_key);
  core::wipe({static_cast<core::byte*>(static_cast<void*>(keys)), sizeof keys});
}

COROGRAM_CTR_X86 __m128i ctr_word(std::uint64_t word) noexcept {
  return _mm_cvtsi64_si128(static_cast<long long>(word));
}

/// How far one call has come.
struct ctr_progress {
  const core::byte* round_keys;
  uint128 counter;
  const core::byte* in;
  core::byte* out;
  std::size_t size;

  [[nodiscard]] __m128i round_key(std::size_t i) const noexcept {
    return *static_cast<const __m128i*>(static_cast<const void*>(round_keys + i * ctr_block_size));
  }
  [[nodiscard]] std::uint64_t low() const noexcept { return static_cast<std::uint64_t>(counter); }
  [[nodiscard]] std::uint64_t high() const noexcept {
    return static_cast<std::uint64_t>(counter >> 64);
  }

  /// has tells whether that many whole blocks are left, and the low half of the counter does not
  /// overflow in them. It does so in one of 2^40 texts of a megabyte: these may take longer.
  [[nodiscard]] bool has(std::size_t blocks) const noexcept {
    return size >= blocks * ctr_block_size && low() < ~std::uint64_t{0} - blocks;
  }

  void advance(std::size_t blocks) noexcept {
    counter += blocks;
    in += blocks * ctr_block_size;
    out += blocks * ctr_block_size;
    size -= blocks * ctr_block_size;
  }
};

/// ctr_key_stream computes the key stream's next block, with `key` in the place of the last round
/// key.
COROGRAM_CTR_X86 __m128i ctr_key_stream(const ctr_progress& at, __m128i key) noexcept {
  __m128i block = _mm_unpacklo_epi64(ctr_word(__builtin_bswap64(at.high())),
                                     ctr_word(__builtin_bswap64(at.low())));
  block = _mm_xor_si128(block, at.round_key(0));
#pragma GCC unroll 13
  for (std::size_t r = 1; r < ctr_rounds; ++r) block = _mm_aesenc_si128(block, at.round_key(r));
  return _mm_aesenclast_si128(block, key);
}

/// ctr_xor applies N blocks at once. Pre: at.has(N).
template <std::size_t N>
COROGRAM_CTR_X86 void ctr_xor(ctr_progress& at) noexcept {
  // The counters are made in ordinary registers, since each vector instruction takes the place of
  // one for AES.
  const __m128i first_key = at.round_key(0);
  const auto low_key =
      static_cast<std::uint64_t>(_mm_cvtsi128_si64(_mm_unpackhi_epi64(first_key, first_key)));
  const auto high_key = static_cast<std::uint64_t>(_mm_cvtsi128_si64(first_key));
  const __m128i high = ctr_word(__builtin_bswap64(at.high()) ^ high_key);
  __m128i blocks[N];
#pragma GCC unroll 8
  for (std::size_t i = 0; i < N; ++i)
    blocks[i] = _mm_unpacklo_epi64(high, ctr_word(__builtin_bswap64(at.low() + i) ^ low_key));
#pragma GCC unroll 13
  for (std::size_t r = 1; r < ctr_rounds; ++r) {
    const __m128i key = at.round_key(r);
#pragma GCC unroll 8
    for (std::size_t i = 0; i < N; ++i) blocks[i] = _mm_aesenc_si128(blocks[i], key);
  }
  const __m128i last_key = at.round_key(ctr_rounds);
#pragma GCC unroll 8
  for (std::size_t i = 0; i < N; ++i) {
    const __m128i in = load(at.in + i * ctr_block_size);
    // The last round ends with the XOR of its key anyway.
    store(at.out + i * ctr_block_size,
          _mm_aesenclast_si128(blocks[i], _mm_xor_si128(last_key, in)));
  }
  at.advance(N);
}

/// ctr_xor_rest applies what is left, four blocks and single ones at a time, which the processor
/// overlaps, and brings the state up to date.
COROGRAM_CTR_X86 void ctr_xor_rest(ctr_progress& at, ctr_state& state) noexcept {
  while (at.has(4)) ctr_xor<4>(at);
  while (at.size >= ctr_block_size) {
    const __m128i last_key = at.round_key(ctr_rounds);
    store(at.out, ctr_key_stream(at, _mm_xor_si128(last_key, load(at.in))));
    at.advance(1);
  }
  if (at.size != 0) {
    core::byte* const block = state.key_stream.span().data();
    store(block, ctr_key_stream(at, at.round_key(ctr_rounds)));
    xor_bytes(at.in, block, at.out, at.size);
    ++at.counter;
    state.unused = ctr_block_size - at.size;
  }
  state.counter = at.counter;
}

}  // namespace corogram::crypto::detail

#endif

// CTR with the AES instructions of AArch64. Blocks do not depend on each other: eight at once keep
// two units with a latency of up to four cycles busy.

#include <corogram/crypto/detail/aes_armv8.hpp>
#include <corogram/crypto/detail/ctr_kernels.hpp>

#if defined(__aarch64__) && defined(__linux__)

#include <cstddef>
#include <cstdint>

namespace corogram::crypto::detail {

namespace {

constexpr std::size_t most_blocks = 8;

COROGRAM_ARMV8 uint8x16_t counter_block(std::uint64_t high, std::uint64_t low) noexcept {
  return vreinterpretq_u8_u64(
      vcombine_u64(vcreate_u64(__builtin_bswap64(high)), vcreate_u64(__builtin_bswap64(low))));
}

/// How far one call has come.
struct progress {
  const core::byte* round_keys;
  uint128 counter;
  const core::byte* in;
  core::byte* out;
  std::size_t size;

  // What is stored meanwhile might change the keys, as far as a compiler knows. Loading one for all
  // blocks at once costs little, and none goes to the stack.
  [[nodiscard]] COROGRAM_ARMV8 uint8x16_t round_key(std::size_t i) const noexcept {
    return armv8::load(round_keys + i * ctr_block_size);
  }
};

/// Makes the key stream of the next N blocks, without the XOR of key 14.
template <std::size_t N>
COROGRAM_ARMV8 void make_key_stream(const progress& at, uint8x16_t (&blocks)[N]) noexcept {
#pragma GCC unroll 8
  for (std::size_t i = 0; i < N; ++i) {
    const uint128 counter = at.counter + i;
    blocks[i] = counter_block(static_cast<std::uint64_t>(counter >> 64),
                              static_cast<std::uint64_t>(counter));
  }
#pragma GCC unroll 13
  for (std::size_t r = 0; r < armv8::aes_rounds - 1; ++r) {
    const uint8x16_t key = at.round_key(r);
#pragma GCC unroll 8
    for (std::size_t i = 0; i < N; ++i) blocks[i] = vaesmcq_u8(vaeseq_u8(blocks[i], key));
  }
  const uint8x16_t key = at.round_key(armv8::aes_rounds - 1);
#pragma GCC unroll 8
  for (std::size_t i = 0; i < N; ++i) blocks[i] = vaeseq_u8(blocks[i], key);
}

/// Applies N blocks as long as there are so many.
template <std::size_t N>
COROGRAM_ARMV8 void apply_whole(progress& at) noexcept {
  for (constexpr std::size_t size = N * ctr_block_size; at.size >= size; at.size -= size) {
    uint8x16_t blocks[N];
    make_key_stream(at, blocks);
    const uint8x16_t last_key = at.round_key(armv8::aes_rounds);
#pragma GCC unroll 8
    for (std::size_t i = 0; i < N; ++i) {
      const uint8x16_t in = armv8::load(at.in + i * ctr_block_size);
      armv8::store(at.out + i * ctr_block_size, veorq_u8(blocks[i], veorq_u8(in, last_key)));
    }
    at.counter += N;
    at.in += size;
    at.out += size;
  }
}

}  // namespace

bool ctr_armv8_supported() noexcept {
  return armv8::has(HWCAP_AES);
}

COROGRAM_ARMV8_ENTRY void ctr_set_key_armv8(ctr_state& state,
                                            std::span<const core::byte, 32> key) noexcept {
  const armv8::schedule<armv8::operation::encrypt> schedule(key);
  for (std::size_t i = 0; i <= armv8::aes_rounds; ++i)
    armv8::store(state.round_keys.span().data() + i * ctr_block_size, schedule.in_memory().k[i]);
}

COROGRAM_ARMV8_ENTRY void ctr_apply_armv8(ctr_state& state, core::byte_view in,
                                          core::byte_span out) noexcept {
  progress at{state.round_keys.view().data(), state.counter, in.data(), out.data(), in.size()};
  apply_whole<most_blocks>(at);
  apply_whole<4>(at);
  apply_whole<1>(at);
  if (at.size != 0) {
    uint8x16_t block[1];
    make_key_stream(at, block);
    core::byte* const key_stream = state.key_stream.span().data();
    armv8::store(key_stream, veorq_u8(block[0], at.round_key(armv8::aes_rounds)));
    xor_bytes(at.in, key_stream, at.out, at.size);
    ++at.counter;
    state.unused = ctr_block_size - at.size;
  }
  state.counter = at.counter;
}

}  // namespace corogram::crypto::detail

#endif

// SHA-1 and SHA-256 with the crypto extensions of AArch64.
//
// An instruction computes four rounds, and each needs the result of the one before. The schedule
// and all else fit into the time that this leaves.

#include <corogram/crypto/detail/hash_kernels.hpp>
#include <corogram/crypto/detail/sha256_armv8.hpp>

#if defined(__aarch64__) && defined(__linux__)

#include <cstddef>
#include <cstdint>
#include <utility>

namespace corogram::crypto::detail {

namespace {

struct sha1_registers {
  uint32x4_t abcd;
  std::uint32_t e;
};

constexpr std::size_t sha1_step_count = 80 / armv8::words_a_step;

/// FIPS 180-4, 4.2.1.
constexpr std::uint32_t sha1_constants[]{0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6};

template <std::size_t Step>
COROGRAM_ARMV8 void sha1_step(sha1_registers& s, armv8::window& w) noexcept {
  uint32x4_t& now = w.words[Step % 4];
  const uint32x4_t sum = vaddq_u32(now, vdupq_n_u32(sha1_constants[Step / 5]));
  // W[t] is the rotated XOR of W[t-16], W[t-14], W[t-8] and W[t-3].
  if constexpr (Step < sha1_step_count - 4)
    now = vsha1su1q_u32(vsha1su0q_u32(now, w.words[(Step + 1) % 4], w.words[(Step + 2) % 4]),
                        w.words[(Step + 3) % 4]);
  // 6.1.2's function of rounds 0 to 19 is ch, of 40 to 59 maj, of the others parity.
  const std::uint32_t next_e = vsha1h_u32(vgetq_lane_u32(s.abcd, 0));
  s.abcd = Step / 5 == 0   ? vsha1cq_u32(s.abcd, s.e, sum)
           : Step / 5 == 2 ? vsha1mq_u32(s.abcd, s.e, sum)
                           : vsha1pq_u32(s.abcd, s.e, sum);
  s.e = next_e;
}

template <std::size_t... Steps>
COROGRAM_ARMV8 void sha1_steps(sha1_registers& s, armv8::window& w,
                               std::index_sequence<Steps...>) noexcept {
  (sha1_step<Steps>(s, w), ...);
}

}  // namespace

bool hash_armv8_supported() noexcept {
  return armv8::has(HWCAP_SHA1 | HWCAP_SHA2);
}

COROGRAM_ARMV8_ENTRY void sha256_compress_armv8(sha256_state& state, const core::byte* blocks,
                                                std::size_t count) noexcept {
  armv8::sha256_registers s = armv8::from_state(state);
  for (; count != 0; --count, blocks += hash_block_size) {
    armv8::sha256_compression block(s, blocks);
    block.steps();
    block.finish();
  }
  armv8::to_state(s, state);
}

COROGRAM_ARMV8_ENTRY void sha1_compress_armv8(sha1_state& state, const core::byte* blocks,
                                              std::size_t count) noexcept {
  sha1_registers s{vld1q_u32(state.data()), state[4]};
  for (; count != 0; --count, blocks += hash_block_size) {
    armv8::window w = armv8::load_block(blocks);
    const sha1_registers at_begin = s;
    sha1_steps(s, w, std::make_index_sequence<sha1_step_count>());
    s = {vaddq_u32(s.abcd, at_begin.abcd), s.e + at_begin.e};
  }
  vst1q_u32(state.data(), s.abcd);
  state[4] = s.e;
}

}  // namespace corogram::crypto::detail

#endif

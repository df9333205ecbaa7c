#pragma once

// The compression of SHA-256 with the instructions of AArch64, in steps of four rounds: for the
// hash itself, and for kernels that take a step whenever other work has to wait.

#include <corogram/crypto/detail/armv8.hpp>

#if defined(__aarch64__) && defined(__linux__)

#include <corogram/crypto/detail/hash_kernels.hpp>

#include <cstddef>
#include <cstdint>
#include <utility>

namespace corogram::crypto::detail::armv8 {

inline constexpr std::size_t words_a_step = 4;
inline constexpr std::size_t sha256_step_count = 64 / words_a_step;

/// The last sixteen words of the schedule, four in each register, used in turn.
struct window {
  uint32x4_t words[4];
};

COROGRAM_ARMV8 uint32x4_t load_words(const core::byte* block) noexcept {
  return vreinterpretq_u32_u8(vrev32q_u8(load(block)));
}

/// No loop: g++ would keep the window in memory.
COROGRAM_ARMV8 window load_block(const core::byte* block) noexcept {
  return {
      {load_words(block), load_words(block + 16), load_words(block + 32), load_words(block + 48)}};
}

struct sha256_registers {
  uint32x4_t abcd, efgh;
};

COROGRAM_ARMV8 sha256_registers from_state(const sha256_state& state) noexcept {
  return {vld1q_u32(state.data()), vld1q_u32(state.data() + 4)};
}

COROGRAM_ARMV8 void to_state(const sha256_registers& from, sha256_state& state) noexcept {
  vst1q_u32(state.data(), from.abcd);
  vst1q_u32(state.data() + 4, from.efgh);
}

/// The compression of one block into `hash`. Each step has to be taken, in their order, and then
/// finish.
class sha256_compression {
 public:
  COROGRAM_ARMV8 sha256_compression(sha256_registers& hash, const core::byte* block) noexcept
      : hash_(hash), at_begin_(hash), w_(load_block(block)) {
    // Not to be known as constant: compilers would load all of it before a loop, and spill keys of
    // AES to the stack to have room for it.
    asm("" : "+r"(constants_));
  }

  template <std::size_t Step>
  COROGRAM_ARMV8 void step() noexcept {
    uint32x4_t& now = w_.words[Step % 4];
    const uint32x4_t sum = vaddq_u32(now, vld1q_u32(constants_ + Step * words_a_step));
    // W[t] is made of W[t-16], W[t-15], W[t-7] and W[t-2].
    if constexpr (Step < sha256_step_count - 4)
      now = vsha256su1q_u32(vsha256su0q_u32(now, w_.words[(Step + 1) % 4]),
                            w_.words[(Step + 2) % 4], w_.words[(Step + 3) % 4]);
    const uint32x4_t abcd = hash_.abcd;
    hash_.abcd = vsha256hq_u32(abcd, hash_.efgh, sum);
    hash_.efgh = vsha256h2q_u32(hash_.efgh, abcd, sum);
  }

  /// A step that stays where it is between those that make `other` what it is. Compilers would move
  /// them behind each other, and a core sees no further ahead than a hundred instructions or two.
  template <std::size_t Step>
  COROGRAM_ARMV8 void step(uint8x16_t& other) noexcept {
    step<Step>();
    asm("" : "+w"(other), "+w"(hash_.abcd), "+w"(hash_.efgh));
  }

  /// steps takes all from `First` on.
  template <std::size_t First = 0>
  COROGRAM_ARMV8 void steps() noexcept {
    steps<First>(std::make_index_sequence<sha256_step_count - First>());
  }

  COROGRAM_ARMV8 void finish() noexcept {
    hash_.abcd = vaddq_u32(hash_.abcd, at_begin_.abcd);
    hash_.efgh = vaddq_u32(hash_.efgh, at_begin_.efgh);
  }

 private:
  template <std::size_t First, std::size_t... Each>
  COROGRAM_ARMV8 void steps(std::index_sequence<Each...>) noexcept {
    (step<First + Each>(), ...);
  }

  const std::uint32_t* constants_ = sha256_constants.data();
  sha256_registers& hash_;
  const sha256_registers at_begin_;
  window w_;
};

}  // namespace corogram::crypto::detail::armv8

#endif

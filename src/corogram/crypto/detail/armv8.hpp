#pragma once

// What the kernels for AArch64's crypto extensions have in common.

#if defined(__aarch64__) && defined(__linux__)

#include <corogram/core/bytes.hpp>

#include <arm_neon.h>
#include <sys/auxv.h>

// Only these functions are compiled for these instructions: nothing that the linker could take for
// the whole program.
#define COROGRAM_ARMV8_ENTRY __attribute__((target("+crypto")))
#define COROGRAM_ARMV8 __attribute__((target("+crypto"), always_inline)) inline

namespace corogram::crypto::detail::armv8 {

/// has tells whether this machine has all of `features`, which are HWCAP_AES and its like.
inline bool has(unsigned long features) noexcept {
  return (getauxval(AT_HWCAP) & features) == features;
}

COROGRAM_ARMV8 uint8x16_t load(const core::byte* from) noexcept {
  return vld1q_u8(from);
}

COROGRAM_ARMV8 void store(core::byte* to, uint8x16_t block) noexcept {
  vst1q_u8(to, block);
}

}  // namespace corogram::crypto::detail::armv8

#endif

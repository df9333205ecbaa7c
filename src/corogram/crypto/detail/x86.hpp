#pragma once

// What the kernels for x86 have in common.

#ifdef __x86_64__

#include <immintrin.h>

namespace corogram::crypto::detail {

/// load and store move 16 bytes from and to any address.
__attribute__((always_inline)) inline __m128i load(const void* from) noexcept {
  return _mm_loadu_si128(static_cast<const __m128i*>(from));
}

__attribute__((always_inline)) inline void store(void* to, __m128i bytes) noexcept {
  _mm_storeu_si128(static_cast<__m128i*>(to), bytes);
}

}  // namespace corogram::crypto::detail

#endif

#pragma once

// The implementations of CTR on this machine: for tests and benchmarks, which run all of them.

#include <corogram/core/bytes.hpp>
#include <corogram/crypto/ctr.hpp>
#include <corogram/crypto/detail/ctr_state.hpp>
#include <corogram/crypto/kernel.hpp>

#include <span>
#include <string_view>

namespace corogram::crypto {

/// One implementation. A ctr_stream can be made on any of them.
struct ctr_kernel {
  std::string_view name;
  bool (*supported)() noexcept;
  /// Makes what is derived of the key. Pre: the state is new.
  void (*set_key)(detail::ctr_state& state, std::span<const core::byte, 32> key) noexcept;
  /// Applies the key stream from the block of `counter` on, and leaves the counter after the last
  /// block begun, and of this block what is unused.
  /// Pre: nothing is unused; `in` is not empty; both sizes are equal; `out` is `in` itself or does
  /// not overlap it.
  void (*apply)(detail::ctr_state& state, core::byte_view in, core::byte_span out) noexcept;
};

/// ctr_kernels lists all that were built: the reference first, then the faster the later.
std::span<const ctr_kernel> ctr_kernels() noexcept;

/// ctr_kernel_in_use returns the one that streams are made on unless told otherwise, which is
/// chosen once: by the environment variable COROGRAM_KERNEL, or the last supported one.
const ctr_kernel& ctr_kernel_in_use() noexcept;

}  // namespace corogram::crypto

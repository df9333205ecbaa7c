#pragma once

// The implementations of IGE on this machine: for tests and benchmarks, which run all of them.

#include <corogram/core/bytes.hpp>
#include <corogram/crypto/kernel.hpp>

#include <span>
#include <string_view>

namespace corogram::crypto {

/// One implementation. Its functions have the conditions of ige_encrypt and ige_decrypt.
struct ige_kernel {
  using function = void (*)(std::span<const core::byte, 32> key, std::span<const core::byte, 32> iv,
                            core::byte_view in, core::byte_span out) noexcept;

  std::string_view name;
  bool (*supported)() noexcept;
  function encrypt;
  function decrypt;
};

/// ige_kernels lists all that were built: the reference first, then the faster the later.
std::span<const ige_kernel> ige_kernels() noexcept;

/// ige_kernel_in_use returns the one that ige_encrypt and ige_decrypt run, which is chosen once: by
/// the environment variable COROGRAM_KERNEL, or the last supported one.
const ige_kernel& ige_kernel_in_use() noexcept;

}  // namespace corogram::crypto

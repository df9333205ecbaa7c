#pragma once

// The implementations of derive_v2 on this machine: for tests and benchmarks, which run all of
// them.

#include <corogram/crypto/kdf.hpp>
#include <corogram/crypto/kernel.hpp>

#include <span>
#include <string_view>

namespace corogram::crypto {

/// One implementation.
struct kdf_kernel {
  std::string_view name;
  bool (*supported)() noexcept;
  aes_key_iv (*derive_v2)(auth_key_view auth_key, const message_key& msg_key,
                          direction sender) noexcept;
};

/// kdf_kernels lists all that were built: the reference first, then the faster the later.
std::span<const kdf_kernel> kdf_kernels() noexcept;

/// kdf_kernel_in_use returns the one that derive_v2 runs, which is chosen once: by the environment
/// variable COROGRAM_KERNEL, or the last supported one.
const kdf_kernel& kdf_kernel_in_use() noexcept;

}  // namespace corogram::crypto

#pragma once

// The ways to raise a generator of the known prime to a power: for tests and benchmarks, which run
// all of them.

#include <corogram/core/bytes.hpp>
#include <corogram/core/secret.hpp>
#include <corogram/crypto/dh.hpp>
#include <corogram/crypto/kernel.hpp>

#include <cstdint>
#include <span>
#include <string_view>

namespace corogram::crypto {

/// One of them.
struct dh_kernel {
  std::string_view name;
  bool (*supported)() noexcept;
  /// g^exponent modulo the known prime, in a time that does not depend on the exponent's value.
  /// Pre: g is one of known_prime_generators. Threads: safe.
  core::secret_array<dh_size> (*power)(std::int32_t g,
                                       std::span<const core::byte, dh_size> exponent) noexcept;
};

/// dh_kernels lists all that were built: OpenSSL first, which does for any base and prime; then
/// those with a table for each generator, which is made at its third use.
std::span<const dh_kernel> dh_kernels() noexcept;

/// dh_kernel_in_use returns the one that dh_pow runs where it can, which is chosen once: by the
/// environment variable COROGRAM_KERNEL, or the last supported one.
const dh_kernel& dh_kernel_in_use() noexcept;

}  // namespace corogram::crypto

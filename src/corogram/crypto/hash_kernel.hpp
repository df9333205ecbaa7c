#pragma once

// The implementations of SHA-1 and SHA-256 on this machine: for tests and benchmarks, which run all
// of them.

#include <corogram/core/bytes.hpp>
#include <corogram/crypto/detail/hash_kernels.hpp>
#include <corogram/crypto/hash.hpp>
#include <corogram/crypto/kernel.hpp>

#include <cstddef>
#include <span>
#include <string_view>

namespace corogram::crypto {

/// One implementation.
struct hash_kernel {
  using parts = std::span<const core::byte_view>;

  std::string_view name;
  bool (*supported)() noexcept;
  /// Whole hashes, of the concatenation of parts.
  sha1_digest (*sha1)(parts) noexcept;
  sha256_digest (*sha256)(parts) noexcept;
  /// Only the compression, of any number of blocks of 64 bytes, with the state in the order of the
  /// standard. Nothing of the blocks stays behind in memory.
  void (*sha1_compress)(detail::sha1_state& state, const core::byte* blocks,
                        std::size_t count) noexcept;
  void (*sha256_compress)(detail::sha256_state& state, const core::byte* blocks,
                          std::size_t count) noexcept;
};

/// hash_kernels lists all that were built: the reference first, then the faster the later.
std::span<const hash_kernel> hash_kernels() noexcept;

/// hash_kernel_in_use returns the one that sha1, sha256 and sha256_hasher run, which is chosen
/// once: by the environment variable COROGRAM_KERNEL, or the last supported one.
const hash_kernel& hash_kernel_in_use() noexcept;

}  // namespace corogram::crypto

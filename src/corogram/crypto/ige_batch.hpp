#pragma once

// AES-256-IGE of several texts at once. One text alone is bound by the time that a round of AES
// takes, however fast the machine begins rounds; a dozen texts together are ten times as fast.

#include <corogram/core/bytes.hpp>
#include <corogram/crypto/kernel.hpp>

#include <span>
#include <string_view>

namespace corogram::crypto {

/// A text to be encrypted or decrypted in place, with the conditions of ige_encrypt.
struct ige_text {
  std::span<const core::byte, 32> key;
  std::span<const core::byte, 32> iv;
  core::byte_span text;
};

/// ige_encrypt_all encrypts each of the texts. Pre: no two overlap.
void ige_encrypt_all(std::span<const ige_text> texts) noexcept;

/// ige_decrypt_all undoes ige_encrypt_all, under the same conditions.
void ige_decrypt_all(std::span<const ige_text> texts) noexcept;

/// One implementation: for tests and benchmarks, which run all of them.
struct ige_batch_kernel {
  std::string_view name;
  bool (*supported)() noexcept;
  void (*encrypt)(std::span<const ige_text> texts) noexcept;
  void (*decrypt)(std::span<const ige_text> texts) noexcept;
};

/// ige_batch_kernels lists all that were built: the reference first, then the faster the later.
std::span<const ige_batch_kernel> ige_batch_kernels() noexcept;

/// ige_batch_kernel_in_use returns the one that ige_encrypt_all and ige_decrypt_all run, which is
/// chosen once: by the environment variable COROGRAM_KERNEL, or the last supported one.
const ige_batch_kernel& ige_batch_kernel_in_use() noexcept;

}  // namespace corogram::crypto

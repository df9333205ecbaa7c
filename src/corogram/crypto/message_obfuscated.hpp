#pragma once

// A message whose encrypted data is still under the key stream of an obfuscated transport: both are
// taken off in one pass, which takes no longer than the message alone.

#include <corogram/crypto/ctr.hpp>
#include <corogram/crypto/kernel.hpp>
#include <corogram/crypto/message.hpp>

#include <span>
#include <string_view>

namespace corogram::crypto {

/// open_obfuscated_message is stream.apply of the text, then open_message.
void open_obfuscated_message(message_to_open& message, ctr_stream& stream) noexcept;

/// One implementation: for tests and benchmarks, which run all of them.
struct obfuscated_open_kernel {
  std::string_view name;
  bool (*supported)() noexcept;
  void (*run)(message_to_open& message, ctr_stream& stream) noexcept;
};

/// obfuscated_open_kernels lists all that were built: the reference first, then the faster the
/// later.
std::span<const obfuscated_open_kernel> obfuscated_open_kernels() noexcept;

/// obfuscated_open_kernel_in_use returns the one that open_obfuscated_message runs, which is chosen
/// once: by the environment variable COROGRAM_KERNEL, or the last supported one.
const obfuscated_open_kernel& obfuscated_open_kernel_in_use() noexcept;

}  // namespace corogram::crypto

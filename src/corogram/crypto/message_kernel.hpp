#pragma once

// The implementations of message.hpp on this machine: for tests and benchmarks, which run all of
// them.

#include <corogram/crypto/kernel.hpp>
#include <corogram/crypto/message.hpp>

#include <span>
#include <string_view>

namespace corogram::crypto {

/// One implementation, for message_to_open or message_to_seal.
template <class Message>
struct message_kernel {
  std::string_view name;
  bool (*supported)() noexcept;
  /// Any number of messages; some kernels need several to show what they can do.
  void (*run)(std::span<Message> messages) noexcept;
};

using open_kernel = message_kernel<message_to_open>;
using seal_kernel = message_kernel<message_to_seal>;

/// open_kernels and seal_kernels list all that were built: the reference first.
std::span<const open_kernel> open_kernels() noexcept;
std::span<const seal_kernel> seal_kernels() noexcept;

/// The ones that open_messages and seal_messages run, which are chosen once: by the environment
/// variable COROGRAM_KERNEL, or the last supported ones.
const open_kernel& open_kernel_in_use() noexcept;
const seal_kernel& seal_kernel_in_use() noexcept;

}  // namespace corogram::crypto

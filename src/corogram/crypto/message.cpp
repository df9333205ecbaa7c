#include <corogram/crypto/detail/ige_batch_kernels.hpp>
#include <corogram/crypto/detail/message_kernels.hpp>
#include <corogram/crypto/message.hpp>
#include <corogram/crypto/message_kernel.hpp>

#include <array>

namespace corogram::crypto {

namespace {

constexpr std::array opening{
    open_kernel{"reference", always_supported, detail::open_messages_reference},
#ifdef __x86_64__
    open_kernel{"aesni_x8", detail::ige_aesni_x8_supported, detail::open_messages_aesni_x8},
    open_kernel{"stitched", detail::lanes_supported, detail::open_messages_stitched},
    open_kernel{"x2", detail::lanes_supported, detail::open_messages_x2},
    open_kernel{"x3", detail::lanes_supported, detail::open_messages_x3},
    open_kernel{"batched", detail::batched_supported, detail::open_messages_batched},
#endif
#if defined(__aarch64__) && defined(__linux__)
    open_kernel{"stitched", detail::message_armv8_supported, detail::open_messages_armv8},
#endif
};

constexpr std::array sealing{
    seal_kernel{"reference", always_supported, detail::seal_messages_reference},
#ifdef __x86_64__
    seal_kernel{"aesni_x8", detail::ige_aesni_x8_supported, detail::seal_messages_aesni_x8},
    seal_kernel{"pipelined", detail::lanes_supported, detail::seal_messages_pipelined},
    seal_kernel{"x2", detail::lanes_supported, detail::seal_messages_x2},
    seal_kernel{"x3", detail::lanes_supported, detail::seal_messages_x3},
    seal_kernel{"batched", detail::batched_supported, detail::seal_messages_batched},
#endif
#if defined(__aarch64__) && defined(__linux__)
    seal_kernel{"pipelined", detail::message_armv8_supported, detail::seal_messages_armv8},
#endif
};

}  // namespace

std::span<const open_kernel> open_kernels() noexcept {
  return opening;
}

std::span<const seal_kernel> seal_kernels() noexcept {
  return sealing;
}

const open_kernel& open_kernel_in_use() noexcept {
  static const open_kernel& chosen = choose_kernel(open_kernels(), forced_kernels());
  return chosen;
}

const seal_kernel& seal_kernel_in_use() noexcept {
  static const seal_kernel& chosen = choose_kernel(seal_kernels(), forced_kernels());
  return chosen;
}

void seal_message(message_to_seal& message) noexcept {
  seal_messages({&message, 1});
}

void seal_messages(std::span<message_to_seal> messages) noexcept {
  seal_kernel_in_use().run(messages);
}

void open_message(message_to_open& message) noexcept {
  open_messages({&message, 1});
}

void open_messages(std::span<message_to_open> messages) noexcept {
  open_kernel_in_use().run(messages);
}

}  // namespace corogram::crypto

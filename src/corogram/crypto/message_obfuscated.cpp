#include <corogram/crypto/detail/message_kernels.hpp>
#include <corogram/crypto/message_obfuscated.hpp>

#include <array>

namespace corogram::crypto {

namespace {

void open_in_two_passes(message_to_open& message, ctr_stream& stream) noexcept {
  stream.apply(message.text);
  open_message(message);
}

constexpr std::array kernels{
    obfuscated_open_kernel{"reference", always_supported, open_in_two_passes},
#ifdef __x86_64__
    obfuscated_open_kernel{"fused", detail::lanes_supported, detail::open_obfuscated_message_fused},
#endif
};

}  // namespace

std::span<const obfuscated_open_kernel> obfuscated_open_kernels() noexcept {
  return kernels;
}

const obfuscated_open_kernel& obfuscated_open_kernel_in_use() noexcept {
  static const obfuscated_open_kernel& chosen =
      choose_kernel(obfuscated_open_kernels(), forced_kernels());
  return chosen;
}

void open_obfuscated_message(message_to_open& message, ctr_stream& stream) noexcept {
  obfuscated_open_kernel_in_use().run(message, stream);
}

}  // namespace corogram::crypto

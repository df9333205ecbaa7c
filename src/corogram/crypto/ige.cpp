#include <corogram/crypto/detail/ige_kernels.hpp>
#include <corogram/crypto/ige.hpp>
#include <corogram/crypto/ige_kernel.hpp>

#include <array>

namespace corogram::crypto {

namespace {

constexpr std::array kernels{
    ige_kernel{"reference", always_supported, detail::ige_encrypt_reference,
               detail::ige_decrypt_reference},
#ifdef __x86_64__
    ige_kernel{"aesni", detail::ige_aesni_supported, detail::ige_encrypt_aesni,
               detail::ige_decrypt_aesni},
#endif
#if defined(__aarch64__) && defined(__linux__)
    ige_kernel{"armv8", detail::ige_armv8_supported, detail::ige_encrypt_armv8,
               detail::ige_decrypt_armv8},
#endif
};

}  // namespace

std::span<const ige_kernel> ige_kernels() noexcept {
  return kernels;
}

const ige_kernel& ige_kernel_in_use() noexcept {
  static const ige_kernel& chosen = choose_kernel(ige_kernels(), forced_kernels());
  return chosen;
}

//= DESC-35
void ige_encrypt(std::span<const core::byte, 32> key, std::span<const core::byte, 32> iv,
                 core::byte_view in, core::byte_span out) noexcept {
  ige_kernel_in_use().encrypt(key, iv, in, out);
}

void ige_decrypt(std::span<const core::byte, 32> key, std::span<const core::byte, 32> iv,
                 core::byte_view in, core::byte_span out) noexcept {
  ige_kernel_in_use().decrypt(key, iv, in, out);
}

}  // namespace corogram::crypto

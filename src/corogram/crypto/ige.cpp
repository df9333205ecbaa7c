#include <corogram/crypto/detail/ige_kernels.hpp>
#include <corogram/crypto/ige.hpp>
#include <corogram/crypto/ige_kernel.hpp>

#include <array>
#include <cstdlib>
#include <ranges>

namespace corogram::crypto {

namespace {

bool always() noexcept {
  return true;
}

constexpr std::array kernels{
    ige_kernel{"reference", always, detail::ige_encrypt_reference, detail::ige_decrypt_reference},
#ifdef __x86_64__
    ige_kernel{"aesni", detail::ige_aesni_supported, detail::ige_encrypt_aesni,
               detail::ige_decrypt_aesni},
#endif
};

}  // namespace

std::span<const ige_kernel> ige_kernels() noexcept {
  return kernels;
}

const ige_kernel& choose_ige_kernel(std::string_view forced) noexcept {
  for (const ige_kernel& kernel : kernels | std::views::reverse)
    if ((forced.empty() || kernel.name == forced) && kernel.supported()) return kernel;
  return kernels.front();
}

const ige_kernel& ige_kernel_in_use() noexcept {
  static const ige_kernel& chosen = [&]() -> const ige_kernel& {
    const char* const forced = std::getenv("COROGRAM_KERNEL");
    return choose_ige_kernel(forced == nullptr ? "" : forced);
  }();
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

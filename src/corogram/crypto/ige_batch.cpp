#include <corogram/crypto/detail/ige_batch_kernels.hpp>
#include <corogram/crypto/ige.hpp>
#include <corogram/crypto/ige_batch.hpp>

#include <array>

namespace corogram::crypto {

namespace {

void encrypt_one_by_one(std::span<const ige_text> texts) noexcept {
  for (const ige_text& text : texts) ige_encrypt(text.key, text.iv, text.text, text.text);
}

void decrypt_one_by_one(std::span<const ige_text> texts) noexcept {
  for (const ige_text& text : texts) ige_decrypt(text.key, text.iv, text.text, text.text);
}

constexpr std::array kernels{
    ige_batch_kernel{"reference", always_supported, encrypt_one_by_one, decrypt_one_by_one},
#ifdef __x86_64__
    ige_batch_kernel{"aesni_x8", detail::ige_aesni_x8_supported, detail::ige_encrypt_aesni_x8,
                     detail::ige_decrypt_aesni_x8},
    ige_batch_kernel{"vaes_x12", detail::ige_vaes_x12_supported, detail::ige_encrypt_vaes_x12,
                     detail::ige_decrypt_vaes_x12},
#endif
};

}  // namespace

std::span<const ige_batch_kernel> ige_batch_kernels() noexcept {
  return kernels;
}

const ige_batch_kernel& ige_batch_kernel_in_use() noexcept {
  static const ige_batch_kernel& chosen = choose_kernel(ige_batch_kernels(), forced_kernels());
  return chosen;
}

void ige_encrypt_all(std::span<const ige_text> texts) noexcept {
  ige_batch_kernel_in_use().encrypt(texts);
}

void ige_decrypt_all(std::span<const ige_text> texts) noexcept {
  ige_batch_kernel_in_use().decrypt(texts);
}

}  // namespace corogram::crypto

#pragma once

// The functions in the table of ige_batch.cpp.

#include <corogram/crypto/ige_batch.hpp>

#include <span>

namespace corogram::crypto::detail {

#ifdef __x86_64__
/// Eight texts with the AES instructions on 128 bits.
bool ige_aesni_x8_supported() noexcept;
void ige_encrypt_aesni_x8(std::span<const ige_text> texts) noexcept;
void ige_decrypt_aesni_x8(std::span<const ige_text> texts) noexcept;

/// Twelve texts, in pairs, with those on 256 bits.
bool ige_vaes_x12_supported() noexcept;
void ige_encrypt_vaes_x12(std::span<const ige_text> texts) noexcept;
void ige_decrypt_vaes_x12(std::span<const ige_text> texts) noexcept;
#endif

}  // namespace corogram::crypto::detail

#pragma once

// The functions in the table of ige.cpp.

#include <corogram/core/bytes.hpp>

#include <span>

namespace corogram::crypto::detail {

using ige_block_pair = std::span<const core::byte, 32>;

void ige_encrypt_reference(std::span<const core::byte, 32> key, ige_block_pair iv,
                           core::byte_view in, core::byte_span out) noexcept;
void ige_decrypt_reference(std::span<const core::byte, 32> key, ige_block_pair iv,
                           core::byte_view in, core::byte_span out) noexcept;

#ifdef __x86_64__
bool ige_aesni_supported() noexcept;
void ige_encrypt_aesni(std::span<const core::byte, 32> key, ige_block_pair iv, core::byte_view in,
                       core::byte_span out) noexcept;
void ige_decrypt_aesni(std::span<const core::byte, 32> key, ige_block_pair iv, core::byte_view in,
                       core::byte_span out) noexcept;
#endif

#if defined(__aarch64__) && defined(__linux__)
bool ige_armv8_supported() noexcept;
void ige_encrypt_armv8(std::span<const core::byte, 32> key, ige_block_pair iv, core::byte_view in,
                       core::byte_span out) noexcept;
void ige_decrypt_armv8(std::span<const core::byte, 32> key, ige_block_pair iv, core::byte_view in,
                       core::byte_span out) noexcept;
#endif

}  // namespace corogram::crypto::detail

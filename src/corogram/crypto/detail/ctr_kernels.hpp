#pragma once

// The functions in the table of ctr.cpp. Their conditions are those of ctr_kernel.

#include <corogram/core/bytes.hpp>
#include <corogram/crypto/detail/ctr_state.hpp>

#include <span>

namespace corogram::crypto::detail {

void ctr_set_key_reference(ctr_state& state, std::span<const core::byte, 32> key) noexcept;
void ctr_apply_reference(ctr_state& state, core::byte_view in, core::byte_span out) noexcept;

void ctr_set_key_openssl(ctr_state& state, std::span<const core::byte, 32> key) noexcept;
void ctr_apply_openssl(ctr_state& state, core::byte_view in, core::byte_span out) noexcept;

#ifdef __x86_64__
bool ctr_aesni_supported() noexcept;
void ctr_set_key_aesni(ctr_state& state, std::span<const core::byte, 32> key) noexcept;
void ctr_apply_aesni(ctr_state& state, core::byte_view in, core::byte_span out) noexcept;

bool ctr_vaes_supported() noexcept;
void ctr_set_key_vaes(ctr_state& state, std::span<const core::byte, 32> key) noexcept;
void ctr_apply_vaes(ctr_state& state, core::byte_view in, core::byte_span out) noexcept;
#endif

#if defined(__aarch64__) && defined(__linux__)
bool ctr_armv8_supported() noexcept;
void ctr_set_key_armv8(ctr_state& state, std::span<const core::byte, 32> key) noexcept;
void ctr_apply_armv8(ctr_state& state, core::byte_view in, core::byte_span out) noexcept;
#endif

}  // namespace corogram::crypto::detail

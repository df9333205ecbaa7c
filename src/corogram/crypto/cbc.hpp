#pragma once

// AES-256 in CBC mode. The protocol of messages has no use for it; Telegram Passport has, and so
// the crypto libraries of Telegram clients offer it.

#include <corogram/core/bytes.hpp>

#include <span>

namespace corogram::crypto {

/// cbc_encrypt encrypts `data` in place: c[i] = E(p[i] ^ c[i-1]), where c[-1] is `iv`. Afterwards
/// `iv` is the last block of ciphertext, with which the next piece goes on. Pre: data.size() is a
/// multiple of 16.
void cbc_encrypt(std::span<const core::byte, 32> key, std::span<core::byte, 16> iv,
                 core::byte_span data) noexcept;

/// cbc_decrypt undoes cbc_encrypt, under the same conditions and with the same `iv` afterwards.
void cbc_decrypt(std::span<const core::byte, 32> key, std::span<core::byte, 16> iv,
                 core::byte_span data) noexcept;

}  // namespace corogram::crypto

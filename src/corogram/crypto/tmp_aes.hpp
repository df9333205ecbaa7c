#pragma once

// The AES key under which the two sides of a key exchange hide their DH values.

#include <corogram/core/bytes.hpp>
#include <corogram/crypto/kdf.hpp>

#include <span>

namespace corogram::crypto {

/// derive_tmp_aes makes tmp_aes_key and tmp_aes_iv from the nonces. Every message of the exchange
/// starts with this same initialisation vector again (AK-32).
aes_key_iv derive_tmp_aes(std::span<const core::byte, 32> new_nonce,
                          std::span<const core::byte, 16> server_nonce) noexcept;

}  // namespace corogram::crypto

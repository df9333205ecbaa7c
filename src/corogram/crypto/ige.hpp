#pragma once

// AES-256 in IGE mode, the cipher of MTProto messages and of the key exchange.
//
//   encrypt:  c[i] = E(p[i] ^ c[i-1]) ^ p[i-1]        iv = c[-1] + p[-1]
//   decrypt:  p[i] = D(c[i] ^ p[i-1]) ^ c[i-1]

#include <corogram/core/bytes.hpp>

#include <cstddef>
#include <span>

namespace corogram::crypto {

/// Units: bytes. Everything that IGE takes is a multiple of this.
inline constexpr std::size_t aes_block_size = 16;

/// ige_encrypt encrypts `in` to `out` with the fastest kernel of this machine (ige_kernel.hpp).
/// Shape: `iv` is the ciphertext block, then the plaintext block, before the first.
/// Pre: both sizes are equal and a multiple of 16; `out` is `in` itself or does not overlap it.
void ige_encrypt(std::span<const core::byte, 32> key, std::span<const core::byte, 32> iv,
                 core::byte_view in, core::byte_span out) noexcept;

/// ige_decrypt undoes ige_encrypt, under the same conditions.
void ige_decrypt(std::span<const core::byte, 32> key, std::span<const core::byte, 32> iv,
                 core::byte_view in, core::byte_span out) noexcept;

}  // namespace corogram::crypto

#pragma once

// From the authorization key and the message to the message key, and from those to the AES key and
// initialisation vector: MTProto 2.0, and 1.0 for what is bound with it (auth.bindTempAuthKey).

#include <corogram/core/bytes.hpp>
#include <corogram/core/secret.hpp>
#include <corogram/crypto/hash.hpp>

#include <array>
#include <span>

namespace corogram::crypto {

/// Who sends the message. The value is the x of the specification.
enum class direction { client_to_server = 0, server_to_client = 8 };

struct aes_key_iv {
  core::secret_array<32> key;
  core::secret_array<32> iv;
};

using auth_key_view = std::span<const core::byte, 256>;
using message_key = std::array<core::byte, 16>;

/// msg_key_large hashes 32 bytes of the key and the whole plaintext with its padding.
/// Its first 4 bytes are what the quick-ack token is made of.
sha256_digest msg_key_large(auth_key_view auth_key, direction sender,
                            core::byte_view plaintext_with_padding) noexcept;

/// msg_key_from_large takes the middle 128 bits.
message_key msg_key_from_large(const sha256_digest& large) noexcept;

/// derive_v2 makes the AES key and initialisation vector of one message of MTProto 2.0.
aes_key_iv derive_v2(auth_key_view auth_key, const message_key& msg_key, direction sender) noexcept;

/// msg_key_v1 is the message key of MTProto 1.0: no part of the authorization key, no padding.
message_key msg_key_v1(core::byte_view plaintext_without_padding) noexcept;

/// derive_v1 makes the AES key and initialisation vector of one message of MTProto 1.0.
aes_key_iv derive_v1(auth_key_view auth_key, const message_key& msg_key, direction sender) noexcept;

}  // namespace corogram::crypto

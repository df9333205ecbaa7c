#pragma once

// Messages by OpenSSL's calls, one step after the other: what the kernels are compared with, and a
// row beside theirs. Most clients do it like this.

#include <corogram/core/bytes.hpp>
#include <corogram/crypto/message.hpp>

#include <array>

namespace corogram::bench {

struct openssl_key_iv {
  std::array<core::byte, 32> key, iv;
};

/// The key derivation of MTProto 2.0.
openssl_key_iv openssl_derive(crypto::auth_key_view auth_key, const crypto::message_key& msg_key,
                              crypto::direction sender) noexcept;

/// As seal_messages and open_messages.
void openssl_seal(std::span<crypto::message_to_seal> messages) noexcept;
void openssl_open(std::span<crypto::message_to_open> messages) noexcept;

}  // namespace corogram::bench

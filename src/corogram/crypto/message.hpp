#pragma once

// The cipher of MTProto 2.0's messages as a whole: what turns a plaintext with its padding into
// encrypted data and back, in place. What the bytes mean is not known here.
//
//   msg_key_large = SHA-256(part of the authorization key + plaintext)
//   msg_key       = the middle of msg_key_large
//   key, iv       = the KDF of the authorization key and msg_key
//   encrypted     = AES-256-IGE of the plaintext
//
// One message alone is bound by AES: each of its blocks waits for the one before. The fast kernels
// (message_kernel.hpp) hash in the time that this leaves, or work on several messages at once.

#include <corogram/core/bytes.hpp>
#include <corogram/crypto/hash.hpp>
#include <corogram/crypto/kdf.hpp>

#include <span>

namespace corogram::crypto {

/// A message to be encrypted in place.
struct message_to_seal {
  auth_key_view auth_key;
  direction sender;
  /// The plaintext with its padding, then the encrypted data. Units: a multiple of 16 bytes.
  core::byte_span text;
  /// Written: msg_key_from_large makes the message key of it.
  sha256_digest msg_key_large{};
};

/// A message to be decrypted in place.
struct message_to_open {
  auth_key_view auth_key;
  direction sender;
  /// As received.
  message_key msg_key;
  /// The encrypted data, then the plaintext with its padding. Units: a multiple of 16 bytes.
  core::byte_span text;
  /// Written: the hash of what was decrypted. Nothing of the text may be used before the message
  /// key that msg_key_from_large makes of it was found equal to msg_key.
  sha256_digest msg_key_large{};
};

/// seal_message encrypts one message.
/// Spec: DESC-30, DESC-31, DESC-35.
void seal_message(message_to_seal& message) noexcept;

/// seal_messages encrypts all of them, which is faster than one after the other: three times, if
/// they are long. Pre: no two texts overlap.
void seal_messages(std::span<message_to_seal> messages) noexcept;

/// open_message decrypts one message and hashes what it finds. It takes the same time whatever the
/// text is.
/// Spec: DESC-35, DESC-41.
void open_message(message_to_open& message) noexcept;

/// open_messages decrypts all of them, which is faster than one after the other: three times, if
/// they are long. Pre: no two texts overlap.
void open_messages(std::span<message_to_open> messages) noexcept;

}  // namespace corogram::crypto

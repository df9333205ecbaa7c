#define OPENSSL_SUPPRESS_DEPRECATED

#include "support/openssl_message.hpp"

#include <openssl/aes.h>
#include <openssl/sha.h>

#include <algorithm>

namespace corogram::bench {

namespace {

using core::byte;
using core::byte_view;

template <class... Parts>
crypto::sha256_digest hash(const Parts&... parts) noexcept {
  SHA256_CTX context;
  SHA256_Init(&context);
  (SHA256_Update(&context, parts.data(), parts.size()), ...);
  crypto::sha256_digest made;
  SHA256_Final(made.data(), &context);
  return made;
}

std::size_t offset_of(crypto::direction sender) noexcept {
  return static_cast<std::size_t>(sender);
}

// 32 bytes of a and b in turns: 8, 16 and 8.
std::array<byte, 32> interleave(const crypto::sha256_digest& a,
                                const crypto::sha256_digest& b) noexcept {
  std::array<byte, 32> made;
  std::copy_n(a.begin(), 8, made.begin());
  std::copy_n(b.begin() + 8, 16, made.begin() + 8);
  std::copy_n(a.begin() + 24, 8, made.begin() + 24);
  return made;
}

template <class Message>
crypto::sha256_digest hash_of(const Message& message) noexcept {
  const auto part = message.auth_key.subspan(88 + offset_of(message.sender), 32);
  return hash(part, message.text);
}

}  // namespace

openssl_key_iv openssl_derive(crypto::auth_key_view auth_key, const crypto::message_key& msg_key,
                              crypto::direction sender) noexcept {
  const std::size_t x = offset_of(sender);
  const auto a = hash(msg_key, auth_key.subspan(x, 36));
  const auto b = hash(auth_key.subspan(40 + x, 36), msg_key);
  return {interleave(a, b), interleave(b, a)};
}

void openssl_seal(std::span<crypto::message_to_seal> messages) noexcept {
  for (crypto::message_to_seal& message : messages) {
    message.msg_key_large = hash_of(message);
    auto [key, iv] = openssl_derive(
        message.auth_key, crypto::msg_key_from_large(message.msg_key_large), message.sender);
    AES_KEY schedule;
    AES_set_encrypt_key(key.data(), 256, &schedule);
    AES_ige_encrypt(message.text.data(), message.text.data(), message.text.size(), &schedule,
                    iv.data(), AES_ENCRYPT);
  }
}

void openssl_open(std::span<crypto::message_to_open> messages) noexcept {
  for (crypto::message_to_open& message : messages) {
    auto [key, iv] = openssl_derive(message.auth_key, message.msg_key, message.sender);
    AES_KEY schedule;
    AES_set_decrypt_key(key.data(), 256, &schedule);
    AES_ige_encrypt(message.text.data(), message.text.data(), message.text.size(), &schedule,
                    iv.data(), AES_DECRYPT);
    message.msg_key_large = hash_of(message);
  }
}

}  // namespace corogram::bench

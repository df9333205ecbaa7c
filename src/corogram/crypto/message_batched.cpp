// Many messages: all are hashed, and all are encrypted or decrypted, each at its own best.
//
// Twelve texts of IGE in the registers of 256 bits take less than a third of the time that three
// take beside SHA-256, and the instructions for SHA-256 do not go together with those. So the two
// follow one another, a lot of messages at a time that the second finds in the cache still.

#include <corogram/core/secret.hpp>
#include <corogram/crypto/detail/ige_batch_kernels.hpp>
#include <corogram/crypto/detail/message_kernels.hpp>

#ifdef __x86_64__

#include <algorithm>
#include <array>
#include <cstddef>

namespace corogram::crypto::detail {

namespace {

/// The largest lot. All rests that are smaller are cheap enough.
constexpr std::size_t lot = 12;

using ige_function = void(std::span<const ige_text> texts) noexcept;

template <class Message>
void derive(const Message& message, const message_key& msg_key, aes_key_iv& into) noexcept {
  into = derive_v2(message.auth_key, msg_key, message.sender);
}

void derive(const message_to_open& message, aes_key_iv& into) noexcept {
  derive(message, message.msg_key, into);
}

//= DESC-31
void derive(const message_to_seal& message, aes_key_iv& into) noexcept {
  derive(message, msg_key_from_large(message.msg_key_large), into);
}

/// Encrypts or decrypts up to a lot of messages.
//= DESC-35
template <class Message>
void apply(ige_function* ige, std::span<Message> messages) noexcept {
  std::array<aes_key_iv, lot> keys;
  // An array of spans of fixed size cannot be empty at first.
  const auto text = [&](std::size_t i) {
    const std::size_t k = std::min(i, messages.size() - 1);
    return ige_text{keys[k].key.view(), keys[k].iv.view(), messages[k].text};
  };
  for (std::size_t i = 0; i < messages.size(); ++i) derive(messages[i], keys[i]);
  const std::array<ige_text, lot> texts{text(0), text(1), text(2), text(3), text(4),  text(5),
                                        text(6), text(7), text(8), text(9), text(10), text(11)};
  ige(std::span(texts).first(messages.size()));
}

template <class Message>
void hash_one_by_one(std::span<Message> messages) noexcept {
  for (Message& message : messages)
    message.msg_key_large = msg_key_large(message.auth_key, message.sender, message.text);
}

}  // namespace

void open_messages_aesni_x8(std::span<message_to_open> messages) noexcept {
  for (; !messages.empty();
       messages = messages.subspan(std::min<std::size_t>(8, messages.size()))) {
    const auto now = messages.first(std::min<std::size_t>(8, messages.size()));
    apply(ige_decrypt_aesni_x8, now);
    hash_one_by_one(now);
  }
}

void seal_messages_aesni_x8(std::span<message_to_seal> messages) noexcept {
  for (; !messages.empty();
       messages = messages.subspan(std::min<std::size_t>(8, messages.size()))) {
    const auto now = messages.first(std::min<std::size_t>(8, messages.size()));
    hash_one_by_one(now);
    apply(ige_encrypt_aesni_x8, now);
  }
}

bool batched_supported() noexcept {
  return lanes_supported() && ige_vaes_x12_supported();
}

void open_messages_batched(std::span<message_to_open> messages) noexcept {
  for (; messages.size() >= lot; messages = messages.subspan(lot)) {
    apply(ige_decrypt_vaes_x12, messages.first(lot));
    hash_messages_x3(messages.first(lot));
  }
  open_messages_x3(messages);
}

void seal_messages_batched(std::span<message_to_seal> messages) noexcept {
  // With so few, nothing is gained over three at a time, which hash in the shadow of encryption.
  constexpr std::size_t too_few = 4;
  while (messages.size() >= too_few) {
    const auto now = messages.first(std::min(lot, messages.size()));
    hash_messages_x3(now);
    apply(ige_encrypt_vaes_x12, now);
    messages = messages.subspan(now.size());
  }
  seal_messages_x3(messages);
}

}  // namespace corogram::crypto::detail

#endif

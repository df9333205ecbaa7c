// Messages as the specification describes them, one step after the other.

#include <corogram/crypto/detail/message_kernels.hpp>
#include <corogram/crypto/ige.hpp>

namespace corogram::crypto::detail {

void seal_messages_reference(std::span<message_to_seal> messages) noexcept {
  for (message_to_seal& message : messages) {
    //= DESC-30
    message.msg_key_large = msg_key_large(message.auth_key, message.sender, message.text);
    //= DESC-31
    const message_key msg_key = msg_key_from_large(message.msg_key_large);
    const aes_key_iv aes = derive_v2(message.auth_key, msg_key, message.sender);
    //= DESC-35
    ige_encrypt(aes.key.view(), aes.iv.view(), message.text, message.text);
  }
}

void open_messages_reference(std::span<message_to_open> messages) noexcept {
  for (message_to_open& message : messages) {
    const aes_key_iv aes = derive_v2(message.auth_key, message.msg_key, message.sender);
    //= DESC-35
    ige_decrypt(aes.key.view(), aes.iv.view(), message.text, message.text);
    //= DESC-41
    message.msg_key_large = msg_key_large(message.auth_key, message.sender, message.text);
  }
}

}  // namespace corogram::crypto::detail

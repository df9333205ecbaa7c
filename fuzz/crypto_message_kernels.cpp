// Messages sealed and opened on every kernel of this machine, many at once and with an obfuscated
// transport's key stream over them, against the reference on one after the other.

#include "support/target.hpp"

#include <corogram/crypto/ctr.hpp>
#include <corogram/crypto/detail/message_kernels.hpp>
#include <corogram/crypto/kdf_kernel.hpp>
#include <corogram/crypto/message_kernel.hpp>
#include <corogram/crypto/message_obfuscated.hpp>

#include <algorithm>
#include <array>
#include <vector>

namespace corogram::fuzz {

namespace {

using namespace crypto;

// More than any kernel takes at a time, so that some are left over.
constexpr std::size_t most_messages = 40;

struct one_message {
  std::array<core::byte, 256> auth_key{};
  direction sender = direction::client_to_server;
  std::size_t shift = 0;
  message_key arrived{};  // with the message; the right one, or not
  core::byte_buffer plain, sealed, opened;
  sha256_digest large_of_sealed{}, large_of_opened{};
  core::byte_buffer block;  // `shift` bytes, then the text

  [[nodiscard]] core::byte_span place() { return core::byte_span(block).subspan(shift); }
};

// What the reference makes of it.
void expect(one_message& message, bool foreign_key) {
  message.sealed = message.plain;
  message_to_seal to_seal{message.auth_key, message.sender, message.sealed};
  detail::seal_messages_reference({&to_seal, 1});
  message.large_of_sealed = to_seal.msg_key_large;
  message.arrived = msg_key_from_large(to_seal.msg_key_large);
  message.arrived[0] = static_cast<core::byte>(message.arrived[0] ^ (foreign_key ? 1 : 0));
  message.opened = message.sealed;
  message_to_open to_open{message.auth_key, message.sender, message.arrived, message.opened};
  detail::open_messages_reference({&to_open, 1});
  message.large_of_opened = to_open.msg_key_large;
}

std::vector<one_message> messages_of(choices& from) {
  std::vector<one_message> messages(from.below(most_messages + 1));
  for (one_message& message : messages) {
    // Not all bytes come from the input: a dozen long messages would not fit into one.
    message.auth_key.fill(from.byte());
    const std::size_t place_in_key = from.below(192);
    const core::byte_view part_of_key = from.take(from.below(64));
    std::ranges::copy(part_of_key, message.auth_key.begin() + place_in_key);
    const core::byte chosen = from.byte();
    if ((chosen & 1) != 0) message.sender = direction::server_to_client;
    message.shift = chosen >> 4;
    const std::size_t size = 16 * from.below(24);
    message.plain.assign(size, from.byte());
    const core::byte_view beginning = from.take(std::min(message.plain.size(), from.below(64)));
    std::ranges::copy(beginning, message.plain.begin());
    expect(message, (chosen & 2) != 0);
    message.block.resize(message.shift + message.plain.size());
  }
  return messages;
}

void check_sealing(std::vector<one_message>& messages) {
  for (const seal_kernel& kernel : seal_kernels()) {
    if (!kernel.supported()) continue;
    std::vector<message_to_seal> batch;
    for (one_message& message : messages) {
      std::ranges::copy(message.plain, message.place().begin());
      batch.push_back({message.auth_key, message.sender, message.place()});
    }
    kernel.run(batch);
    for (std::size_t i = 0; i < messages.size(); ++i) {
      require(std::ranges::equal(messages[i].place(), messages[i].sealed), "sealed alike");
      require(batch[i].msg_key_large == messages[i].large_of_sealed, "with the same key");
    }
  }
}

void check_opening(std::vector<one_message>& messages) {
  for (const open_kernel& kernel : open_kernels()) {
    if (!kernel.supported()) continue;
    std::vector<message_to_open> batch;
    for (one_message& message : messages) {
      std::ranges::copy(message.sealed, message.place().begin());
      batch.push_back({message.auth_key, message.sender, message.arrived, message.place()});
    }
    kernel.run(batch);
    for (std::size_t i = 0; i < messages.size(); ++i) {
      require(std::ranges::equal(messages[i].place(), messages[i].opened), "opened alike");
      require(batch[i].msg_key_large == messages[i].large_of_opened, "with the same hash");
    }
  }
}

// One stream over all messages, `between` other bytes before each.
void check_obfuscated(std::vector<one_message>& messages, std::size_t between,
                      const std::array<core::byte, 16>& counter) {
  const std::array<core::byte, 32> key{7};
  for (const obfuscated_open_kernel& kernel : obfuscated_open_kernels()) {
    if (!kernel.supported()) continue;
    ctr_stream sender(key, counter), receiver(key, counter);
    core::byte_buffer header(between);
    for (one_message& message : messages) {
      sender.apply(header);
      receiver.apply(header);
      sender.apply(message.sealed, message.place());
      message_to_open one{message.auth_key, message.sender, message.arrived, message.place()};
      kernel.run(one, receiver);
      require(std::ranges::equal(message.place(), message.opened), "opened alike under a stream");
      require(one.msg_key_large == message.large_of_opened, "with the same hash under a stream");
    }
    core::byte_buffer rest(33);
    sender.apply(rest);
    receiver.apply(rest);
    require(rest == core::byte_buffer(rest.size()), "both streams are as far");
  }
}

void check_key_derivation(const std::vector<one_message>& messages) {
  const kdf_kernel& reference = kdf_kernels().front();
  for (const kdf_kernel& kernel : kdf_kernels()) {
    if (!kernel.supported()) continue;
    for (const one_message& message : messages) {
      const aes_key_iv aes = kernel.derive_v2(message.auth_key, message.arrived, message.sender);
      const aes_key_iv same =
          reference.derive_v2(message.auth_key, message.arrived, message.sender);
      require(std::ranges::equal(aes.key.view(), same.key.view()), "the same AES key");
      require(std::ranges::equal(aes.iv.view(), same.iv.view()), "and initialisation vector");
    }
  }
}

}  // namespace

void run(core::byte_view input) noexcept {
  choices from(input);
  const std::size_t between = from.below(40);
  std::array<core::byte, 16> counter{};
  if (from.flag()) std::fill(counter.begin() + 8, counter.end() - 1, core::byte{0xff});
  counter.back() = from.byte();
  std::vector<one_message> messages = messages_of(from);
  check_key_derivation(messages);
  check_sealing(messages);
  check_opening(messages);
  check_obfuscated(messages, between, counter);
}

}  // namespace corogram::fuzz

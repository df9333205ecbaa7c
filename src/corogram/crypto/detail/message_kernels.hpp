#pragma once

// The functions in the tables of message.cpp.

#include <corogram/crypto/ctr.hpp>
#include <corogram/crypto/message.hpp>

#include <span>

namespace corogram::crypto::detail {

void open_messages_reference(std::span<message_to_open> messages) noexcept;
void seal_messages_reference(std::span<message_to_seal> messages) noexcept;

#ifdef __x86_64__
/// Eight at a time, for machines without instructions for SHA.
void open_messages_aesni_x8(std::span<message_to_open> messages) noexcept;
void seal_messages_aesni_x8(std::span<message_to_seal> messages) noexcept;

/// AES and SHA instructions, and AVX for three operands.
bool lanes_supported() noexcept;
/// One message at a time; when sealing, the next is hashed meanwhile.
void open_messages_stitched(std::span<message_to_open> messages) noexcept;
void seal_messages_pipelined(std::span<message_to_seal> messages) noexcept;
/// Two, and three at a time.
void open_messages_x2(std::span<message_to_open> messages) noexcept;
void seal_messages_x2(std::span<message_to_seal> messages) noexcept;
void open_messages_x3(std::span<message_to_open> messages) noexcept;
void seal_messages_x3(std::span<message_to_seal> messages) noexcept;
/// Only msg_key_large of what is in them, three at a time.
void hash_messages_x3(std::span<message_to_open> messages) noexcept;
void hash_messages_x3(std::span<message_to_seal> messages) noexcept;

/// With the key stream of a transport taken off in the same pass.
void open_obfuscated_message_fused(message_to_open& message, ctr_stream& stream) noexcept;

/// Twelve at a time with AES on 256 bits; fewer as x3 does it where that is faster.
bool batched_supported() noexcept;
void open_messages_batched(std::span<message_to_open> messages) noexcept;
void seal_messages_batched(std::span<message_to_seal> messages) noexcept;
#endif

#if defined(__aarch64__) && defined(__linux__)
bool message_armv8_supported() noexcept;
void open_messages_armv8(std::span<message_to_open> messages) noexcept;
void seal_messages_armv8(std::span<message_to_seal> messages) noexcept;
#endif

}  // namespace corogram::crypto::detail

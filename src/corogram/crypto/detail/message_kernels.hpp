#pragma once

// The functions in the tables of message.cpp.

#include <corogram/crypto/message.hpp>

#include <span>

namespace corogram::crypto::detail {

void open_messages_reference(std::span<message_to_open> messages) noexcept;
void seal_messages_reference(std::span<message_to_seal> messages) noexcept;

#ifdef __x86_64__
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
#endif

}  // namespace corogram::crypto::detail

#pragma once

// The functions in the tables of message.cpp.

#include <corogram/crypto/message.hpp>

#include <span>

namespace corogram::crypto::detail {

void open_messages_reference(std::span<message_to_open> messages) noexcept;
void seal_messages_reference(std::span<message_to_seal> messages) noexcept;

}  // namespace corogram::crypto::detail

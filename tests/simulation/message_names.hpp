#pragma once

// Messages in words, for the log.

#include <corogram/core/bytes.hpp>

#include <string>

namespace corogram::simulation {

/// is_service_message tells whether `body` begins with a number of the service schema.
[[nodiscard]] bool is_service_message(core::byte_view body);

/// message_name is the name of a message's constructor, with its fields where they are short.
[[nodiscard]] std::string message_name(core::byte_view body);

/// plain_message_name is that of an unencrypted packet's message.
[[nodiscard]] std::string plain_message_name(core::byte_view packet);

}  // namespace corogram::simulation

#pragma once

// Containers: several messages in the place of one.
//
//   number 73f1f8dc, count int32, then for each message
//   msg_id int64, seq_no int32, length int32, body (a multiple of 4)

#include <corogram/core/bytes.hpp>
#include <corogram/core/result.hpp>
#include <corogram/core/writer.hpp>
#include <corogram/mtproto/message.hpp>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace corogram::mtproto {

inline constexpr std::uint32_t msg_container_id = 0x73f1f8dc;
//= SM-37
/// The most messages in one container.
inline constexpr std::size_t container_limit = 1024;
/// Units: bytes. What stands before each body in a container, and before the first message.
inline constexpr std::size_t container_entry_size = 16;
inline constexpr std::size_t container_header_size = 8;

/// parse_container takes the messages out of a container. `limit`: how many are taken at most.
/// Lifetime: the messages view what `body` views.
/// Errors: errc::too_many_elements; errc::bad_container (lengths that do not add up, or that are no
/// multiples of 4; a container inside).
core::result<std::vector<message_view>> parse_container(core::byte_view body,
                                                        std::size_t limit = container_limit);

/// container_in_order says whether every message inside is older than the container (SM-34).
[[nodiscard]] bool container_in_order(std::int64_t container_msg_id,
                                      const std::vector<message_view>& messages) noexcept;

/// container_size is what write_container appends. Units: bytes.
[[nodiscard]] std::size_t container_size(const std::vector<outgoing_message>& messages) noexcept;

/// write_container appends a container to `out`.
/// Pre: at most container_limit messages, none of them a container.
void write_container(const std::vector<outgoing_message>& messages, core::writer out);

}  // namespace corogram::mtproto

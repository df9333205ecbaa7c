#pragma once

// From messages to a packet that is still to be sealed: each body is copied once, from where its
// owner keeps it, should it have to go out again, to where it is encrypted.

#include <corogram/core/bytes.hpp>
#include <corogram/core/packet_buffer.hpp>
#include <corogram/core/random.hpp>
#include <corogram/mtproto/container.hpp>
#include <corogram/mtproto/envelope.hpp>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace corogram::mtproto {

/// lay_out puts one message into a packet.
[[nodiscard]] core::packet_buffer lay_out(const session_header& header,
                                          const outgoing_message& message,
                                          core::random_source& random);

/// lay_out_container puts several messages into a container, and that into a packet.
/// Pre: as write_container.
[[nodiscard]] core::packet_buffer lay_out_container(const session_header& header,
                                                    std::int64_t msg_id, std::int32_t seq_no,
                                                    const std::vector<outgoing_message>& messages,
                                                    core::random_source& random);

}  // namespace corogram::mtproto

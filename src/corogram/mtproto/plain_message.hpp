#pragma once

// The unencrypted message, which carries the key exchange and nothing else.
//
//   offset  0   8 bytes  auth_key_id = 0
//           8   8 bytes  msg_id
//          16   4 bytes  message_data_length = N
//          20   N bytes  message_data: one TL object, in replies of real servers followed by random
//                        bytes (DIV-03)
//        20+N  0..15     what is left of the padding of a transport

#include <corogram/core/bytes.hpp>
#include <corogram/core/result.hpp>
#include <corogram/mtproto/message.hpp>

#include <cstddef>
#include <cstdint>

namespace corogram::mtproto {

/// Units: bytes before the object.
inline constexpr std::size_t plain_header_size = 20;

/// Units: bytes. Padding that a transport may have left behind the message (TR-11).
inline constexpr std::size_t max_transport_padding = 15;

/// Units: bytes. The longest message of the key exchange has 728 with all that may follow it; what
/// comes from strangers and may be remembered has to have a limit.
inline constexpr std::size_t max_plain_packet = 4096;

struct plain_message {
  std::int64_t msg_id = 0;
  /// Lifetime: that of the packet.
  core::byte_view body;
};

/// is_plain says whether `packet` begins with an auth_key_id of 0.
[[nodiscard]] bool is_plain(core::byte_view packet) noexcept;

/// encode_plain appends the packet of an unencrypted message to `out`.
/// Pre: body.size() is a multiple of 4 below 2^31.
void encode_plain(std::int64_t msg_id, core::byte_view body, core::byte_buffer& out);

/// decode_plain takes an unencrypted message apart. It does not judge the msg_id, see
/// check_plain_msg_id.
/// Errors: core::errc::truncated; errc::not_plain; errc::bad_message_length (none, negative, not a
/// multiple of 4, longer than the packet, or followed by more than transport padding; or a packet
/// of more than max_plain_packet).
core::result<plain_message> decode_plain(core::byte_view packet);

/// check_plain_msg_id accepts what `sender` may use: divisible by 4 for a client, 1 modulo 4 for a
/// server, whose unencrypted messages are all replies; the high word not empty, a client's low one
/// not empty. Errors: errc::bad_message_id. Spec: AK-58, DESC-12, DESC-13, DESC-16.
core::result<void> check_plain_msg_id(std::int64_t msg_id, role sender);

}  // namespace corogram::mtproto

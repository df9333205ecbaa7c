#pragma once

// The words that both sides of a session share: what one message is, and what leaves a machine.

#include <corogram/core/bytes.hpp>
#include <corogram/core/packet_buffer.hpp>

#include <cstddef>
#include <cstdint>

namespace corogram::mtproto {

/// Which side of a session a machine plays.
enum class role { client, server };

/// other is the side that `own` talks to.
[[nodiscard]] constexpr role other(role own) noexcept {
  return own == role::client ? role::server : role::client;
}

/// One message as it stands in an envelope or in a container.
/// Shape: msg_id int64, seq_no int32, length int32, body of that many bytes (a multiple of 4).
/// Lifetime: the body views the buffer that the message was read from.
struct message_view {
  std::int64_t msg_id = 0;
  std::int32_t seq_no = 0;
  core::byte_view body;
};

/// One message that is about to go out. Its body is in two pieces, so that what wraps a call or an
/// answer need not be joined to it.
/// Lifetime: the pieces view what their owners keep.
struct outgoing_message {
  std::int64_t msg_id = 0;
  std::int32_t seq_no = 0;
  core::byte_view content;
  /// Stands before the content.
  core::byte_view head = {};

  [[nodiscard]] std::size_t size() const noexcept { return head.size() + content.size(); }
};

/// One encrypted packet for the transport.
struct outgoing_packet {
  core::packet_buffer packet;
  /// The transport asks for a quick ack, where its framing can.
  bool quick_ack = false;
};

/// content_related says whether the sender marked a message so, by the only sign that counts.
[[nodiscard]] constexpr bool content_related(std::int32_t seq_no) noexcept {
  //= DESC-22
  return (seq_no & 1) != 0;
}

}  // namespace corogram::mtproto

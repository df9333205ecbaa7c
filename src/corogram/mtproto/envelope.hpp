#pragma once

// The envelope of MTProto 2.0: one message, encrypted under an authorization key, as one packet.
//
//   offset  0   8 bytes  auth_key_id                   | in the clear
//           8  16 bytes  msg_key                       |
//          24   8 bytes  salt                          . AES-256-IGE, a multiple of 16
//          32   8 bytes  session_id                    .
//          40   8 bytes  msg_id                        .
//          48   4 bytes  seq_no                        .
//          52   4 bytes  message_data_length = N       .
//          56   N bytes  message_data, N % 4 == 0      .
//        56+N  12..1024  random padding                .
//           .. 0..15     what is left of the padding of a transport (TR-11)

#include <corogram/core/bytes.hpp>
#include <corogram/core/random.hpp>
#include <corogram/core/result.hpp>
#include <corogram/core/writer.hpp>
#include <corogram/crypto/message.hpp>
#include <corogram/mtproto/auth_key.hpp>
#include <corogram/mtproto/message.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace corogram::mtproto {

/// Units: bytes.
inline constexpr std::size_t packet_header_size = 24;
inline constexpr std::size_t message_header_size = 32;
//= DESC-36
inline constexpr std::size_t min_padding = 12;
inline constexpr std::size_t max_padding = 1024;

/// Who sends in the direction of the KDF.
[[nodiscard]] constexpr crypto::direction sent_by(role sender) noexcept {
  return sender == role::client ? crypto::direction::client_to_server
                                : crypto::direction::server_to_client;
}

/// What stands in an envelope beside the message.
struct session_header {
  std::int64_t salt = 0;
  std::int64_t session_id = 0;
};

/// A packet that passed its checks.
struct opened_packet {
  session_header header;
  /// Lifetime: views the bytes of the packet, which are its plaintext now.
  message_view message;
  /// What acknowledges the packet on the level of the transport.
  std::uint32_t quick_ack_token = 0;
};

/// A packet to be sealed in place: its message stands where its encrypted form will, written by
/// begin_packet and end_packet. Lifetime: key and packet outlive it.
struct packet_to_seal {
  const auth_key& key;
  role sender;
  core::byte_span packet;
  /// Written.
  std::uint32_t quick_ack_token = 0;
};

/// packet_key_id reads the auth_key_id. nullopt: the packet is too short to have one.
[[nodiscard]] std::optional<std::int64_t> packet_key_id(core::byte_view packet) noexcept;

/// packet_size is the size of a packet whose message has a body of `body_size` bytes.
/// Pre: a multiple of 4 below 2^31.
[[nodiscard]] constexpr std::size_t packet_size(std::size_t body_size) noexcept {
  const std::size_t least = message_header_size + body_size + min_padding;
  return packet_header_size + (least + 15) / 16 * 16;
}

/// begin_packet appends all that stands before the body of a message. Next come `body_size` bytes
/// of body, and end_packet.
void begin_packet(const session_header& header, std::int64_t msg_id, std::int32_t seq_no,
                  std::size_t body_size, core::writer out);

/// end_packet appends the least padding that is allowed. What seal_packets takes is then whole.
void end_packet(std::size_t body_size, core::random_source& random, core::writer out);

/// seal_packets encrypts packets, all at once. Pre: no two of them overlap.
void seal_packets(std::span<packet_to_seal> packets);

/// seal_packet appends the packet of `message` to `out`, with the least padding that is allowed,
/// and returns its quick-ack token. Pre: the body's size is a multiple of 4 below 2^31.
std::uint32_t seal_packet(const auth_key& key, role sender, const session_header& header,
                          const message_view& message, core::random_source& random,
                          core::byte_buffer& out);

/// test_seal_packet is seal_packet with a length field and padding of the caller's choice, right or
/// wrong. Pre: 32 + body + padding is a multiple of 16.
std::uint32_t test_seal_packet(const auth_key& key, role sender, const session_header& header,
                               const message_view& message, std::int32_t declared_length,
                               core::byte_view padding, core::byte_buffer& out);

/// open_packet decrypts a packet in its place and checks it. Nothing of a packet that fails may be
/// used: its bytes are again what they were.
/// Errors: errc::bad_packet, whatever is wrong, after the same work (SEC-07, SEC-08).
[[nodiscard]] core::result<opened_packet> open_packet(const auth_key& key, role sender,
                                                      core::byte_span packet);

namespace detail {

/// is_sound makes all checks of a message that was decrypted, without a branch on what is in it:
/// the message key is the one that follows from the text, and the length field leaves 12 to 1024
/// bytes.
[[nodiscard]] bool is_sound(const crypto::message_to_open& decrypted) noexcept;

}  // namespace detail

/// is_version_1 says whether `packet` is sound by the rules of MTProto 1.0, which only its refusal
/// may depend on. For reports.
[[nodiscard]] bool is_version_1(const auth_key& key, role sender, core::byte_view packet);

}  // namespace corogram::mtproto

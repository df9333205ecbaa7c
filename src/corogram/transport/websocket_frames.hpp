#pragma once

// WebSocket frames (RFC 6455, section 5) as a carrier: the payloads of binary frames, one after the
// other, are one byte stream; where the frames begin and end carries no meaning (WS-06).
//
//   82 n              payload of n bytes           n < 126
//   82 7e n n         payload                      126 <= n < 2^16, most significant byte first
//   82 7f n*8         payload                      longer
//   from a client bit 7 of the second byte is set, 4 bytes of mask follow the length, and the
//   payload is XORed with them

#include <corogram/core/bytes.hpp>
#include <corogram/core/packet_buffer.hpp>
#include <corogram/core/random.hpp>
#include <corogram/core/result.hpp>
#include <corogram/transport/framing.hpp>

#include <array>
#include <cstddef>
#include <cstdint>

namespace corogram::transport {

/// Both directions of a WebSocket connection after its handshake. Holds no payload, so that a frame
/// may be of any length.
class websocket_frames {
 public:
  /// `side` is the end that uses this. Lifetime: `random` must outlive it; a client masks with it.
  websocket_frames(role side, core::random_source& random) noexcept
      : side_(side), random_(&random) {}

  /// enclose makes one binary frame of `inner`.
  void enclose(core::packet_buffer& inner) const;

  /// unwrap takes received bytes, in pieces of any size, and appends their payload to `inner`.
  /// Errors: errc::bad_websocket; errc::peer_closed. Both are final; what came before is in
  /// `inner`.
  core::result<void> unwrap(core::byte_view received, core::byte_buffer& inner);

  /// replies returns what has to be sent, pongs and the answer to a closing frame; the caller
  /// empties it.
  [[nodiscard]] core::byte_buffer& replies() noexcept { return replies_; }

 private:
  static constexpr std::size_t max_header = 2 + 8 + 4;
  static constexpr std::size_t max_control = 125;

  core::result<void> begin_frame();
  core::result<void> end_frame();
  core::error fail(std::uint16_t code, core::error failure);
  void make_frame(core::byte first, core::packet_buffer& payload) const;
  void reply(core::byte opcode, core::byte_view content);
  [[nodiscard]] std::size_t header_size() const noexcept;

  role side_;
  core::random_source* random_;
  core::byte_buffer replies_;

  // The header of the frame at hand, as far as it has come.
  std::array<core::byte, max_header> header_{};
  std::size_t header_have_ = 0;
  bool in_payload_ = false;
  bool in_message_ = false;
  std::uint64_t payload_left_ = 0;
  std::array<core::byte, 4> mask_{};
  std::size_t mask_position_ = 0;
  /// The payload of a control frame.
  core::byte_buffer control_;
};

}  // namespace corogram::transport

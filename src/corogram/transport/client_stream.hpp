#pragma once

// The client's end of one connection: packets to bytes and back. No socket inside.

#include <corogram/core/bytes.hpp>
#include <corogram/core/packet_buffer.hpp>
#include <corogram/core/random.hpp>
#include <corogram/core/result.hpp>
#include <corogram/core/secret.hpp>
#include <corogram/core/send_queue.hpp>
#include <corogram/transport/framing.hpp>
#include <corogram/transport/http_target.hpp>
#include <corogram/transport/incoming.hpp>
#include <corogram/transport/proxy_secret.hpp>
#include <corogram/transport/receive_buffer.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

namespace corogram::transport {

/// How a client speaks on a new connection.
struct client_config {
  client_config() = default;

  transport::framing framing = transport::framing::intermediate;
  /// Hides the framing behind a 64-byte header and AES-CTR (TR-33).
  bool obfuscated = false;
  /// The number for bytes 60..61 of the obfuscation header, which an MTProxy needs: see
  /// `dc_field()` in obfuscated.hpp. Without it they stay random.
  std::optional<std::int16_t> dc_id;
  /// The 16 bytes of an MTProxy secret (PROXY-04). Implies `obfuscated`.
  std::optional<core::secret_array<16>> secret;
  /// What the connection runs over once its handshake is done: `websocket_client_handshake` or
  /// `fake_tls_client_handshake`. Over either, obfuscation is implied (WS-07).
  carrier_kind carrier = carrier_kind::tcp;
  /// Where queries go in the framing `http`, which is neither obfuscated nor carried.
  http_target target;
  /// Units: bytes. At most `hard_max_payload`. A longer frame ends the connection (TR-45).
  std::size_t max_payload = default_client_max_payload;
  /// Of padded intermediate, at most `default_max_padding`. Units: bytes.
  std::size_t max_padding = default_max_padding;

  /// use sets what an MTProxy's secret says: the secret, and for kinds other than simple the
  /// framing and the carrier. A simple secret leaves the choice of the framing (DIV-34).
  void use(const proxy_secret& proxy);
};

/// One connection as the client sees it. Feed what the socket delivers, poll until there is
/// nothing more, write what is appended to `out`.
/// A stream belongs to one TCP connection; a reconnect needs a new one.
class client_stream {
 public:
  /// Lifetime: `random` must outlive the stream; `config` is not needed after the call.
  client_stream(const client_config& config, core::random_source& random);
  client_stream(client_stream&&) noexcept;
  client_stream& operator=(client_stream&&) noexcept;
  ~client_stream();

  /// write_packet appends the wire form of `payload` to `out`, the first time behind the framing's
  /// tag or the obfuscation header. Returns whether the packet asks for a quick ack: it does if
  /// that was requested, the framing has quick acks (not full and HTTP: TR-19, WS-22) and the
  /// payload is encrypted (TR-25).
  /// Pre: `payload` has 4 bytes or more, at most `hard_max_payload`, and a multiple of 4.
  bool write_packet(core::byte_view payload, bool request_quick_ack, core::byte_buffer& out);
  /// The same of a packet that is taken over: what stands around it is written into its room.
  bool write_packet(core::packet_buffer payload, bool request_quick_ack, core::send_queue& out);

  /// needs_query returns whether the server has to be asked before it can say anything: over HTTP,
  /// while no packet of ours is without an answer.
  [[nodiscard]] bool needs_query() const noexcept;

  /// feed takes bytes from the socket, in pieces of any size. After a failure it drops them.
  /// Pre: poll() has been called until it returned nothing; so no more than one frame is held.
  void feed(core::byte_view received);

  /// lend hands out the buffer for the next bytes from the socket, with room in it; they are read
  /// into its space(), committed, and fed with it. What is read so is not copied.
  /// Pre: as feed().
  [[nodiscard]] receive_buffer lend();
  /// Pre: `lent` is what lend() returned last, and no other bytes were fed since.
  void feed(receive_buffer lent);

  /// poll_transmit appends what the carrier has to send by itself: answers to a WebSocket's pings
  /// and its closing. Returns whether there was any. To be called after feed().
  bool poll_transmit(core::byte_buffer& out);

  /// poll returns the next packet, quick ack or transport error; nothing when more bytes are
  /// needed.
  /// Errors: bad_length, bad_sequence, bad_checksum, bad_short_frame, bad_http, bad_websocket,
  /// bad_tls_record, peer_closed; the offset counts the bytes received, under any obfuscation and
  /// carrier. An error is final: close.
  core::result<std::optional<incoming>> poll();

 private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace corogram::transport

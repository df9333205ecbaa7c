#pragma once

// The server's end of one connection: it finds out from the first bytes how the client speaks, and
// answers in the same way. No socket inside.
//
//   TCP -+--------------------------------------- HTTP
//        +------------------------- framing: abridged, intermediate, padded intermediate, full
//        +----------- obfuscation - framing
//        +- WebSocket obfuscation - framing
//        +- fake TLS  obfuscation - padded intermediate

#include <corogram/core/bytes.hpp>
#include <corogram/core/clock.hpp>
#include <corogram/core/packet_buffer.hpp>
#include <corogram/core/random.hpp>
#include <corogram/core/result.hpp>
#include <corogram/core/send_queue.hpp>
#include <corogram/transport/framing.hpp>
#include <corogram/transport/incoming.hpp>
#include <corogram/transport/proxy_secret.hpp>
#include <corogram/transport/receive_buffer.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

namespace corogram::transport {

class hello_memory;

/// What a server takes on one port: the four framings, plain and obfuscated, and what it offers
/// besides.
struct server_config {
  server_config() = default;

  /// Take queries over HTTP. Whoever switches this on asks can_write() before each packet.
  bool http = false;
  /// Take WebSocket connections.
  bool websocket = false;
  /// Units: bytes. At most `hard_max_payload`, and `proxy_max_payload` under a secret. A longer
  /// frame ends the connection (TR-45).
  std::size_t max_payload = default_server_max_payload;
  /// Of padded intermediate, at most `default_max_padding`. Units: bytes.
  std::size_t max_padding = default_max_padding;
  /// Secrets with which a connection may be opened, shared by all connections.
  std::shared_ptr<const secret_list> secrets;
  /// The hellos seen, shared by all connections. With it, secrets of the kind fake_tls open fake
  /// TLS connections, and feed() wants the time.
  std::shared_ptr<hello_memory> hellos;
  /// Refuse everything but connections under one of `secrets`, as an MTProxy does.
  bool require_secret = false;
  /// Hold clients to what their secret says: padded intermediate under a padded secret, fake TLS
  /// under one for it (PROXY-08). Off, because clients in use put other framings there.
  bool enforce_secret_kind = false;
  /// Append 0..12 random bytes to transport errors in padded intermediate, as the specification
  /// allows (TR-14). Off, because clients in use take an error by its length of exactly 4 bytes
  /// (DIV-31).
  bool pad_transport_errors = false;
};

/// One connection as the server sees it. Feed what the socket delivers, poll until there is
/// nothing more, write what is appended to `out`; where HTTP, WebSocket or fake TLS are offered,
/// also call poll_transmit() after poll().
class server_stream {
 public:
  /// Lifetime: `random` must outlive the stream.
  server_stream(server_config config, core::random_source& random);
  server_stream(server_stream&&) noexcept;
  server_stream& operator=(server_stream&&) noexcept;
  ~server_stream();

  /// feed takes bytes from the socket, in pieces of any size. After a failure it drops them.
  /// Fake TLS clients prove that they know the time: without `now` none is accepted.
  /// Pre: poll() has been called until it returned nothing; so no more than one frame is held.
  void feed(core::byte_view received);
  void feed(core::byte_view received, core::instant now);

  /// lend hands out the buffer for the next bytes from the socket, with room in it; they are read
  /// into its space(), committed, and fed with it. What is read so is not copied.
  /// Pre: as feed().
  [[nodiscard]] receive_buffer lend();
  /// Pre: `lent` is what lend() returned last, and no other bytes were fed since.
  void feed(receive_buffer lent, core::instant now);

  /// poll returns the next packet; nothing when more bytes are needed. The server's side never
  /// returns quick_ack or transport_error.
  /// Errors: unknown_protocol, bad_obfuscation, foreign_tls_hello before anything was detected,
  /// then bad_length, bad_sequence, bad_checksum, bad_http, bad_websocket, bad_tls_record,
  /// peer_closed; the offset counts the bytes received, under any obfuscation and carrier. An error
  /// is final. None has a transport error for an answer: send what poll_transmit() has, and close;
  /// or, to tell a prober nothing, read on and drop (PROXY-06), or let the real site answer
  /// (PROXY-21).
  core::result<std::optional<incoming>> poll();

  /// poll_transmit appends what the transport has to send by itself: answers to handshakes, HTTP
  /// refusals, WebSocket pongs. Returns whether there was any. Goes on the wire before packets
  /// written later.
  bool poll_transmit(core::byte_buffer& out);

  /// can_write returns whether a packet or transport error may be written now: always once
  /// detected, but over HTTP only if a query waits for its answer, and then one.
  [[nodiscard]] bool can_write() const noexcept;

  /// write_packet appends the wire form of `payload` to `out`.
  /// Pre: can_write(); `payload` has 4 bytes or more, at most `hard_max_payload`, a multiple of 4.
  void write_packet(core::byte_view payload, core::byte_buffer& out);
  /// The same of a packet that is taken over: what stands around it is written into its room.
  void write_packet(core::packet_buffer payload, core::send_queue& out);

  /// write_quick_ack appends the answer to a packet that asked for one. Full framing and HTTP have
  /// no form for it: nothing is written.
  /// Pre: detected(); bit 31 of `token` is set.
  void write_quick_ack(std::uint32_t token, core::byte_buffer& out);

  /// write_transport_error appends the error `code` (negative, see transport_code).
  /// Pre: can_write(); code < 0.
  void write_transport_error(std::int32_t code, core::byte_buffer& out);

  /// is_mid_packet tells, once poll() has returned nothing, whether a packet has begun to arrive.
  [[nodiscard]] bool is_mid_packet() const noexcept;
  /// detected returns the client's framing once it is known.
  [[nodiscard]] std::optional<framing> detected() const noexcept;
  /// carried_by returns what the framing runs over, as far as it is known.
  [[nodiscard]] carrier_kind carried_by() const noexcept;
  /// obfuscated is true once an obfuscation header was accepted.
  [[nodiscard]] bool obfuscated() const noexcept;
  /// dc_id returns bytes 60..61 of the obfuscation header: a DC id if the client speaks to a
  /// proxy, random bytes if not (TR-38). See `dc_field()` in obfuscated.hpp.
  [[nodiscard]] std::optional<std::int16_t> dc_id() const noexcept;
  /// secret_index tells under which of the configured secrets the connection was opened.
  [[nodiscard]] std::optional<std::size_t> secret_index() const noexcept;
  /// refused returns the client's first bytes if poll() failed on them, for a real site to answer
  /// (PROXY-21). Lifetime: that of the stream.
  [[nodiscard]] core::byte_view refused() const noexcept;

 private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace corogram::transport

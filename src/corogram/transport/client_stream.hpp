#pragma once

// The client's end of one connection: packets to bytes and back. No socket inside.

#include <corogram/core/bytes.hpp>
#include <corogram/core/random.hpp>
#include <corogram/core/result.hpp>
#include <corogram/core/secret.hpp>
#include <corogram/transport/framing.hpp>
#include <corogram/transport/incoming.hpp>

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
  /// Units: bytes. At most `hard_max_payload`. A longer frame ends the connection (TR-45).
  std::size_t max_payload = default_client_max_payload;
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
  /// that was requested, the framing has quick acks (not full, TR-19) and the payload is encrypted
  /// (TR-25).
  /// Pre: `payload` has 4 bytes or more, at most `hard_max_payload`, and a multiple of 4.
  bool write_packet(core::byte_view payload, bool request_quick_ack, core::byte_buffer& out);

  /// feed takes bytes from the socket, in pieces of any size. After a failure it drops them.
  /// Pre: poll() has been called until it returned nothing; so no more than one frame is held.
  void feed(core::byte_view received);

  /// poll returns the next packet, quick ack or transport error; nothing when more bytes are
  /// needed. Errors: every errc but bad_obfuscation and unknown_protocol; the offset counts the
  /// bytes received on this connection, under any obfuscation. An error is final: close.
  core::result<std::optional<incoming>> poll();

 private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace corogram::transport

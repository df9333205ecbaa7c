#pragma once

// The server's end of one connection: it finds out from the first bytes how the client speaks, and
// answers in the same way. No socket inside.

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
#include <vector>

namespace corogram::transport {

/// The MTProxy secrets that a server knows, 16 bytes each.
using secret_list = std::vector<core::secret_array<16>>;

/// What a server takes on one port.
struct server_config {
  server_config() = default;

  /// Units: bytes. At most `hard_max_payload`. A longer frame ends the connection (TR-45).
  std::size_t max_payload = default_server_max_payload;
  /// Secrets with which an obfuscated connection may be opened, shared by all connections.
  std::shared_ptr<const secret_list> secrets;
  /// Refuse everything but obfuscated connections under one of `secrets`, as an MTProxy does.
  bool require_secret = false;
  /// Append 0..12 random bytes to transport errors in padded intermediate, as the specification
  /// allows (TR-14). Off, because clients in use take an error by its length of exactly 4 bytes
  /// (DIV-31).
  bool pad_transport_errors = false;
};

/// One connection as the server sees it. Feed what the socket delivers, poll until there is
/// nothing more, write what is appended to `out`.
class server_stream {
 public:
  /// Lifetime: `random` must outlive the stream.
  server_stream(server_config config, core::random_source& random);
  server_stream(server_stream&&) noexcept;
  server_stream& operator=(server_stream&&) noexcept;
  ~server_stream();

  /// feed takes bytes from the socket, in pieces of any size. After a failure it drops them.
  /// Pre: poll() has been called until it returned nothing; so no more than one frame is held.
  void feed(core::byte_view received);

  /// poll returns the next packet; nothing when more bytes are needed. The server's side never
  /// returns quick_ack or transport_error.
  /// Errors: unknown_protocol and bad_obfuscation before anything was detected, then bad_length,
  /// bad_sequence, bad_checksum; the offset counts the bytes received on this connection, under any
  /// obfuscation. An error is final. None of them is answered: close, or, to tell a prober
  /// nothing, read on and drop (PROXY-06).
  core::result<std::optional<incoming>> poll();

  /// write_packet appends the wire form of `payload` to `out`.
  /// Pre: detected(); `payload` has 4 bytes or more, at most `hard_max_payload`, a multiple of 4.
  void write_packet(core::byte_view payload, core::byte_buffer& out);

  /// write_quick_ack appends the answer to a packet that asked for one. Full framing has no form
  /// for it: nothing is written.
  /// Pre: detected(); bit 31 of `token` is set.
  void write_quick_ack(std::uint32_t token, core::byte_buffer& out);

  /// write_transport_error appends the error `code` (negative, see transport_code).
  /// Pre: detected(); code < 0.
  void write_transport_error(std::int32_t code, core::byte_buffer& out);

  /// is_mid_packet tells, once poll() has returned nothing, whether a packet has begun to arrive.
  [[nodiscard]] bool is_mid_packet() const noexcept;
  /// detected returns the client's framing once it is known.
  [[nodiscard]] std::optional<framing> detected() const noexcept;
  /// obfuscated is true once an obfuscation header was accepted.
  [[nodiscard]] bool obfuscated() const noexcept;
  /// dc_id returns bytes 60..61 of the obfuscation header: a DC id if the client speaks to a
  /// proxy, random bytes if not (TR-38). See `dc_field()` in obfuscated.hpp.
  [[nodiscard]] std::optional<std::int16_t> dc_id() const noexcept;
  /// secret_index tells under which of the configured secrets the connection was opened.
  [[nodiscard]] std::optional<std::size_t> secret_index() const noexcept;

 private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace corogram::transport

#pragma once

// What carries the byte stream of a connection: TCP itself, or a protocol on top of it that cuts
// the stream into pieces of its own.

#include <corogram/core/bytes.hpp>
#include <corogram/core/packet_buffer.hpp>
#include <corogram/core/random.hpp>
#include <corogram/core/result.hpp>
#include <corogram/transport/fake_tls_records.hpp>
#include <corogram/transport/framing.hpp>
#include <corogram/transport/websocket_frames.hpp>

#include <variant>

namespace corogram::transport {

/// One connection's carrier after any handshake.
class carrier {
 public:
  /// Plain TCP, which adds nothing.
  carrier() = default;
  /// `side` is the end that uses this. Lifetime: `random` must outlive it.
  carrier(carrier_kind kind, role side, core::random_source& random);

  [[nodiscard]] carrier_kind kind() const noexcept;

  /// wrap gives `bytes` the carrier's form: in their place, unless records have to be cut.
  void wrap(core::packet_buffer& bytes);

  /// unwrap takes bytes from the socket and returns what they carry. After a failure that is what
  /// came before it, and failure() is set. Lifetime: until the next unwrap(), and that of
  /// `received`.
  core::byte_view unwrap(core::byte_view received);

  /// failure returns what ended the carrier: bad_websocket, peer_closed, bad_tls_record.
  [[nodiscard]] const std::optional<core::error>& failure() const noexcept { return failure_; }

  /// take_replies appends what the carrier has to send by itself. Returns whether there was any.
  bool take_replies(core::byte_buffer& out);

 private:
  // In the order of `carrier_kind`.
  std::variant<std::monostate, websocket_frames, fake_tls_records> protocol_;
  core::byte_buffer scratch_;
  std::optional<core::error> failure_;
};

}  // namespace corogram::transport

#pragma once

// The framings behind one interface: what differs between them is in their own files.

#include <corogram/core/bytes.hpp>
#include <corogram/core/packet_buffer.hpp>
#include <corogram/core/random.hpp>
#include <corogram/core/result.hpp>
#include <corogram/transport/abridged.hpp>
#include <corogram/transport/frame.hpp>
#include <corogram/transport/framing.hpp>
#include <corogram/transport/full.hpp>
#include <corogram/transport/http.hpp>
#include <corogram/transport/intermediate.hpp>
#include <corogram/transport/padded_intermediate.hpp>

#include <cstddef>
#include <cstdint>
#include <variant>

namespace corogram::transport {

/// The framing of one connection, at one of its ends.
class codec {
 public:
  /// Lifetime: `random` must outlive the codec.
  /// `target` is for a client over HTTP.
  codec(framing kind, role side, std::size_t max_payload, core::random_source& random,
        http_target target = {});

  [[nodiscard]] framing kind() const noexcept;

  /// tag returns what a client sends before its first frame when there is no obfuscation.
  [[nodiscard]] core::byte_view tag() const noexcept;

  /// has_quick_ack returns whether a packet can ask for a quick ack.
  [[nodiscard]] bool has_quick_ack() const noexcept {
    return kind() != framing::full && kind() != framing::http;
  }

  /// limit_padding makes enclose add no more than `limit` random bytes, where it adds any.
  void limit_padding(std::size_t limit) noexcept;

  /// can_write returns whether a packet may be written now: always, but for a server over HTTP.
  [[nodiscard]] bool can_write() const noexcept;

  /// unanswered counts the queries over HTTP without an answer; 0 in the other framings.
  [[nodiscard]] std::size_t unanswered() const noexcept {
    const http* const over_http = std::get_if<http>(&codec_);
    return over_http == nullptr ? 0 : over_http->unanswered();
  }

  /// enclose puts a frame around a packet; `quick_ack` is without effect where there is none.
  void enclose(core::packet_buffer& payload, bool quick_ack);
  /// write_quick_ack appends a token; nothing where there are no quick acks.
  void write_quick_ack(std::uint32_t token, core::byte_buffer& out);
  /// write_transport_error appends a code; `pad` is for padded intermediate.
  void write_transport_error(std::int32_t code, bool pad, core::byte_buffer& out);

  /// take_replies appends what the framing has to send by itself. Returns whether there was any.
  bool take_replies(core::byte_buffer& out);

  /// read looks for a frame at the beginning of `input`.
  /// Errors: bad_length, bad_sequence, bad_checksum, bad_short_frame, bad_http; the offset counts
  /// from the beginning of `input`.
  [[nodiscard]] core::result<read_outcome> read(core::byte_span input);

 private:
  // In the order of `framing`.
  std::variant<abridged, intermediate, padded_intermediate, full, http> codec_;
};

}  // namespace corogram::transport

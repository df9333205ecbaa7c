#pragma once

// What is below the framing of a connection, at either of its ends: the obfuscation, the carrier,
// and the buffer into which bytes arrive.
//
//   framing
//   obfuscation, if any      decrypts in the buffer, encrypts in the packet
//   carrier                  TCP itself, or WebSocket, or fake TLS
//   socket                   reads into the buffer that is lent to it

#include <corogram/core/bytes.hpp>
#include <corogram/core/packet_buffer.hpp>
#include <corogram/transport/carrier.hpp>
#include <corogram/transport/frame_reader.hpp>
#include <corogram/transport/obfuscated.hpp>
#include <corogram/transport/receive_buffer.hpp>

#include <algorithm>
#include <optional>
#include <utility>

namespace corogram::transport {

/// The lower half of a stream.
struct layers_below {
  /// feed takes bytes from the socket through all layers that are known so far.
  void feed(core::byte_view received) { decrypt(reader.append(carried.unwrap(received))); }

  /// lend hands out the buffer that the socket reads into: over bare TCP the one in which the
  /// frames are found.
  [[nodiscard]] receive_buffer lend() {
    if (carried.kind() == carrier_kind::tcp) return reader.lend();
    raw_.reserve(least_read_size);
    return std::exchange(raw_, {});
  }
  /// feed takes the buffer back, and what was read into it.
  void feed(receive_buffer lent) {
    if (carried.kind() == carrier_kind::tcp) return decrypt(reader.append(std::move(lent)));
    const core::byte_span received = lent.fresh();
    feed(core::byte_view(received));
    lent.take(received.size());
    raw_ = std::move(lent);
  }

  /// finish gives a framed packet its wire form, in its place. `beginning` goes before it, as it
  /// is.
  void finish(core::packet_buffer& packet, core::byte_view beginning = {}) {
    if (hidden) hidden->encrypt(packet.span());
    std::ranges::copy(beginning, packet.prepend(beginning.size()).begin());
    //= PROXY-28
    carried.wrap(packet);
  }

  carrier carried;
  frame_reader reader;
  std::optional<obfuscation> hidden;

 private:
  void decrypt(core::byte_span bytes) {
    if (hidden) hidden->decrypt(bytes);
  }

  /// What the carrier has not been taken off of.
  receive_buffer raw_;
};

}  // namespace corogram::transport

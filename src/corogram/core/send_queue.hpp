#pragma once

// What is to be written to a socket: pieces, in order, each of which stays where it was made. A
// socket takes them all in one call.

#include <corogram/core/bytes.hpp>
#include <corogram/core/packet_buffer.hpp>

#include <cstddef>
#include <utility>
#include <vector>

namespace corogram::core {

/// Bytes for one connection. Not copied; moves.
class send_queue {
 public:
  send_queue() = default;
  send_queue(send_queue&& other) noexcept
      : pieces_(std::exchange(other.pieces_, {})), size_(std::exchange(other.size_, 0)) {}
  send_queue& operator=(send_queue&& other) noexcept {
    pieces_ = std::exchange(other.pieces_, {});
    size_ = std::exchange(other.size_, 0);
    return *this;
  }

  /// push takes a piece over as the last one.
  void push(packet_buffer piece) {
    if (piece.empty()) return;
    size_ += piece.size();
    pieces_.push_back(std::move(piece));
  }
  /// push copies something short to the end.
  void push(byte_view bytes) { push(packet_buffer(bytes)); }

  [[nodiscard]] bool empty() const noexcept { return pieces_.empty(); }
  /// size counts the bytes of all pieces.
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  void clear() noexcept {
    pieces_.clear();
    size_ = 0;
  }

  /// views returns the pieces. Lifetime: until the queue changes.
  [[nodiscard]] std::vector<byte_view> views() const {
    std::vector<byte_view> all;
    all.reserve(pieces_.size());
    for (const packet_buffer& piece : pieces_) all.push_back(piece.view());
    return all;
  }

  /// joined copies all pieces into one, for whoever has no socket.
  [[nodiscard]] byte_buffer joined() const {
    byte_buffer all;
    all.reserve(size());
    for (const packet_buffer& piece : pieces_) append(all, piece.view());
    return all;
  }

 private:
  std::vector<packet_buffer> pieces_;
  std::size_t size_ = 0;
};

}  // namespace corogram::core

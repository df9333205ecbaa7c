#pragma once

// A packet on its way to the wire, with room before it. Each layer writes its header in front of
// what the layer above has made, which stays where it is.
//
//   | head room ......... | header | header | packet | padding, checksum |
//                         '---------------- view() ------------------'

#include <corogram/core/bytes.hpp>
#include <corogram/core/writer.hpp>

#include <cstddef>
#include <utility>

namespace corogram::core {

/// Bytes that grow at both ends. Copies and moves like a byte_buffer; what was moved from is empty.
class packet_buffer {
 public:
  /// Units: bytes. Room for the longest header of a framing (8), for what an obfuscated connection
  /// begins with (64) and for the header of a carrier (14).
  static constexpr std::size_t head_room = 96;
  /// Units: bytes. What is reserved for what stands behind a packet: padding, a checksum.
  static constexpr std::size_t tail_room = 16;

  /// An empty one without any room.
  packet_buffer() = default;
  /// An empty one, with room for `size` bytes and what comes around them.
  explicit packet_buffer(std::size_t size) : begin_(head_room) {
    bytes_.reserve(head_room + size + tail_room);
    bytes_.resize(head_room);
  }
  /// A copy of `bytes`, with room around it.
  explicit packet_buffer(byte_view bytes) : packet_buffer(bytes.size()) { append(bytes_, bytes); }
  /// `bytes` themselves, without room.
  explicit packet_buffer(byte_buffer&& bytes) noexcept : bytes_(std::move(bytes)) {}

  packet_buffer(const packet_buffer&) = default;
  packet_buffer& operator=(const packet_buffer&) = default;
  packet_buffer(packet_buffer&& other) noexcept
      : bytes_(std::exchange(other.bytes_, {})), begin_(std::exchange(other.begin_, 0)) {}
  packet_buffer& operator=(packet_buffer&& other) noexcept {
    bytes_ = std::exchange(other.bytes_, {});
    begin_ = std::exchange(other.begin_, 0);
    return *this;
  }
  ~packet_buffer() = default;

  /// back appends. Lifetime: that of the buffer.
  [[nodiscard]] writer back() noexcept { return writer(bytes_); }

  /// prepend returns `count` bytes in front of all others, for writing. If there is no room left
  /// for them, everything moves.
  /// Lifetime: until the buffer grows again.
  byte_span prepend(std::size_t count) {
    if (count > begin_) make_room(count);
    begin_ -= count;
    return span().first(count);
  }

  [[nodiscard]] std::size_t size() const noexcept { return bytes_.size() - begin_; }
  [[nodiscard]] bool empty() const noexcept { return size() == 0; }
  [[nodiscard]] byte_view view() const noexcept { return byte_view(bytes_).subspan(begin_); }
  operator byte_view() const noexcept { return view(); }
  [[nodiscard]] byte_span span() noexcept { return byte_span(bytes_).subspan(begin_); }

  friend bool operator==(const packet_buffer& a, const packet_buffer& b) noexcept {
    return equal(a.view(), b.view());
  }

 private:
  void make_room(std::size_t count) {
    byte_buffer roomy;
    roomy.reserve(count + head_room + size() + tail_room);
    roomy.resize(count + head_room);
    append(roomy, view());
    bytes_ = std::move(roomy);
    begin_ = count + head_room;
  }

  byte_buffer bytes_;
  std::size_t begin_ = 0;
};

}  // namespace corogram::core

#include <corogram/core/endian.hpp>
#include <corogram/core/writer.hpp>
#include <corogram/transport/errc.hpp>
#include <corogram/transport/websocket_frames.hpp>

#include <algorithm>

namespace corogram::transport {

namespace {

constexpr core::byte final_bit = 0x80;
constexpr core::byte reserved_bits = 0x70;
constexpr core::byte opcode_bits = 0x0f;
constexpr core::byte mask_bit = 0x80;

constexpr core::byte opcode_continuation = 0x0;
constexpr core::byte opcode_binary = 0x2;
constexpr core::byte opcode_close = 0x8;
constexpr core::byte opcode_ping = 0x9;
constexpr core::byte opcode_pong = 0xa;

constexpr core::byte length_16 = 126;
constexpr core::byte length_64 = 127;

constexpr std::uint16_t code_protocol_error = 1002;
constexpr std::uint16_t code_no_text = 1003;

core::error bad_frame(std::string_view expected) {
  return {errc::bad_websocket, core::error::no_offset, expected};
}

bool is_control(core::byte opcode) {
  return opcode >= opcode_close;
}

}  // namespace

void websocket_frames::enclose(core::packet_buffer& inner) const {
  make_frame(final_bit | opcode_binary, inner);
}

/// Puts a header in front, from its end to its beginning.
void websocket_frames::make_frame(core::byte first, core::packet_buffer& payload) const {
  const std::size_t size = payload.size();
  core::byte mask_flag = 0;
  if (side_ == role::client) {
    const auto mask = random_->array<4>();
    const core::byte_span masked = payload.span();
    for (std::size_t i = 0; i < size; ++i)
      masked[i] = static_cast<core::byte>(masked[i] ^ mask[i % mask.size()]);
    std::ranges::copy(mask, payload.prepend(mask.size()).begin());
    mask_flag = mask_bit;
  }
  core::byte length = length_64;
  if (size < length_16) {
    length = static_cast<core::byte>(size);
  } else if (size <= 0xffff) {
    length = length_16;
    core::store_be(payload.prepend(2).data(), static_cast<std::uint16_t>(size));
  } else {
    core::store_be(payload.prepend(8).data(), std::uint64_t{size});
  }
  const core::byte_span head = payload.prepend(2);
  head[0] = first;
  head[1] = length | mask_flag;
}

void websocket_frames::reply(core::byte opcode, core::byte_view content) {
  core::packet_buffer answer(content);
  make_frame(final_bit | opcode, answer);
  core::append(replies_, answer.view());
}

core::result<void> websocket_frames::unwrap(core::byte_view received, core::byte_buffer& inner) {
  // Also once after the last byte: a frame may end with its header.
  for (;;) {
    if (!in_payload_) {
      while (header_have_ < header_size() && !received.empty()) {
        header_[header_have_++] = received.front();
        received = received.subspan(1);
      }
      if (header_have_ < header_size()) return {};
      COROGRAM_CHECK(begin_frame());
    }

    const auto count =
        static_cast<std::size_t>(std::min<std::uint64_t>(payload_left_, received.size()));
    core::byte_buffer& target = is_control(header_[0] & opcode_bits) ? control_ : inner;
    const std::size_t begin = target.size();
    core::append(target, received.first(count));
    if (side_ == role::server)
      for (std::size_t i = begin; i < target.size(); ++i)
        target[i] = static_cast<core::byte>(target[i] ^ mask_[mask_position_++ % mask_.size()]);
    received = received.subspan(count);
    payload_left_ -= count;
    if (payload_left_ > 0) return {};
    COROGRAM_CHECK(end_frame());
  }
}

std::size_t websocket_frames::header_size() const noexcept {
  if (header_have_ < 2) return 2;
  const core::byte length = header_[1] & ~mask_bit;
  const std::size_t more = length == length_64 ? 8 : length == length_16 ? 2 : 0;
  return 2 + more + ((header_[1] & mask_bit) != 0 ? mask_.size() : 0);
}

/// Judges a whole header and prepares for the payload.
core::result<void> websocket_frames::begin_frame() {
  const core::byte opcode = header_[0] & opcode_bits;
  const bool is_final = (header_[0] & final_bit) != 0;
  const core::byte length = header_[1] & ~mask_bit;
  payload_left_ = length == length_64   ? core::load_be<std::uint64_t>(header_.data() + 2)
                  : length == length_16 ? core::load_be<std::uint16_t>(header_.data() + 2)
                                        : length;
  if ((header_[0] & reserved_bits) != 0)
    return fail(code_protocol_error, bad_frame("no reserved bit"));
  const bool is_masked = (header_[1] & mask_bit) != 0;
  if (is_masked != (side_ == role::server))
    return fail(code_protocol_error, bad_frame("a mask from clients, and only from them"));
  if (payload_left_ >> 63 != 0) return fail(code_protocol_error, bad_frame("a length below 2^63"));

  if (is_control(opcode)) {
    if (opcode > opcode_pong || !is_final || payload_left_ > max_control)
      return fail(code_protocol_error, bad_frame("a known control frame, short and whole"));
  } else {
    //= WS-06
    const core::byte expected = in_message_ ? opcode_continuation : opcode_binary;
    if (opcode != expected) return fail(code_no_text, bad_frame("a binary message"));
    in_message_ = !is_final;
  }
  if (is_masked) std::copy_n(header_.begin() + (header_have_ - 4), 4, mask_.begin());
  mask_position_ = 0;
  in_payload_ = true;
  return {};
}

core::result<void> websocket_frames::end_frame() {
  in_payload_ = false;
  header_have_ = 0;
  const core::byte opcode = header_[0] & opcode_bits;
  if (!is_control(opcode)) return {};
  const core::byte_buffer content = std::move(control_);
  control_.clear();
  if (opcode == opcode_ping) reply(opcode_pong, content);
  if (opcode != opcode_close) return {};
  //= WS-09
  // The reason in it is for people: it is answered in kind and not looked at.
  const std::size_t code_size = std::min<std::size_t>(content.size(), 2);
  reply(opcode_close, core::byte_view(content).first(code_size));
  return core::error(errc::peer_closed);
}

/// Tells the peer why the connection ends.
core::error websocket_frames::fail(std::uint16_t code, core::error failure) {
  std::array<core::byte, 2> content;
  core::store_be(content.data(), code);
  reply(opcode_close, content);
  return failure;
}

}  // namespace corogram::transport

#include <corogram/core/endian.hpp>
#include <corogram/core/writer.hpp>
#include <corogram/transport/errc.hpp>
#include <corogram/transport/padded_intermediate.hpp>

namespace corogram::transport {

namespace {

constexpr std::int32_t quick_ack_mark = -1;
/// auth_key_id, msg_id and message_data_length of an unencrypted packet.
constexpr std::size_t plain_header_size = 8 + 8 + 4;
constexpr std::size_t plain_length_offset = 8 + 8;
/// auth_key_id and msg_key of an encrypted packet, before blocks of AES.
constexpr std::size_t encrypted_header_size = 8 + 16;
constexpr std::size_t aes_block_size = 16;

}  // namespace

core::byte_view without_padding(core::byte_view content) noexcept {
  //= TR-12
  if (content.size() < plain_header_size) return content;
  if (core::load_le<std::int64_t>(content.data()) == 0) {
    const std::size_t length = core::load_le<std::uint32_t>(content.data() + plain_length_offset);
    if (length > content.size() - plain_header_size) return content;
    return content.first(plain_header_size + length);
  }
  if (content.size() < encrypted_header_size) return content;
  const std::size_t encrypted = content.size() - encrypted_header_size;
  return content.first(encrypted_header_size + encrypted / aes_block_size * aes_block_size);
}

//= TR-11
void padded_intermediate::enclose(core::packet_buffer& payload, bool quick_ack) const {
  append_random(draw_padding(padding_limit_), payload.back());
  const std::uint32_t field = length_field(payload.size(), quick_ack);
  core::store_le(payload.prepend(sizeof(field)).data(), field);
}

//= TR-13
void padded_intermediate::write_quick_ack(std::uint32_t token, core::byte_buffer& out) const {
  constexpr std::size_t bare = sizeof(quick_ack_mark) + sizeof(token);
  const std::size_t padding = draw_padding(max_short_frame - bare);
  core::writer writer(out);
  writer.le(length_field(bare + padding, false)).le(quick_ack_mark).le(token);
  append_random(padding, writer);
}

//= TR-26
void padded_intermediate::write_transport_error(std::int32_t code, bool pad,
                                                core::byte_buffer& out) const {
  const std::size_t padding = pad ? draw_padding(max_short_frame - sizeof(code)) : 0;
  core::writer writer(out);
  writer.le(length_field(sizeof(code) + padding, false)).le(code);
  append_random(padding, writer);
}

core::result<read_outcome> padded_intermediate::read(core::byte_span input) const {
  COROGRAM_TRY(read_outcome outcome, frames_.read_raw(input));
  frame* const whole = std::get_if<frame>(&outcome);
  if (whole == nullptr) return outcome;
  packet* const inner = std::get_if<packet>(&*whole->content);
  //= DIV-30
  // A token without a frame around it, as in plain intermediate: the reference proxy sends such.
  if (inner == nullptr) return outcome;
  if (side_ == role::client && inner->payload.size() <= max_short_frame)
    return read_short(whole->size, inner->payload);
  inner->payload = inner->payload.first(without_padding(inner->payload).size());
  return outcome;
}

//= TR-14
//= DIV-31
core::result<read_outcome> padded_intermediate::read_short(std::size_t size,
                                                           core::byte_view content) const {
  const std::size_t base = size - content.size();
  if (content.size() < sizeof(std::int32_t))
    return core::error(errc::bad_short_frame, base, "an integer");
  const auto first = core::load_le<std::int32_t>(content.data());
  if (first == quick_ack_mark) {
    if (content.size() < sizeof(first) + sizeof(std::uint32_t))
      return core::error(errc::bad_short_frame, base + sizeof(first), "a quick ack token");
    const auto token = core::load_le<std::uint32_t>(content.data() + sizeof(first));
    //= TR-20
    if (token >> 31 == 0)
      return core::error(errc::bad_short_frame, base + sizeof(first), "a token with bit 31 set");
    return found(size, quick_ack{token});
  }
  if (first < 0) return found(size, transport_error{first});
  //= DIV-30
  // The reference proxy fills up with frames that hold 0 and mean nothing.
  if (first == 0) return found(size, std::nullopt);
  return core::error(errc::bad_short_frame, base, "a negative integer");
}

std::size_t padded_intermediate::draw_padding(std::size_t limit) const {
  return random_->integer<std::uint32_t>() % (limit + 1);
}

void padded_intermediate::append_random(std::size_t count, core::writer out) const {
  random_->fill(out.extend(count));
}

}  // namespace corogram::transport

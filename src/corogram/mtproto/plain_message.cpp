#include <corogram/core/reader.hpp>
#include <corogram/core/writer.hpp>
#include <corogram/mtproto/errc.hpp>
#include <corogram/mtproto/plain_message.hpp>

namespace corogram::mtproto {

bool is_plain(core::byte_view packet) noexcept {
  return packet.size() >= 8 && core::load_le<std::int64_t>(packet.data()) == 0;
}

void encode_plain(std::int64_t msg_id, core::byte_view body, core::byte_buffer& out) {
  out.reserve(out.size() + plain_header_size + body.size());
  //= DESC-05
  core::writer(out)
      .le<std::int64_t>(0)
      .le(msg_id)
      .le(static_cast<std::int32_t>(body.size()))
      .bytes(body);
}

core::result<plain_message> decode_plain(core::byte_view packet) {
  core::reader in(packet);
  COROGRAM_TRY(const auto auth_key_id, in.le<std::int64_t>());
  if (auth_key_id != 0) return core::error(errc::not_plain, 0, "an auth_key_id of 0");
  if (packet.size() > max_plain_packet)
    return core::error(errc::bad_message_length, 0, "a packet of the key exchange, which is short");
  plain_message message;
  COROGRAM_TRY(message.msg_id, in.le<std::int64_t>());
  COROGRAM_TRY(const auto length, in.le<std::int32_t>());
  //= GEN-02
  if (length <= 0 || length % 4 != 0)
    return core::error(errc::bad_message_length, 16, "a positive multiple of 4");
  const auto size = static_cast<std::size_t>(length);
  if (size > in.remaining())
    return core::error(errc::bad_message_length, 16, "no more than is left of the packet");
  if (in.remaining() - size > max_transport_padding)
    return core::error(errc::bad_message_length, 16, "the rest of the packet");
  COROGRAM_TRY(message.body, in.take(size));
  return message;
}

core::result<void> check_plain_msg_id(std::int64_t msg_id, role sender) {
  //= AK-58
  if ((msg_id & 3) != (sender == role::client ? 0 : 1))
    return core::error(errc::bad_message_id, 8,
                       sender == role::client ? "the id of a client, which is divisible by 4"
                                              : "the id of a reply, which is 1 modulo 4");
  //= DESC-16
  if (sender == role::client && (msg_id & 0xffff'fffc) == 0)
    return core::error(errc::bad_message_id, 8, "a fraction of a second in the low word");
  if (static_cast<std::uint64_t>(msg_id) >> 32 == 0)
    return core::error(errc::bad_message_id, 8, "a time in the high word");
  return {};
}

}  // namespace corogram::mtproto

#include <corogram/core/reader.hpp>
#include <corogram/mtproto/container.hpp>
#include <corogram/mtproto/errc.hpp>
#include <corogram/mtproto/msg_id.hpp>

#include <algorithm>

namespace corogram::mtproto {
namespace {

core::result<message_view> parse_entry(core::reader& in) {
  message_view message;
  COROGRAM_TRY(message.msg_id, in.le<std::int64_t>());
  COROGRAM_TRY(message.seq_no, in.le<std::int32_t>());
  const std::size_t length_at = in.offset();
  COROGRAM_TRY(const auto length, in.le<std::int32_t>());
  //= SM-41
  //= GEN-02
  if (length < 0 || length % 4 != 0)
    return core::error(errc::bad_container, length_at, "a length that is a multiple of 4");
  COROGRAM_TRY(message.body, in.take(static_cast<std::size_t>(length), "a message"));
  //= SM-35
  if (length >= 4 && core::load_le<std::uint32_t>(message.body.data()) == msg_container_id)
    return core::error(errc::bad_container, length_at + 4, "a message that is no container");
  return message;
}

}  // namespace

core::result<std::vector<message_view>> parse_container(core::byte_view body, std::size_t limit) {
  core::reader in(body);
  const auto number = in.le<std::uint32_t>();
  if (!number || *number != msg_container_id)
    return core::error(errc::bad_container, 0, "msg_container");
  const auto count = in.le<std::int32_t>();
  if (!count || *count < 0) return core::error(errc::bad_container, 4, "the number of messages");
  //= SM-37
  if (static_cast<std::size_t>(*count) > limit)
    return core::error(errc::too_many_elements, 4, "at most 1024 messages");
  //= SM-39
  std::vector<message_view> messages;
  // No reservation beyond what the bytes that are there can hold.
  messages.reserve(
      std::min(static_cast<std::size_t>(*count), in.remaining() / container_entry_size));
  for (std::int32_t i = 0; i < *count; ++i) {
    auto message = parse_entry(in);
    if (!message)
      return core::error(errc::bad_container, message.error().offset, message.error().expected);
    messages.push_back(*message);
  }
  //= SM-41
  if (in.remaining() != 0)
    return core::error(errc::bad_container, in.offset(), "the end of the container");
  return messages;
}

bool container_in_order(std::int64_t container_msg_id,
                        const std::vector<message_view>& messages) noexcept {
  //= DESC-19
  //= SM-34
  return std::ranges::all_of(messages, [&](const message_view& message) {
    return earlier(message.msg_id, container_msg_id);
  });
}

std::size_t container_size(const std::vector<outgoing_message>& messages) noexcept {
  std::size_t size = container_header_size;
  for (const outgoing_message& message : messages) size += container_entry_size + message.size();
  return size;
}

void write_container(const std::vector<outgoing_message>& messages, core::writer out) {
  //= SM-32
  out.le(msg_container_id).le(static_cast<std::int32_t>(messages.size()));
  for (const outgoing_message& message : messages) {
    out.le(message.msg_id).le(message.seq_no).le(static_cast<std::int32_t>(message.size()));
    out.bytes(message.head).bytes(message.content);
  }
}

}  // namespace corogram::mtproto

// What is behind the key check: plaintexts of the input's choice, honestly sealed, with any length
// field and any padding, in both versions of the encryption. A packet opens if and only if its
// length fits.

#include "support/alter.hpp"
#include "support/session.hpp"

#include <corogram/crypto/ige.hpp>
#include <corogram/crypto/kdf.hpp>
#include <corogram/mtproto/envelope.hpp>
#include <corogram/mtproto/errc.hpp>

#include <algorithm>

namespace corogram::fuzz {

namespace {

using namespace mtproto;

// Sealed by the rules of MTProto 1.0: the hash is over the message without its padding.
core::byte_buffer seal_version_1(const auth_key& key, role sender, const core::byte_buffer& text,
                                 std::size_t hashed) {
  const auto msg_key = crypto::msg_key_v1(core::byte_view(text).first(hashed));
  const auto aes = crypto::derive_v1(key.view(), msg_key, sent_by(sender));
  core::byte_buffer packet(packet_header_size + text.size());
  core::store_le(packet.data(), key.id());
  std::ranges::copy(msg_key, packet.begin() + 8);
  crypto::ige_encrypt(aes.key.view(), aes.iv.view(), text,
                      core::byte_span(packet).subspan(packet_header_size));
  return packet;
}

}  // namespace

void run(core::byte_view input) noexcept {
  choices from(input);
  const role sender = from.flag() ? role::client : role::server;
  const auth_key& key = session::key_number(0);
  const session_header header{signed_number(from), signed_number(from)};
  const std::int64_t msg_id = signed_number(from);
  const auto seq_no = static_cast<std::int32_t>(word(from));
  const bool honest_length = from.flag();
  const auto any_length = static_cast<std::int32_t>(word(from));
  const std::size_t padding_size = from.below(1200);
  const bool old_version = from.below(8) == 0;
  core::byte_buffer body(from.rest().begin(), from.rest().end());
  core::byte_buffer padding(padding_size, 0x5a);
  padding.resize(padding_size + (16 - (body.size() + padding_size) % 16) % 16);
  const auto size = static_cast<std::int32_t>(body.size());
  const std::int32_t length = honest_length ? size : any_length;

  const std::int64_t room = std::int64_t{size} + std::ssize(padding);
  if (old_version) {
    core::byte_buffer text(message_header_size);
    core::store_le(text.data() + 28, length);
    core::append(text, body);
    core::append(text, padding);
    const bool fits = length >= 0 && length % 4 == 0 && length <= room && room - length < 16;
    const std::size_t hashed = message_header_size + static_cast<std::size_t>(fits ? length : room);
    core::byte_buffer packet = seal_version_1(key, sender, text, hashed);
    require(is_version_1(key, sender, packet) == fits, "the old version is known by its rules");
    require(!open_packet(key, sender, packet), "and never opened");
    return;
  }

  core::byte_buffer packet;
  test_seal_packet(key, sender, header, {msg_id, seq_no, body}, length, padding, packet);
  const bool fits = length >= 0 && length % 4 == 0 && room - length >= 12 && room - length <= 1024;
  const auto opened = open_packet(key, sender, packet);
  require(opened.has_value() == fits, "exactly a length that leaves 12 to 1024 bytes opens");
  if (!opened) {
    require(opened.error().code == make_error_code(errc::bad_packet), "one error for all");
    return;
  }
  core::append(body, padding);
  body.resize(static_cast<std::size_t>(length));
  require(core::equal(opened->message.body, body), "the body is as long as its length says");
  require(opened->header.salt == header.salt && opened->message.msg_id == msg_id, "and whole");
}

}  // namespace corogram::fuzz

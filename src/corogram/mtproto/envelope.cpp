#include <corogram/core/endian.hpp>
#include <corogram/core/secret.hpp>
#include <corogram/core/writer.hpp>
#include <corogram/crypto/ige.hpp>
#include <corogram/mtproto/detail/version_1.hpp>
#include <corogram/mtproto/envelope.hpp>
#include <corogram/mtproto/errc.hpp>

#include <algorithm>
#include <array>

namespace corogram::mtproto {
namespace {

constexpr std::size_t block = crypto::aes_block_size;

// Offsets in the plaintext.
constexpr std::size_t salt_at = 0;
constexpr std::size_t session_id_at = 8;
constexpr std::size_t msg_id_at = 16;
constexpr std::size_t seq_no_at = 24;
constexpr std::size_t length_at = 28;

std::uint32_t token_of(const crypto::sha256_digest& msg_key_large) noexcept {
  //= TR-20
  return core::load_le<std::uint32_t>(msg_key_large.data()) | 0x80000000u;
}

void write_plaintext(const session_header& header, const message_view& message, std::int32_t length,
                     core::writer& out) {
  //= DESC-02
  out.le(header.salt).le(header.session_id).le(message.msg_id).le(message.seq_no).le(length);
  out.bytes(message.body);
}

/// Encrypts what follows the first `start` bytes of `out`, a header's space and the plaintext.
std::uint32_t encrypt_in_place(const auth_key& key, role sender, std::size_t start,
                               core::byte_buffer& out) {
  const core::byte_span packet = core::byte_span(out).subspan(start);
  const core::byte_span text = packet.subspan(packet_header_size);
  //= DESC-30
  //= DESC-37
  const auto large = crypto::msg_key_large(key.view(), sent_by(sender), text);
  //= DESC-31
  const auto msg_key = crypto::msg_key_from_large(large);
  const auto aes = crypto::derive_v2(key.view(), msg_key, sent_by(sender));
  //= DESC-35
  crypto::ige_encrypt(aes.key.view(), aes.iv.view(), text, text);
  //= DESC-01
  //= DESC-47
  core::store_le(packet.data(), key.id());
  std::ranges::copy(msg_key, packet.begin() + 8);
  return token_of(large);
}

/// How many bytes of `packet` are encrypted data: whole blocks, what a transport left behind not.
std::size_t encrypted_size(core::byte_view packet) noexcept {
  if (packet.size() < packet_header_size) return 0;
  return (packet.size() - packet_header_size) / block * block;
}

}  // namespace

bool detail::is_sound(crypto::auth_key_view key, crypto::direction sender, core::byte_view text,
                      const crypto::message_key& msg_key, crypto::sha256_digest& large) noexcept {
  //= DESC-41
  //= SEC-06
  //= SEC-07
  large = crypto::msg_key_large(key, sender, text);
  //= SEC-19
  const bool authentic = core::equal_constant_time(crypto::msg_key_from_large(large), msg_key);
  // The size of a packet is no secret; what its length field says is one until the key fits.
  if (text.size() < message_header_size + min_padding) return false;
  const std::uint64_t room = text.size() - message_header_size;
  // Without a sign: what was negative is far too long.
  const std::uint64_t length = core::load_le<std::uint32_t>(text.data() + length_at);
  //= SEC-09
  //= SEC-10
  //= GEN-02
  const bool fits =
      (length % 4 == 0) & (length <= room - min_padding) & (room - length <= max_padding);
  return authentic & fits;
}

std::optional<std::int64_t> packet_key_id(core::byte_view packet) noexcept {
  if (packet.size() < sizeof(std::int64_t)) return std::nullopt;
  return core::load_le<std::int64_t>(packet.data());
}

//= DESC-40
std::uint32_t seal_packet(const auth_key& key, role sender, const session_header& header,
                          const message_view& message, core::random_source& random,
                          core::byte_buffer& out) {
  const std::size_t start = out.size();
  const std::size_t least = message_header_size + message.body.size() + min_padding;
  const std::size_t padded = (least + block - 1) / block * block;
  out.reserve(start + packet_header_size + padded);
  core::writer writer(out);
  writer.extend(packet_header_size);
  write_plaintext(header, message, static_cast<std::int32_t>(message.body.size()), writer);
  random.fill(writer.extend(padded - message_header_size - message.body.size()));
  return encrypt_in_place(key, sender, start, out);
}

std::uint32_t test_seal_packet(const auth_key& key, role sender, const session_header& header,
                               const message_view& message, std::int32_t declared_length,
                               core::byte_view padding, core::byte_buffer& out) {
  const std::size_t start = out.size();
  core::writer writer(out);
  writer.extend(packet_header_size);
  write_plaintext(header, message, declared_length, writer);
  writer.bytes(padding);
  return encrypt_in_place(key, sender, start, out);
}

core::result<opened_packet> open_packet(const auth_key& key, role sender, core::byte_view packet) {
  // A packet that is too short is decrypted and hashed like any other, as far as there is something
  // to decrypt, and every check is made before the one verdict.
  std::array<core::byte, packet_header_size> header{};
  std::copy_n(packet.begin(), std::min(packet.size(), header.size()), header.begin());
  crypto::message_key msg_key;
  std::copy_n(header.begin() + 8, msg_key.size(), msg_key.begin());

  const std::size_t size = encrypted_size(packet);
  opened_packet opened;
  opened.plaintext.resize(std::max(size, message_header_size));
  const core::byte_span text = core::byte_span(opened.plaintext).first(size);
  const auto aes = crypto::derive_v2(key.view(), msg_key, sent_by(sender));
  crypto::ige_decrypt(aes.key.view(), aes.iv.view(),
                      size == 0 ? core::byte_view() : packet.subspan(packet_header_size, size),
                      text);
  crypto::sha256_digest large;
  const bool sound = detail::is_sound(key.view(), sent_by(sender), text, msg_key, large);
  const bool right_key = core::load_le<std::int64_t>(header.data()) == key.id();
  //= SEC-08
  if (!(sound & right_key)) {
    core::wipe(opened.plaintext);
    return errc::bad_packet;
  }
  const core::byte* const at = opened.plaintext.data();
  const auto length = core::load_le<std::int32_t>(at + length_at);
  opened.header = {core::load_le<std::int64_t>(at + salt_at),
                   core::load_le<std::int64_t>(at + session_id_at)};
  opened.message = {core::load_le<std::int64_t>(at + msg_id_at),
                    core::load_le<std::int32_t>(at + seq_no_at),
                    core::byte_view(opened.plaintext)
                        .subspan(message_header_size, static_cast<std::size_t>(length))};
  opened.quick_ack_token = token_of(large);
  return opened;
}

bool is_version_1(const auth_key& key, role sender, core::byte_view packet) {
  const std::size_t size = encrypted_size(packet);
  if (size < message_header_size) return false;
  crypto::message_key msg_key;
  std::copy_n(packet.begin() + 8, msg_key.size(), msg_key.begin());
  core::byte_buffer text(size);
  const core::wipe_on_exit wipe(text);
  const auto aes = crypto::derive_v1(key.view(), msg_key, sent_by(sender));
  crypto::ige_decrypt(aes.key.view(), aes.iv.view(), packet.subspan(packet_header_size, size),
                      text);
  return detail::is_sound_version_1(text, msg_key);
}

}  // namespace corogram::mtproto

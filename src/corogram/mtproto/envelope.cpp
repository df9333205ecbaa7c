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

void write_message_header(const session_header& header, std::int64_t msg_id, std::int32_t seq_no,
                          std::int32_t length, core::writer& out) {
  //= DESC-02
  out.le(header.salt).le(header.session_id).le(msg_id).le(seq_no).le(length);
}

crypto::message_to_seal to_seal(const packet_to_seal& one) noexcept {
  return {one.key.view(), sent_by(one.sender), one.packet.subspan(packet_header_size)};
}

/// Writes what the encryption of a packet has brought.
void conclude(packet_to_seal& one, const crypto::message_to_seal& sealed) noexcept {
  //= DESC-01
  //= DESC-47
  core::store_le(one.packet.data(), one.key.id());
  //= DESC-30
  //= DESC-31
  //= DESC-37
  std::ranges::copy(crypto::msg_key_from_large(sealed.msg_key_large), one.packet.begin() + 8);
  one.quick_ack_token = token_of(sealed.msg_key_large);
}

/// Seals what was appended to `out` from `start` on.
std::uint32_t seal_appended(const auth_key& key, role sender, std::size_t start,
                            core::byte_buffer& out) {
  packet_to_seal one{key, sender, core::byte_span(out).subspan(start)};
  seal_packets({&one, 1});
  return one.quick_ack_token;
}

/// How many bytes of `packet` are encrypted data: whole blocks, what a transport left behind not.
std::size_t encrypted_size(core::byte_view packet) noexcept {
  if (packet.size() < packet_header_size) return 0;
  return (packet.size() - packet_header_size) / block * block;
}

}  // namespace

bool detail::is_sound(const crypto::message_to_open& decrypted) noexcept {
  //= DESC-41
  //= SEC-06
  //= SEC-07
  //= SEC-19
  const bool authentic = core::equal_constant_time(
      crypto::msg_key_from_large(decrypted.msg_key_large), decrypted.msg_key);
  // The size of a packet is no secret; what its length field says is one until the key fits.
  const core::byte_view text = decrypted.text;
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

void begin_packet(const session_header& header, std::int64_t msg_id, std::int32_t seq_no,
                  std::size_t body_size, core::writer out) {
  out.extend(packet_header_size);
  write_message_header(header, msg_id, seq_no, static_cast<std::int32_t>(body_size), out);
}

void end_packet(std::size_t body_size, core::random_source& random, core::writer out) {
  random.fill(
      out.extend(packet_size(body_size) - packet_header_size - message_header_size - body_size));
}

//= DESC-35
void seal_packets(std::span<packet_to_seal> packets) {
  std::vector<crypto::message_to_seal> messages;
  messages.reserve(packets.size());
  for (const packet_to_seal& one : packets) messages.push_back(to_seal(one));
  crypto::seal_messages(messages);
  for (std::size_t i = 0; i < packets.size(); ++i) conclude(packets[i], messages[i]);
}

//= DESC-40
std::uint32_t seal_packet(const auth_key& key, role sender, const session_header& header,
                          const message_view& message, core::random_source& random,
                          core::byte_buffer& out) {
  const std::size_t start = out.size();
  out.reserve(start + packet_size(message.body.size()));
  core::writer writer(out);
  begin_packet(header, message.msg_id, message.seq_no, message.body.size(), writer);
  writer.bytes(message.body);
  end_packet(message.body.size(), random, writer);
  return seal_appended(key, sender, start, out);
}

std::uint32_t test_seal_packet(const auth_key& key, role sender, const session_header& header,
                               const message_view& message, std::int32_t declared_length,
                               core::byte_view padding, core::byte_buffer& out) {
  const std::size_t start = out.size();
  core::writer writer(out);
  writer.extend(packet_header_size);
  write_message_header(header, message.msg_id, message.seq_no, declared_length, writer);
  writer.bytes(message.body).bytes(padding);
  return seal_appended(key, sender, start, out);
}

namespace {

/// Makes what was decrypted what it was before.
void close_again(const crypto::message_to_open& decrypted) noexcept {
  const auto aes = crypto::derive_v2(decrypted.auth_key, decrypted.msg_key, decrypted.sender);
  crypto::ige_encrypt(aes.key.view(), aes.iv.view(), decrypted.text, decrypted.text);
}

}  // namespace

core::result<opened_packet> open_packet(const auth_key& key, role sender, core::byte_span packet) {
  // A packet that is too short is decrypted and hashed like any other, as far as there is something
  // to decrypt, and every check is made before the one verdict.
  std::array<core::byte, packet_header_size> header{};
  std::copy_n(packet.begin(), std::min(packet.size(), header.size()), header.begin());
  crypto::message_key msg_key;
  std::copy_n(header.begin() + 8, msg_key.size(), msg_key.begin());
  const std::size_t size = encrypted_size(packet);
  const core::byte_span text =
      size == 0 ? core::byte_span() : packet.subspan(packet_header_size, size);
  crypto::message_to_open message{key.view(), sent_by(sender), msg_key, text};
  crypto::open_message(message);
  const bool sound = detail::is_sound(message);
  const bool right_key = core::load_le<std::int64_t>(header.data()) == key.id();
  //= SEC-08
  if (!(sound & right_key)) {
    close_again(message);
    return errc::bad_packet;
  }
  const core::byte* const at = text.data();
  const auto length = core::load_le<std::int32_t>(at + length_at);
  opened_packet opened;
  opened.header = {core::load_le<std::int64_t>(at + salt_at),
                   core::load_le<std::int64_t>(at + session_id_at)};
  opened.message = {core::load_le<std::int64_t>(at + msg_id_at),
                    core::load_le<std::int32_t>(at + seq_no_at),
                    text.subspan(message_header_size, static_cast<std::size_t>(length))};
  opened.quick_ack_token = token_of(message.msg_key_large);
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

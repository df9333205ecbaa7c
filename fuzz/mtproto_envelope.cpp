// Encrypted packets that were changed on their way, and bytes that never were one. A packet opens
// if and only if it is to the last block what was sealed; one error covers all else.

#include "support/alter.hpp"
#include "support/session.hpp"

#include <corogram/mtproto/envelope.hpp>
#include <corogram/mtproto/errc.hpp>

#include <algorithm>

namespace corogram::fuzz {

namespace {

using namespace mtproto;

core::byte_view whole_blocks(core::byte_view packet) {
  if (packet.size() < packet_header_size) return {};
  return packet.first(packet_header_size + (packet.size() - packet_header_size) / 16 * 16);
}

}  // namespace

void run(core::byte_view input) noexcept {
  choices from(input);
  const role sender = from.flag() ? role::client : role::server;
  const auth_key& key = session::key_number(from.below(2));
  core::test_random random(from.byte());
  const session_header header{signed_number(from), signed_number(from)};
  const core::byte_view content = from.take(from.below(512));
  core::byte_buffer body(content.begin(), content.end());
  body.resize((body.size() + 3) / 4 * 4);
  const message_view message{signed_number(from), static_cast<std::int32_t>(word(from)), body};
  core::byte_buffer sealed;
  const std::uint32_t token = seal_packet(key, sender, header, message, random, sealed);
  require(packet_key_id(sealed) == key.id() && token >> 31 == 1, "a packet names its key");

  core::byte_buffer packet = sealed;
  if (from.byte() == 0) packet.assign(from.rest().begin(), from.rest().end());
  alter(from, packet);
  const role opener = from.byte() == 0xff ? other(sender) : sender;
  const bool same = opener == sender && core::equal(whole_blocks(packet), sealed);
  const core::byte_buffer came = packet;
  const auto opened = open_packet(key, opener, packet);
  require(opened.has_value() == same, "exactly what was sealed opens");
  if (!opened) {
    require(opened.error().code == make_error_code(errc::bad_packet), "one error for all");
    require(opened.error().offset == core::error::no_offset, "that tells nothing more");
    require(packet == came, "what does not open is left as it came");
    static_cast<void>(is_version_1(key, opener, packet));
    return;
  }
  require(opened->header.salt == header.salt && opened->header.session_id == header.session_id &&
              opened->message.msg_id == message.msg_id &&
              opened->message.seq_no == message.seq_no && core::equal(opened->message.body, body) &&
              opened->quick_ack_token == token,
          "and says what was put in");
  require(!is_version_1(key, opener, came), "it is none of the old version");
  packet = came;
  require(!open_packet(session::key_number(2), sender, packet), "nobody else's key opens it");
}

}  // namespace corogram::fuzz

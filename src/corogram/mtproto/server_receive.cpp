// From packets to messages that passed every check. The order: what nobody may learn anything from
// (the key), repetition (so that a packet that comes twice is never refused the second time), time,
// salt, sequence numbers, form.

#include <corogram/mtproto/container.hpp>
#include <corogram/mtproto/message_rules.hpp>
#include <corogram/mtproto/server_impl.hpp>
#include <corogram/service/types/BadMsgNotification.hpp>
#include <corogram/tl/codec.hpp>

#include <algorithm>

namespace corogram::mtproto {

// A packet that does not fit its key is answered by -404, like one for a key that is not there:
// that is the answer to inconsistent fields (TR-28), and nothing may tell a wrong length from a
// wrong message key (SEC-08).
void server::state::handle_encrypted(connection& link, core::byte_span packet, bool quick_ack,
                                     core::instant now) {
  const auto reject = [&](core::error why) {
    // In the middle of a key exchange such a frame is none: clients take -404 for the end of the
    // key that they are making.
    if (link.exchanging) return fault(link, why);
    refuse(link, error_not_found, why);
  };
  const auto key_id = packet_key_id(packet);
  const stored_key* const key = key_id ? keys.find(*key_id) : nullptr;
  if (key == nullptr) return reject(errc::unknown_key);
  const auto opened = open_packet(key->key, role::client, packet);
  if (!opened) {
    //= DESC-39
    if (is_version_1(key->key, role::client, packet))
      // Whatever the rule is set to: there is no answer in that version.
      static_cast<void>(rules.admits(
          rule::encryption_version, "a packet encrypted by MTProto 1.0", [&](violation found) {
            report(violation_event{link.id, std::nullopt, std::move(found)});
          }));
    return reject(opened.error());
  }
  server_session* const session = find_or_make_session(*key, opened->header.session_id, now);
  if (session == nullptr) return refuse(link, error_flood, errc::limit_exceeded);
  bind(link, *session, now);
  const bool is_new =
      session->received.judge(opened->message.msg_id) == received_messages::verdict::fresh;

  const session_key name = session->name;
  const origin from{link, *session, now};
  const bool accepted = handle_message(from, *opened);
  //= TR-20
  //= TR-22
  //= TR-24
  if (accepted && quick_ack && !link.closing)
    outputs.push_back({link.id, send_quick_ack{opened->quick_ack_token}});
  // It may be gone: destroyed by the message, or dropped for what it had queued.
  server_session* const still_there = find_session(name);
  if (still_there == nullptr) return;
  if (accepted && is_new) prefer(link, *still_there);
  set_ack_timer(*still_there);
  schedule(*still_there);
  keep_within_limits(*still_there);
}

bool server::state::handle_message(const origin& from, const opened_packet& packet) {
  if (tl::peek_id(packet.message.body) == msg_container_id) return handle_container(from, packet);
  if (!check_outer(from, packet.header, packet.message, false)) return false;
  const std::vector<message_view> alone{packet.message};
  if (const auto code = check_together(from, alone)) {
    refuse_message(from, packet.message, *code);
    return false;
  }
  take(from, alone);
  return true;
}

bool server::state::handle_container(const origin& from, const opened_packet& packet) {
  const message_view& container = packet.message;
  if (!check_outer(from, packet.header, container, true)) return false;
  //= SM-33
  auto messages = parse_container(container.body, lax_container_limit);
  const bool too_many = messages
                            ? messages->size() > container_limit
                            : messages.error().code == make_error_code(errc::too_many_elements);
  if (too_many) {
    const bool admitted =
        admits(from, rule::container_size, "a container of more than 1024 messages");
    if (!admitted || !messages) {
      refuse(from.link, error_flood, errc::too_many_elements);
      return false;
    }
  }
  if (!messages) {
    //= SMM-20
    fault(from.link, messages.error());
    refuse_message(from, container, bad_msg::bad_container);
    return false;
  }
  if (!container_in_order(container.msg_id, *messages) &&
      !admits(from, rule::container_order, "a container that is older than what it contains")) {
    refuse_message(from, container, bad_msg::bad_container);
    return false;
  }
  messages->push_back(container);
  if (const auto code = check_together(from, *messages)) {
    refuse_message(from, container, *code);
    return false;
  }
  take(from, *messages);
  return true;
}

bool server::state::check_outer(const origin& from, const session_header& header,
                                const message_view& message, bool is_container) {
  const auto refuse_with = [&](bad_msg code) {
    refuse_message(from, message, code);
    return false;
  };
  const auto verdict = from.session.received.judge(message.msg_id);
  if (verdict == received_messages::verdict::duplicate) {
    // A lone message that came before is told its fate, by whatever its kind demands (DIV-27).
    //= SMM-13
    if (is_container &&
        !admits(from, rule::container_id, "a container with the id of an earlier message"))
      return refuse_with(bad_msg::container_id_known);
    return true;
  }
  //= SEC-15
  early_ids& early = from.session.refused_early;
  const bool was_early = early.contains(message.msg_id);
  const age how_old = was_early ? age::too_high : age_of(message.msg_id, from.now.wall);
  if (how_old != age::fine &&
      !admits(from, rule::message_time, "a message id too far from the server's time")) {
    //= SMM-10
    if (how_old == age::too_low) return refuse_with(bad_msg::msg_id_too_low);
    //= SMM-11
    if (!was_early) early.add(message.msg_id);
    return refuse_with(bad_msg::msg_id_too_high);
  }
  //= SMM-14
  if (verdict == received_messages::verdict::too_old &&
      !admits(from, rule::message_window, "a message older than all that are remembered"))
    return refuse_with(bad_msg::message_too_old);
  //= SMM-19
  const stored_key& key = *keys.find(from.session.name.auth_key_id);
  const auto seconds = std::chrono::floor<std::chrono::seconds>(from.now.wall).count();
  if (!record_of(key, from.now).salts.accepts(header.salt, seconds, random)) {
    const bool admitted = header.salt == 0
                              ? admits(from, rule::zero_salt, "a message with the salt 0")
                              : admits(from, rule::salt, "a message with a wrong salt");
    if (!admitted) return refuse_with(bad_msg::bad_salt);
  }
  return true;
}

std::optional<bad_msg> server::state::check_together(const origin& from,
                                                     const std::vector<message_view>& messages) {
  const received_messages& received = from.session.received;
  std::vector<received_message> fresh;
  for (const message_view& message : messages) {
    //= SMM-12
    //= DESC-42
    if ((message.msg_id & 3) != 0 &&
        !admits(from, rule::message_id_low_bits, "a message id that is not divisible by 4"))
      return bad_msg::msg_id_low_bits;
    if ((message.msg_id & 0xffffffff) == 0 &&
        !admits(from, rule::message_id_fraction, "a message id with an empty low word"))
      return bad_msg::msg_id_low_bits;
    const auto verdict = received.judge(message.msg_id);
    if (verdict == received_messages::verdict::too_old &&
        !admits(from, rule::message_window, "a message older than all that are remembered"))
      return bad_msg::message_too_old;
    if (verdict != received_messages::verdict::fresh) continue;
    if (const auto code = check_parity(message.body, message.seq_no)) {
      const bool admitted =
          *code == bad_msg::seq_no_not_even
              ? admits(from, rule::even_sequence, "a service message with an odd sequence number")
              : admits(from, rule::odd_sequence, "a call with an even sequence number");
      if (!admitted) return code;
    }
    received_message entry;
    entry.msg_id = message.msg_id;
    entry.seq_no = message.seq_no;
    fresh.push_back(entry);
  }
  std::ranges::sort(fresh, by_age(), &received_message::msg_id);
  for (std::size_t i = 0; i < fresh.size(); ++i) {
    // The neighbour is the nearer of those that came earlier and those that come along; two that
    // come along are compared once, as predecessor and successor.
    const received_message* before = received.before(fresh[i].msg_id);
    if (i > 0 && (before == nullptr || earlier(before->msg_id, fresh[i - 1].msg_id)))
      before = &fresh[i - 1];
    const received_message* after = received.after(fresh[i].msg_id);
    if (i + 1 < fresh.size() && after != nullptr && earlier(fresh[i + 1].msg_id, after->msg_id))
      after = nullptr;
    if (const auto code = check_order(before, fresh[i].seq_no, after))
      if (!admits(from, rule::sequence_order, "sequence numbers that do not rise as ids do"))
        return code;
  }
  return std::nullopt;
}

void server::state::take(const origin& from, const std::vector<message_view>& messages) {
  received_messages& received = from.session.received;
  std::vector<message_view> fresh;
  std::vector<message_view> repeated;
  std::optional<std::int64_t> lowest;
  for (const message_view& message : messages) {
    if (received.judge(message.msg_id) == received_messages::verdict::duplicate) {
      repeated.push_back(message);
      continue;
    }
    if (received.judge(message.msg_id) == received_messages::verdict::fresh) {
      received_message entry;
      entry.msg_id = message.msg_id;
      entry.seq_no = message.seq_no;
      entry.is_container = tl::peek_id(message.body) == msg_container_id;
      received.add(entry);
    }
    lowest = std::min(lowest.value_or(message.msg_id), message.msg_id, by_age());
    fresh.push_back(message);
  }
  if (lowest) announce_session(from, *lowest);
  const session_key name = from.session.name;
  const auto gone = [&] { return from.link.closing || find_session(name) == nullptr; };
  for (const message_view& message : repeated) {
    if (gone()) return;
    on_repeated(from, message);
  }
  for (const message_view& message : fresh) {
    if (gone()) return;
    //= SM-36
    const bool is_container = tl::peek_id(message.body) == msg_container_id;
    if (is_container) continue;
    //= DESC-23
    if (content_related(message.seq_no)) from.session.acks.add(message.msg_id, from.now);
    dispatch(from, message);
  }
}

void server::state::refuse_message(const origin& from, const message_view& message, bad_msg code) {
  //= SMM-08
  //= SMM-09
  if (code == bad_msg::bad_salt) {
    service::bad_server_salt notice;
    notice.bad_msg_id = message.msg_id;
    notice.bad_msg_seqno = message.seq_no;
    notice.error_code = static_cast<std::int32_t>(code);
    notice.new_server_salt = current_salt(from.session.name.auth_key_id, from.now);
    return reply(from, tl::encode(notice));
  }
  service::bad_msg_notification notice;
  notice.bad_msg_id = message.msg_id;
  notice.bad_msg_seqno = message.seq_no;
  notice.error_code = static_cast<std::int32_t>(code);
  reply(from, tl::encode(notice));
}

}  // namespace corogram::mtproto

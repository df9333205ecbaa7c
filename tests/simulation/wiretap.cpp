#include "wiretap.hpp"

#include "message_names.hpp"

#include <corogram/core/reader.hpp>
#include <corogram/mtproto/envelope.hpp>

#include <algorithm>

namespace corogram::simulation {
namespace {

// The numbers that the tap has to know, as the specification prints them.
constexpr std::uint32_t msg_container = 0x73f1f8dc;
constexpr std::uint32_t msgs_ack = 0x62d6b459;
constexpr std::uint32_t rpc_result = 0xf35c6d01;
constexpr std::uint32_t bad_msg_notification = 0xa7eff811;
constexpr std::uint32_t bad_server_salt = 0xedab447b;
constexpr std::uint32_t new_session_created = 0x9ec20908;
constexpr std::uint32_t rpc_answer_dropped = 0xa43ad8b7;
constexpr std::uint32_t rpc_drop_answer = 0x58e4a740;
constexpr std::uint32_t vector_number = 0x1cb5c415;
constexpr std::uint32_t msgs_state_info = 0x04deb57d;
constexpr std::uint32_t gzip_packed = 0x3072cfa1;

std::uint32_t number_of(core::byte_view body) {
  return body.size() < 4 ? 0 : core::load_le<std::uint32_t>(body.data());
}

std::uint64_t digest_of(core::byte_view body) {
  // FNV-1a: only equality matters.
  std::uint64_t digest = 0xcbf29ce484222325u;
  for (const core::byte one : body) digest = (digest ^ one) * 0x100000001b3u;
  return digest;
}

std::string id_text(std::int64_t msg_id) {
  return std::to_string(msg_id);
}

/// The messages of a container; nothing if it is broken.
std::optional<std::vector<tapped_message>> contents(core::byte_view body) {
  core::reader in(body);
  const auto number = in.le<std::uint32_t>();
  const auto count = in.le<std::int32_t>();
  if (!number || !count || *count < 0) return std::nullopt;
  std::vector<tapped_message> inside;
  for (std::int32_t i = 0; i < *count; ++i) {
    const auto msg_id = in.le<std::int64_t>();
    const auto seq_no = in.le<std::int32_t>();
    const auto length = in.le<std::int32_t>();
    if (!msg_id || !seq_no || !length || *length < 4) return std::nullopt;
    const auto view = in.take(static_cast<std::size_t>(*length));
    if (!view) return std::nullopt;
    inside.push_back({*msg_id, *seq_no, number_of(*view), *view});
  }
  if (!in.rest().empty()) return std::nullopt;
  return inside;
}

/// The ids of a msgs_ack.
std::vector<std::int64_t> listed_ids(core::byte_view body) {
  core::reader in(body);
  std::vector<std::int64_t> ids;
  const auto number = in.le<std::uint32_t>();
  const auto vector = in.le<std::uint32_t>();
  const auto count = in.le<std::int32_t>();
  if (!number || !vector || *vector != vector_number || !count) return ids;
  for (std::int32_t i = 0; i < *count; ++i) {
    const auto id = in.le<std::int64_t>();
    if (!id) break;
    ids.push_back(*id);
  }
  return ids;
}

std::int64_t id_after_number(core::byte_view body) {
  return body.size() < 12 ? 0 : core::load_le<std::int64_t>(body.data() + 4);
}

/// The message that an rpc_result says to be dropped; 0 if it says something else.
std::int64_t dropped_answer(core::byte_view body) {
  constexpr std::size_t result = 12;
  if (body.size() < result + 12 || number_of(body.subspan(result)) != rpc_answer_dropped) return 0;
  return core::load_le<std::int64_t>(body.data() + result + 4);
}

std::string_view side(mtproto::role who) {
  return who == mtproto::role::client ? "client" : "server";
}

}  // namespace

void wiretap::learn_key(const mtproto::auth_key& key) {
  keys_.emplace(key.id(), key.clone());
}

const mtproto::auth_key* wiretap::key(std::int64_t id) const {
  const auto found = keys_.find(id);
  return found == keys_.end() ? nullptr : &found->second;
}

void wiretap::broken(std::string_view rule, mtproto::role sender, const tapped_message& message,
                     std::string_view what) {
  around_.broken(rule, std::string(side(sender)) + ", " + message_name(message.body) + " " +
                           id_text(message.msg_id) + " seq " + std::to_string(message.seq_no) +
                           ": " + std::string(what));
}

std::optional<mtproto::session_key> wiretap::sent(mtproto::role sender, core::byte_view packet,
                                                  std::string_view where) {
  around_.counts.count(sender == mtproto::role::client ? happening::packets_to_server
                                                       : happening::packets_to_client);
  const std::string_view arrow = sender == mtproto::role::client ? " -> " : " <- ";
  const auto key_id = mtproto::packet_key_id(packet);
  if (!key_id || *key_id == 0) {
    if (sender == mtproto::role::server) note_exchange(packet);
    if (around_.logging())
      around_.log(where, std::string(arrow) + "in the clear: " + plain_message_name(packet));
    return std::nullopt;
  }
  const mtproto::auth_key* const known = key(*key_id);
  if (known == nullptr) {
    around_.broken("no key is agreed on that differs between the sides",
                   "the " + std::string(side(sender)) + " encrypts under a key that nobody has");
    return std::nullopt;
  }
  core::byte_buffer copy(packet.begin(), packet.end());
  const auto opened = mtproto::open_packet(*known, sender, copy);
  if (!opened) {
    around_.broken("a packet opens under its key",
                   std::string(side(sender)) + ": " + opened.error().message());
    return std::nullopt;
  }
  const mtproto::session_key session{*key_id, opened->header.session_id};
  conversation& talk = conversations_[session];
  const tapped_message outer{opened->message.msg_id, opened->message.seq_no,
                             number_of(opened->message.body), opened->message.body};
  const auto log = [&](const tapped_message& one, std::string_view indent) {
    if (!around_.logging()) return;
    const bool again = talk.speakers[static_cast<std::size_t>(sender)].sent.contains(one.msg_id);
    around_.log(where, std::string(arrow) + std::string(indent) + id_text(one.msg_id) + " seq " +
                           std::to_string(one.seq_no) + "  " + message_name(one.body) +
                           (again ? "  (again)" : ""));
  };
  std::vector<std::int64_t> ids{outer.msg_id};
  if (outer.constructor == msg_container) {
    log(outer, "");
    const auto inside = contents(outer.body);
    if (!inside) {
      broken("a container adds up", sender, outer, "lengths");
      return session;
    }
    for (const tapped_message& one : *inside) {
      log(one, "  ");
      if (one.constructor == msg_container)
        broken("a container adds up", sender, one, "a container inside");
      if (one.msg_id >= outer.msg_id)
        broken("a container is newer than what it holds", sender, one, "too new");
      judge(talk, sender, one, true);
      ids.push_back(one.msg_id);
    }
  } else {
    log(outer, "");
  }
  judge(talk, sender, outer, false);
  if (sender == mtproto::role::client) {
    talk.containers[outer.msg_id] = ids;
    client_packets_[digest_of(packet)] = {session, std::move(ids)};
  }
  return session;
}

void wiretap::arrived(core::byte_view packet) {
  const auto found = client_packets_.find(digest_of(packet));
  if (found == client_packets_.end()) return;
  conversation& talk = conversations_[found->second.session];
  if (talk.refused_packets.contains(found->second.messages.front())) return;
  speaker& client = talk.speakers[static_cast<std::size_t>(mtproto::role::client)];
  for (const std::int64_t id : found->second.messages) client.sent.at(id).arrived = true;
}

/// Counts the answers that the server has been told to give to a key exchange.
void wiretap::note_exchange(core::byte_view packet) {
  constexpr std::size_t plain_header = 20;
  constexpr std::uint32_t dh_gen_retry = 0x46dc1fb9;
  constexpr std::uint32_t dh_gen_fail = 0xa69dae02;
  if (packet.size() < plain_header) return;
  const std::uint32_t constructor = number_of(packet.subspan(plain_header));
  if (constructor == dh_gen_retry) around_.inject(fault::exchange_retry);
  if (constructor == dh_gen_fail) around_.inject(fault::exchange_fail);
}

void wiretap::judge(conversation& talk, mtproto::role sender, const tapped_message& message,
                    bool inside) {
  speaker& who = talk.speakers[static_cast<std::size_t>(sender)];
  const auto known = who.sent.find(message.msg_id);
  if (known != who.sent.end()) {
    around_.counts.count(happening::messages_resent);
    if (known->second.seq_no != message.seq_no || known->second.digest != digest_of(message.body))
      broken("an id names one message", sender, message, "used again for another message");
    if (!inside)
      broken("a message is sent again in a container only", sender, message, "it stands alone");
    if (around_.plan.quiet)
      broken("in quiet weather nothing is sent twice", sender, message, "sent again");
  } else {
    judge_new(who, sender, message);
  }
  note_meaning(talk, sender, message);
}

void wiretap::judge_new(speaker& who, mtproto::role sender, const tapped_message& message) {
  const std::int64_t low_bits = message.msg_id & 3;
  if (sender == mtproto::role::client ? low_bits != 0 : low_bits != 1 && low_bits != 3)
    broken("ids tell who sends", sender, message, "low bits");
  if ((message.msg_id & 0xffffffff) == 0)
    broken("ids have a fraction", sender, message, "the low word is empty");
  if (message.msg_id <= who.last_id)
    broken("ids rise", sender, message, "not above " + id_text(who.last_id));
  who.last_id = std::max(who.last_id, message.msg_id);

  const bool odd = (message.seq_no & 1) != 0;
  const std::int32_t counted = message.seq_no / 2;
  if (counted != who.content_count && !(who.may_skip && counted > who.content_count))
    broken("sequence numbers count content-related messages", sender, message,
           "expected " + std::to_string(who.content_count) + " before");
  who.content_count = std::max(who.content_count, counted) + (odd ? 1 : 0);

  switch (message.constructor) {
    case msg_container:
    case msgs_ack:
    case bad_msg_notification:
    case bad_server_salt:
    case msgs_state_info:
      if (odd) broken("sequence numbers tell what is acknowledged", sender, message, "odd");
      break;
    case rpc_result:
    case new_session_created:
    case gzip_packed:
      if (!odd) broken("sequence numbers tell what is acknowledged", sender, message, "even");
      break;
    default:
      if (!odd && !is_service_message(message.body))
        broken("sequence numbers tell what is acknowledged", sender, message, "even");
  }
  who.sent[message.msg_id] = {message.seq_no, digest_of(message.body), around_.time.now()};
}

void wiretap::note_meaning(conversation& talk, mtproto::role sender,
                           const tapped_message& message) {
  const bool from_server = sender == mtproto::role::server;
  if (from_server) talk.once_sent_by_server.insert(message.msg_id);
  switch (message.constructor) {
    case msgs_ack:
      for (const std::int64_t id : listed_ids(message.body)) acknowledge(talk, sender, id, true);
      return;
    case rpc_drop_answer:
      talk.speakers[static_cast<std::size_t>(mtproto::role::server)].may_skip = true;
      return;
    case rpc_result: {
      if (!from_server) return broken("clients answer no calls", sender, message, "rpc_result");
      const std::int64_t call = id_after_number(message.body);
      acknowledge(talk, sender, call, false);
      // What the client does not want any more it need not acknowledge.
      const auto dropped =
          talk.speakers[static_cast<std::size_t>(sender)].sent.find(dropped_answer(message.body));
      if (dropped != talk.speakers[static_cast<std::size_t>(sender)].sent.end())
        dropped->second.settled = true;
      const auto [answer, is_first] = talk.answers.emplace(call, message.msg_id);
      if (!is_first && answer->second != message.msg_id)
        broken("a call is answered once", sender, message, "it has an answer already");
      return;
    }
    case bad_msg_notification:
    case bad_server_salt:
      refusals_.push_back(around_.time.now());
      around_.counts.count(message.constructor == bad_server_salt ? happening::salts_refused
                                                                  : happening::messages_refused);
      if (around_.plan.quiet)
        broken("in quiet weather nothing is refused", sender, message, "a refusal");
      return note_refusal(talk, message);
    default:
      return;
  }
}

void wiretap::note_refusal(conversation& talk, const tapped_message& refusal) {
  talk.refused_packets.insert(id_after_number(refusal.body));
  const auto container = talk.containers.find(id_after_number(refusal.body));
  if (container == talk.containers.end()) return;
  auto& sent = talk.speakers[static_cast<std::size_t>(mtproto::role::client)].sent;
  for (const std::int64_t id : container->second) {
    sent.at(id).arrived = false;
    sent.at(id).refused = true;
  }
}

void wiretap::acknowledge(conversation& talk, mtproto::role sender, std::int64_t msg_id,
                          bool by_name) {
  speaker& other = talk.speakers[static_cast<std::size_t>(mtproto::other(sender))];
  const auto known = other.sent.find(msg_id);
  if (known != other.sent.end()) {
    known->second.settled = true;
    return;
  }
  const bool was_sent =
      sender == mtproto::role::client && talk.once_sent_by_server.contains(msg_id);
  if (by_name && !was_sent)
    around_.broken("only what was sent is acknowledged",
                   std::string(side(sender)) + " acknowledges " + id_text(msg_id));
}

bool wiretap::is_stale(const mtproto::session_key& session, std::int64_t msg_id,
                       nanoseconds since) const {
  const auto talk = conversations_.find(session);
  if (talk == conversations_.end()) return false;
  const auto& sent = talk->second.speakers[static_cast<std::size_t>(mtproto::role::client)].sent;
  const auto message = sent.find(msg_id);
  return message != sent.end() && (message->second.refused || message->second.at < since);
}

void wiretap::session_lost(const mtproto::session_key& session) {
  const auto talk = conversations_.find(session);
  if (talk == conversations_.end()) return;
  talk->second.speakers[static_cast<std::size_t>(mtproto::role::server)] = {};
  talk->second.answers.clear();
  for (auto& [id, message] :
       talk->second.speakers[static_cast<std::size_t>(mtproto::role::client)].sent)
    message.arrived = false;
}

void wiretap::all_sessions_lost() {
  for (auto& [session, talk] : conversations_) session_lost(session);
}

std::size_t wiretap::refusals_since(nanoseconds when) const {
  return static_cast<std::size_t>(
      std::ranges::count_if(refusals_, [&](nanoseconds at) { return at > when; }));
}

void wiretap::expect_nothing_owed(const mtproto::session_key& session) {
  const auto talk = conversations_.find(session);
  if (talk == conversations_.end()) return;
  for (const mtproto::role sender : {mtproto::role::client, mtproto::role::server}) {
    const bool by_client = sender == mtproto::role::client;
    for (const auto& [msg_id, message] :
         talk->second.speakers[static_cast<std::size_t>(sender)].sent)
      if ((message.seq_no & 1) != 0 && !message.settled && (message.arrived || !by_client))
        around_.broken("everything is acknowledged in the end",
                       id_text(msg_id) + " of the " + std::string(side(sender)) + " is not");
  }
}

}  // namespace corogram::simulation

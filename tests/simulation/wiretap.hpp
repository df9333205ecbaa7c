#pragma once

// Reads along: opens every packet as its sender made it, and holds the sender to the rules of ids,
// sequence numbers and acknowledgements. It shares no code with the sessions that it judges: what a
// container looks like and which message answers which it knows by itself.

#include "setting.hpp"

#include <corogram/core/bytes.hpp>
#include <corogram/mtproto/auth_key.hpp>
#include <corogram/mtproto/message.hpp>
#include <corogram/mtproto/server.hpp>

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace corogram::simulation {

/// One message on the wire, taken out of its container.
struct tapped_message {
  std::int64_t msg_id = 0;
  std::int32_t seq_no = 0;
  std::uint32_t constructor = 0;
  core::byte_view body;
};

class wiretap {
 public:
  explicit wiretap(setting& around) noexcept : around_(around) {}

  /// learn_key lets the tap read what is encrypted under a key.
  void learn_key(const mtproto::auth_key& key);
  [[nodiscard]] const mtproto::auth_key* key(std::int64_t id) const;

  /// sent reads one packet that `sender` has made for the connection `where`. It returns the
  /// session that the packet belongs to, if it is an encrypted one.
  std::optional<mtproto::session_key> sent(mtproto::role sender, core::byte_view packet,
                                           std::string_view where);
  /// arrived notes that the server has taken a packet: what is in it has to be acknowledged.
  void arrived(core::byte_view packet);
  /// is_stale tells whether the server has refused a message of a client's before, or whether it
  /// was made before `since`.
  [[nodiscard]] bool is_stale(const mtproto::session_key& session, std::int64_t msg_id,
                              nanoseconds since) const;
  /// session_lost notes that the server has forgotten a session: should the client go on with it,
  /// the server begins to count anew.
  void session_lost(const mtproto::session_key& session);
  void all_sessions_lost();

  /// expect_nothing_owed requires that both sides have acknowledged everything in `session`.
  void expect_nothing_owed(const mtproto::session_key& session);
  /// refusals_since counts the messages that the server has refused since then.
  [[nodiscard]] std::size_t refusals_since(nanoseconds when) const;

 private:
  struct sent_message {
    std::int32_t seq_no = 0;
    std::uint64_t digest = 0;
    nanoseconds at{};
    /// The other side has it, as far as that can be known.
    bool arrived = false;
    /// Acknowledged, or not wanted any more.
    bool settled = false;
    bool refused = false;
  };
  /// What went out together.
  struct sent_packet {
    mtproto::session_key session;
    /// The packet's own message first.
    std::vector<std::int64_t> messages;
  };
  /// One side of a conversation.
  struct speaker {
    std::map<std::int64_t, sent_message> sent;
    std::int64_t last_id = 0;
    std::int32_t content_count = 0;
    /// Numbers may be skipped: an answer that was dropped had some.
    bool may_skip = false;
  };
  struct conversation {
    std::array<speaker, 2> speakers;
    /// Whatever the server ever sent in the session, also before it lost it.
    std::set<std::int64_t> once_sent_by_server;
    /// The packets of the client's that were refused.
    std::set<std::int64_t> refused_packets;
    /// What was in each container of the client's.
    std::map<std::int64_t, std::vector<std::int64_t>> containers;
    /// By call: the message that answered it.
    std::map<std::int64_t, std::int64_t> answers;
  };

  void note_exchange(core::byte_view packet);
  void judge(conversation& talk, mtproto::role sender, const tapped_message& message, bool inside);
  void judge_new(speaker& who, mtproto::role sender, const tapped_message& message);
  void note_meaning(conversation& talk, mtproto::role sender, const tapped_message& message);
  void note_refusal(conversation& talk, const tapped_message& refusal);
  void acknowledge(conversation& talk, mtproto::role sender, std::int64_t msg_id, bool by_name);
  void broken(std::string_view rule, mtproto::role sender, const tapped_message& message,
              std::string_view what);

  setting& around_;
  std::map<std::int64_t, mtproto::auth_key> keys_;
  std::map<mtproto::session_key, conversation> conversations_;
  /// The client's packets, by their digest.
  std::map<std::uint64_t, sent_packet> client_packets_;
  std::vector<nanoseconds> refusals_;
};

}  // namespace corogram::simulation

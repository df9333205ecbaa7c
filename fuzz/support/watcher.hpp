#pragma once

// Looks at the packets of one side of a session from outside, with a key, and demands of them what
// the specification demands of every message that goes out, whatever the peer has sent before.

#include <corogram/core/bytes.hpp>
#include <corogram/mtproto/auth_key.hpp>
#include <corogram/mtproto/message.hpp>

#include <cstdint>
#include <map>
#include <vector>

namespace corogram::fuzz {

/// What one side has sent in one session. Everything is demanded at once, by require().
class watcher {
 public:
  /// `side` is who sends.
  explicit watcher(mtproto::role side) : side_(side) {}

  /// sent takes a packet apart: ids rise and name one message, their low bits tell who sends,
  /// sequence numbers count, containers add up and are newer than what they hold, and what goes out
  /// again goes in a container. Returns the packet's session.
  std::int64_t sent(const mtproto::auth_key& key, core::byte_view packet);

  /// forget_session: the side began anew in this session, and need not remember.
  void forget_session(std::int64_t session_id) { sessions_.erase(session_id); }

  /// forget_sessions_unless forgets those whose id `exists` knows nothing of.
  template <class Exists>
  void forget_sessions_unless(Exists exists) {
    std::erase_if(sessions_, [&](const auto& entry) { return !exists(entry.first); });
  }

  /// numbers_may_be_skipped: a server has named an answer as dropped that it never sent.
  void numbers_may_be_skipped() { may_skip_ = true; }

  /// ids lists the message ids of a session, in the order in which they were first sent.
  [[nodiscard]] const std::vector<std::int64_t>& ids() const noexcept { return ids_; }

 private:
  struct message {
    std::int32_t seq_no = 0;
    core::byte_buffer body;
  };
  struct session {
    std::map<std::int64_t, message> sent;
    std::int64_t last_id = 0;
    std::int32_t content_count = 0;
  };

  void judge(session& talk, const mtproto::message_view& one, bool inside);

  mtproto::role side_;
  bool may_skip_ = false;
  std::map<std::int64_t, session> sessions_;
  std::vector<std::int64_t> ids_;
};

}  // namespace corogram::fuzz

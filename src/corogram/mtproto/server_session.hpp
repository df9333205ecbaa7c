#pragma once

// What a server keeps for one session: what came, what is to go out, what went out and is not
// acknowledged, and which calls are under way.

#include <corogram/core/bytes.hpp>
#include <corogram/core/clock.hpp>
#include <corogram/mtproto/acks.hpp>
#include <corogram/mtproto/http_wait.hpp>
#include <corogram/mtproto/message.hpp>
#include <corogram/mtproto/msg_id.hpp>
#include <corogram/mtproto/policy.hpp>
#include <corogram/mtproto/received_messages.hpp>
#include <corogram/mtproto/seq_no.hpp>
#include <corogram/mtproto/server.hpp>

#include <algorithm>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace corogram::mtproto {

/// Units: bytes. What stands before a result: rpc_result's number, and req_msg_id.
inline constexpr std::size_t rpc_result_head_size = 4 + 8;

/// The body of a message, kept until it need not go out any more.
struct stored_body {
  stored_body() = default;
  stored_body(core::byte_buffer content_) noexcept : content(std::move(content_)) {}
  stored_body(core::byte_buffer result, std::int64_t req_msg_id) noexcept
      : content(std::move(result)), result_of(req_msg_id) {}

  [[nodiscard]] std::size_t size() const noexcept {
    return content.size() + (result_of ? rpc_result_head_size : 0);
  }

  core::byte_buffer content;
  /// Set: the content is the result of this call, and goes out inside rpc_result.
  std::optional<std::int64_t> result_of;
};

/// A message that waits for its transmission.
struct queued_message {
  stored_body body;
  bool content_related = false;
  /// It answers a message of the client's (DESC-13).
  bool response = false;
  /// The call that it is the answer to. A client may have given that any id.
  std::optional<std::int64_t> answers;
  /// The message of `unacknowledged` that goes out again, else 0; body is empty then.
  std::int64_t resends = 0;
  /// It goes out on this connection or not at all.
  std::optional<connection_id> only_on;
  /// The messages that it asks about.
  std::vector<std::int64_t> asks_about;
  /// The key is forgotten once it is out.
  bool ends_key = false;
};

/// A content-related message that went out and may have to go out again.
struct unacknowledged_message {
  std::int32_t seq_no = 0;
  stored_body body;
  std::optional<std::int64_t> answers;
  connection_id sent_on = 0;
  /// It waits for its next transmission.
  bool queued = false;
};

/// A call from its receipt until its answer is acknowledged.
struct server_call {
  /// The client does not want the answer (SM-07).
  bool dropped = false;
  bool answered = false;
  /// 0 until the answer is out.
  std::int64_t answer_msg_id = 0;
};

/// The ids of messages that were refused because they came too early. The client says those again
/// under other ids, so a copy of the packet that comes when its time has come must not count.
class early_ids {
 public:
  /// Of more than `limit` the lowest are not told apart any more: whatever is no newer than one of
  /// those counts as refused. What the client says later is newer.
  static constexpr std::size_t limit = 64;

  void add(std::int64_t msg_id) {
    known_.insert(msg_id);
    if (known_.size() > limit) floor_ = known_.extract(known_.begin()).value();
  }
  [[nodiscard]] bool contains(std::int64_t msg_id) const {
    return (floor_ && !by_age()(*floor_, msg_id)) || known_.contains(msg_id);
  }

 private:
  std::set<std::int64_t, by_age> known_;
  std::optional<std::int64_t> floor_;
};

/// One session. Pre: used by the server machine only.
class server_session {
 public:
  server_session(session_key name_, std::chrono::nanoseconds ack_delay)
      // Acknowledgements go by time alone: mostly an answer takes their place.
      : name(name_), acks(ack_delay, std::numeric_limits<std::size_t>::max()) {}

  session_key name;
  received_messages received;
  early_ids refused_early;
  msg_id_source ids{role::server};
  seq_no_source seq_nos;
  ack_queue acks;
  /// By id: the order in which they went out.
  std::map<std::int64_t, unacknowledged_message, by_age> unacknowledged;
  std::deque<queued_message> queue;
  std::map<std::int64_t, server_call> calls;
  std::size_t running_calls = 0;
  /// Bodies in queue and unacknowledged.
  std::size_t stored_bytes = 0;

  /// Those whose last message was of this session; the latest at the end.
  std::vector<connection_id> connections;

  /// Set by the first message that was not refused (SM-25).
  std::optional<std::int64_t> first_msg_id;
  std::int64_t unique_id = 0;

  /// State queries of ours and what they are about.
  std::map<std::int64_t, std::vector<std::int64_t>, by_age> state_queries;
  /// Broken rules that were recorded already.
  std::bitset<64> recorded;
  bool ack_timer_set = false;
  /// How long `queue` has not been empty, and how much was in it when that was written.
  std::optional<waiting_since> queued_since;
  std::size_t queue_seen = 0;
  /// Its entry in the timers: when a response over HTTP may be due.
  std::optional<core::deadline> http_timer;
  /// Set while it has no connection: when it is forgotten.
  std::optional<core::deadline> idle_until;

  void enqueue(queued_message message) {
    stored_bytes += message.body.size();
    queue.push_back(std::move(message));
  }

  /// Queues a message of `unacknowledged` again.
  void enqueue_again(std::int64_t msg_id, std::optional<connection_id> only_on = std::nullopt) {
    unacknowledged_message& message = unacknowledged.at(msg_id);
    if (message.queued) return;
    message.queued = true;
    queued_message again;
    again.resends = msg_id;
    again.only_on = only_on;
    queue.push_back(std::move(again));
  }

  /// What goes out again is stored once.
  [[nodiscard]] std::size_t stored_messages() const noexcept {
    return unacknowledged.size() +
           static_cast<std::size_t>(std::ranges::count(queue, 0, &queued_message::resends));
  }
};

}  // namespace corogram::mtproto

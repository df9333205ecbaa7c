#pragma once

// What one side of a session remembers of the messages that it received: enough to take none twice,
// to judge sequence numbers, and to answer questions about them.

#include <corogram/core/bytes.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>

namespace corogram::mtproto {

/// How many messages are remembered (DIV-15). Several times what one container may bring, so that
/// none pushes itself out.
inline constexpr std::size_t received_messages_limit = 4096;

/// How far a call has come, at the server.
enum class call_progress : std::uint8_t {
  none,
  running,
  /// The answer is there, but it is not out yet.
  answered,
  /// The answer was sent.
  answer_sent,
  /// The client has acknowledged the answer.
  answer_confirmed,
};

/// One received message.
struct received_message {
  std::int64_t msg_id = 0;
  std::int32_t seq_no = 0;
  /// We have told the sender of its receipt.
  bool acknowledged = false;
  bool is_container = false;
  call_progress call = call_progress::none;
};

/// The last received messages, by id.
class received_messages {
 public:
  enum class verdict { fresh, duplicate, too_old };

  explicit received_messages(std::size_t limit = received_messages_limit) noexcept
      : limit_(limit) {}

  /// judge says what a message of this id would be.
  [[nodiscard]] verdict judge(std::int64_t msg_id) const noexcept;

  /// add remembers a message, and forgets the one with the lowest id if there are too many.
  /// Pre: judge(msg_id) is fresh.
  void add(const received_message& message);

  /// find returns the message, or null. Lifetime: until the next add.
  [[nodiscard]] received_message* find(std::int64_t msg_id) noexcept;
  [[nodiscard]] const received_message* find(std::int64_t msg_id) const noexcept;

  /// before and after return the neighbours in the order of ids, or null, whether or not `msg_id`
  /// is there itself. Lifetime: until the next add.
  [[nodiscard]] const received_message* before(std::int64_t msg_id) const noexcept;
  [[nodiscard]] const received_message* after(std::int64_t msg_id) const noexcept;

  [[nodiscard]] std::size_t size() const noexcept { return messages_.size(); }
  void clear() noexcept;

 private:
  /// The first whose id is not lower.
  [[nodiscard]] std::size_t position(std::int64_t msg_id) const noexcept;

  std::size_t limit_;
  /// Ordered by id. New messages come at the end but for few.
  std::deque<received_message> messages_;
  /// Whether something was forgotten, and the highest of those ids.
  bool forgot_ = false;
  std::int64_t floor_ = 0;
};

}  // namespace corogram::mtproto

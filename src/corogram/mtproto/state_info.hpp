#pragma once

// What one side says about the fate of the other's messages: one byte for each in msgs_state_info
// and msgs_all_info.
//
//   bits 0..2  1  nothing known, the id is too low
//              2  not received
//              3  not received, the id is too high
//              4  received
//   bit 3      acknowledged already
//   bit 4      needs no acknowledgement
//   bit 5      a call, being processed or done
//   bit 6      a call, its answer was sent
//   bit 7      the asking side is known to know

#include <corogram/core/bytes.hpp>
#include <corogram/mtproto/message.hpp>
#include <corogram/mtproto/received_messages.hpp>

#include <cstdint>
#include <span>

namespace corogram::mtproto {

//= SMM-30
inline constexpr core::byte state_mask = 7;
inline constexpr core::byte state_unknown = 1;
inline constexpr core::byte state_not_received = 2;
inline constexpr core::byte state_not_received_yet = 3;
inline constexpr core::byte state_received = 4;
//= SMM-31
inline constexpr core::byte state_acknowledged = 8;
inline constexpr core::byte state_needs_no_ack = 16;
inline constexpr core::byte state_call = 32;
inline constexpr core::byte state_answered = 64;
inline constexpr core::byte state_known_to_asker = 128;

/// state_of says what is known of the message `msg_id`.
[[nodiscard]] inline core::byte state_of(const received_messages& received,
                                         std::int64_t msg_id) noexcept {
  const received_message* const message = received.find(msg_id);
  if (message == nullptr) {
    //= SMM-30
    if (received.judge(msg_id) == received_messages::verdict::too_old) return state_unknown;
    if (received.after(msg_id) == nullptr) return state_not_received_yet;
    return received.before(msg_id) == nullptr ? state_unknown : state_not_received;
  }
  //= SMM-31
  core::byte state = state_received;
  if (message->acknowledged) state |= state_acknowledged;
  if (!content_related(message->seq_no)) state |= state_needs_no_ack;
  if (message->call >= call_progress::running) state |= state_call;
  // Not before the answer is out: a client that sees the bit takes a missing answer for lost.
  if (message->call >= call_progress::answer_sent) state |= state_answered;
  if (message->call == call_progress::answer_confirmed) state |= state_known_to_asker;
  return state;
}

/// states_of answers for a whole list, in its order.
[[nodiscard]] inline core::byte_buffer states_of(const received_messages& received,
                                                 std::span<const std::int64_t> msg_ids) {
  //= SMM-29
  core::byte_buffer states;
  states.reserve(msg_ids.size());
  for (const std::int64_t msg_id : msg_ids) states.push_back(state_of(received, msg_id));
  return states;
}

}  // namespace corogram::mtproto

#pragma once

// What the targets of the sessions share: a key, a moment to begin at, and a peer that makes
// packets as it is told, right or wrong ones.

#include "alter.hpp"
#include "messages.hpp"
#include "target.hpp"

#include <corogram/core/clock.hpp>
#include <corogram/core/random.hpp>
#include <corogram/mtproto/auth_key.hpp>
#include <corogram/mtproto/envelope.hpp>
#include <corogram/mtproto/msg_id.hpp>
#include <corogram/mtproto/seq_no.hpp>

#include <cstdint>

namespace corogram::fuzz::session {

/// A moment of 2024.
inline constexpr core::instant start{std::chrono::seconds(5000),
                                     std::chrono::seconds(1'707'425'106)};

inline constexpr std::int64_t salt = 0x5a5a;

/// key_number returns the same key for the same number, in every run.
[[nodiscard]] const mtproto::auth_key& key_number(std::size_t number);

/// pass_time moves the clocks by what the input says, from nothing to hours; sometimes the wall
/// clock alone, on either side.
void pass_time(choices& from, core::instant& now);

/// The far end of a session. Everything is in order unless the input says otherwise.
class puppet {
 public:
  puppet(mtproto::role side, const mtproto::auth_key& key, std::int64_t session_id)
      : side_(side), key_(&key), session_id_(session_id), ids_(side) {}

  /// packet makes one message or container of what the input says, and seals it.
  core::byte_buffer packet(choices& from, known_ids ids, core::instant now);

  /// said tells whether `number` stands at a word of the last packet, or something packed does,
  /// which may hold it.
  [[nodiscard]] bool said(std::uint32_t number) const;

  /// ids lists what was used as a message id, the latest last.
  [[nodiscard]] const std::vector<std::int64_t>& ids() const noexcept { return used_; }

  /// follow makes the puppet speak of another session.
  void follow(std::int64_t session_id) noexcept { session_id_ = session_id; }

 private:
  std::int64_t next_id(choices& from, core::instant now);
  std::int32_t next_seq_no(choices& from);
  void make_container(choices& from, known_ids ids, core::instant now);

  mtproto::role side_;
  const mtproto::auth_key* key_;
  std::int64_t session_id_;
  mtproto::msg_id_source ids_;
  mtproto::seq_no_source seq_nos_;
  std::vector<std::int64_t> used_;
  core::byte_buffer body_;
};

}  // namespace corogram::fuzz::session

#include "session.hpp"

#include <corogram/mtproto/container.hpp>
#include <corogram/service/types/Object.hpp>
#include <corogram/tl/codec.hpp>

#include <algorithm>
#include <array>
#include <deque>

namespace corogram::fuzz::session {

namespace {

using namespace std::chrono_literals;
using namespace mtproto;

constexpr std::size_t keys = 3;
constexpr std::size_t most_in_container = 5;

std::array<auth_key, keys> make_keys() {
  const auto make = [](std::uint64_t seed) {
    core::test_random random(seed);
    return auth_key(core::secret_array<256>(random.array<256>()));
  };
  return {make(1), make(2), make(3)};
}

bool has_word(core::byte_view bytes, std::uint32_t number) {
  for (std::size_t at = 0; at + 4 <= bytes.size(); at += 4)
    if (core::load_le<std::uint32_t>(bytes.data() + at) == number) return true;
  return false;
}

}  // namespace

const auth_key& key_number(std::size_t number) {
  static const std::array<auth_key, keys> made = make_keys();
  return made[number % made.size()];
}

void pass_time(choices& from, core::instant& now) {
  constexpr std::array<std::chrono::nanoseconds, 12> steps{0s,  1us, 1ms,  250ms, 1s,    5s,
                                                           15s, 60s, 301s, 1800s, 3600s, 86400s};
  const core::byte which = from.byte();
  if (which < 240) {
    now = core::later(now, steps[which % steps.size()]);
    return;
  }
  // Not beyond what ids can name: 50 days on either side, and never before 2023.
  const auto jump = std::chrono::seconds(static_cast<std::int32_t>(word(from)) >> 9);
  if (now.wall + jump > 1'672'531'200s) now.wall += jump;
}

std::int64_t puppet::next_id(choices& from, core::instant now) {
  const bool response = from.flag();
  switch (from.byte()) {
    case 0xff:
      return signed_number(from);
    case 0xfe:
      return used_.empty() ? 0 : used_[from.below(used_.size())];
    case 0xfd:
      return ids_.next(now.wall, response) + 1;
    case 0xfc:
      return ids_.next(now.wall - 400s, response);
    case 0xfb:
      return first_msg_id_at(now.wall - 400s) | (side_ == role::server ? 1 : 0);
    case 0xfa:
      return first_msg_id_at(now.wall + 40s) | (side_ == role::server ? 1 : 0);
    default:
      return ids_.next(now.wall, response);
  }
}

std::int32_t puppet::next_seq_no(choices& from) {
  const core::byte how = from.byte();
  if (how == 0xff) return static_cast<std::int32_t>(word(from));
  return seq_nos_.next((how & 1) != 0);
}

void puppet::make_container(choices& from, known_ids ids, core::instant now) {
  std::deque<core::byte_buffer> bodies;
  std::vector<outgoing_message> messages;
  for (std::size_t left = from.below(most_in_container); left > 0; --left) {
    const std::int64_t msg_id = next_id(from, now);
    const std::int32_t seq_no = next_seq_no(from);
    bodies.push_back(any_message(from, ids));
    messages.push_back({msg_id, seq_no, bodies.back()});
    used_.push_back(msg_id);
  }
  body_.clear();
  write_container(messages, core::writer(body_));
  if (from.byte() == 0xff) {
    alter(from, body_);
    body_.resize((body_.size() + 3) / 4 * 4);
  }
}

core::byte_buffer puppet::packet(choices& from, known_ids ids, core::instant now) {
  const bool many = from.below(4) == 0;
  if (many)
    make_container(from, ids, now);
  else
    body_ = any_message(from, ids);
  message_view outer{next_id(from, now), many ? seq_nos_.next(false) : next_seq_no(from), body_};
  used_.push_back(outer.msg_id);
  session_header header{salt, session_id_};
  const core::byte strange = from.byte();
  if (strange == 0xff) header.session_id = signed_number(from);
  if (strange >= 0xfc) header.salt = strange == 0xfd ? 0 : signed_number(from);
  core::test_random random(from.byte());
  core::byte_buffer sealed;
  seal_packet(*key_, side_, header, outer, random, sealed);
  return sealed;
}

bool puppet::said(std::uint32_t number) const {
  return has_word(body_, number) || has_word(body_, service::gzip_packed::tl_id);
}

}  // namespace corogram::fuzz::session

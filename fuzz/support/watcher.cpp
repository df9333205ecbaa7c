#include "watcher.hpp"

#include "target.hpp"

#include <corogram/core/reader.hpp>
#include <corogram/mtproto/envelope.hpp>

#include <algorithm>
#include <optional>

namespace corogram::fuzz {

namespace {

using namespace mtproto;

// The numbers that are needed here, as the specification prints them: by this side of the code
// nothing of the library's is trusted but the envelope.
constexpr std::uint32_t container_number = 0x73f1f8dc;
constexpr std::size_t most_in_container = 1024;

bool is_container(core::byte_view body) {
  return body.size() >= 4 && core::load_le<std::uint32_t>(body.data()) == container_number;
}

std::optional<std::vector<message_view>> contents(core::byte_view body) {
  core::reader in(body);
  const auto number = in.le<std::uint32_t>();
  const auto count = in.le<std::int32_t>();
  std::vector<message_view> inside;
  for (std::int32_t i = 0; number && count && i < *count; ++i) {
    const auto msg_id = in.le<std::int64_t>();
    const auto seq_no = in.le<std::int32_t>();
    const auto length = in.le<std::int32_t>();
    if (!msg_id || !seq_no || !length || *length < 4 || *length % 4 != 0) return std::nullopt;
    const auto view = in.take(static_cast<std::size_t>(*length));
    if (!view) return std::nullopt;
    inside.push_back({*msg_id, *seq_no, *view});
  }
  if (!in.rest().empty()) return std::nullopt;
  return inside;
}

// Ids have no sign.
bool is_newer(std::int64_t a, std::int64_t b) {
  return static_cast<std::uint64_t>(a) > static_cast<std::uint64_t>(b);
}

}  // namespace

std::int64_t watcher::sent(const auth_key& key, core::byte_view packet) {
  core::byte_buffer copy(packet.begin(), packet.end());
  const auto opened = open_packet(key, side_, copy);
  require(opened.has_value(), "a packet opens under its key");
  session& talk = sessions_[opened->header.session_id];
  const message_view& outer = opened->message;
  require(outer.body.size() >= 4, "a message has a number");
  if (is_container(outer.body)) {
    const auto inside = contents(outer.body);
    require(inside.has_value(), "a container adds up");
    require(inside->size() <= most_in_container, "and is not too large");
    for (const message_view& one : *inside) {
      require(!is_container(one.body), "it holds no container");
      require(is_newer(outer.msg_id, one.msg_id), "it is newer than what it holds");
      judge(talk, one, true);
    }
    require(outer.seq_no % 2 == 0, "and is not content-related");
  }
  judge(talk, outer, false);
  return opened->header.session_id;
}

void watcher::judge(session& talk, const message_view& one, bool inside) {
  const auto known = talk.sent.find(one.msg_id);
  if (known != talk.sent.end()) {
    require(known->second.seq_no == one.seq_no && core::equal(known->second.body, one.body),
            "an id names one message");
    require(inside, "what goes out again goes in a container");
    return;
  }
  const std::int64_t low_bits = one.msg_id & 3;
  require(side_ == role::client ? low_bits == 0 : low_bits == 1 || low_bits == 3,
          "the low bits of an id tell who sends");
  require((one.msg_id & 0xffffffff) != 0, "the low word of an id is not 0");
  require(is_newer(one.msg_id, talk.last_id), "ids rise");
  talk.last_id = one.msg_id;
  const std::int32_t counted = one.seq_no / 2;
  require(counted == talk.content_count || (may_skip_ && counted > talk.content_count),
          "sequence numbers count content-related messages");
  talk.content_count = counted + one.seq_no % 2;
  talk.sent[one.msg_id] = {one.seq_no, {one.body.begin(), one.body.end()}};
  ids_.push_back(one.msg_id);
}

}  // namespace corogram::fuzz

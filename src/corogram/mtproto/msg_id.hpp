#pragma once

// Message ids: the sender's idea of the server's time in units of 2^-32 seconds, the two low bits
// telling who sends. They name a message within a session and order it.
//
//   63 ............ 32 31 ............................ 2 1 0
//   unix time, seconds  fraction of the second, never 0  0 0  client
//                                                        0 1  server, in response to a message
//                                                        1 1  server, by itself

#include <corogram/mtproto/message.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <utility>
#include <vector>

namespace corogram::mtproto {

//= DESC-17
/// A message may be this old...
inline constexpr std::chrono::seconds max_message_age{300};
/// ...and this far ahead of the receiver's clock.
inline constexpr std::chrono::seconds max_message_lead{30};

/// earlier orders message ids. TL's long has a sign and they have none: from January 2038 on their
/// highest bit is set.
[[nodiscard]] constexpr bool earlier(std::int64_t a, std::int64_t b) noexcept {
  return static_cast<std::uint64_t>(a) < static_cast<std::uint64_t>(b);
}

/// The order of ids for containers that are sorted by them.
struct by_age {
  [[nodiscard]] constexpr bool operator()(std::int64_t a, std::int64_t b) const noexcept {
    return earlier(a, b);
  }
};

/// sort_by_age brings what goes with message ids into the order of the ids.
template <class T>
void sort_by_age(std::vector<std::pair<std::int64_t, T>>& entries) {
  std::ranges::sort(entries, by_age(), &std::pair<std::int64_t, T>::first);
}

/// from_wire_time reads an int of the protocol that holds a unix time, which has no sign either.
[[nodiscard]] constexpr std::chrono::seconds from_wire_time(std::int32_t seconds) noexcept {
  return std::chrono::seconds(static_cast<std::uint32_t>(seconds));
}

/// to_wire_time is the reverse, good until 2106.
[[nodiscard]] constexpr std::int32_t to_wire_time(std::chrono::nanoseconds unix_time) noexcept {
  return static_cast<std::int32_t>(
      static_cast<std::uint32_t>(std::chrono::floor<std::chrono::seconds>(unix_time).count()));
}

/// first_msg_id_at is the least client id of the moment `unix_time`.
[[nodiscard]] constexpr std::int64_t first_msg_id_at(std::chrono::nanoseconds unix_time) noexcept {
  //= DESC-15
  const auto count = static_cast<std::uint64_t>(unix_time.count());
  const std::uint64_t seconds = count / 1'000'000'000;
  const std::uint64_t fraction = count % 1'000'000'000;
  return static_cast<std::int64_t>((seconds << 32 | (fraction << 32) / 1'000'000'000) &
                                   ~std::uint64_t{3});
}

/// time_of is the moment that `msg_id` was made at, by its sender's clock.
[[nodiscard]] constexpr std::chrono::nanoseconds time_of(std::int64_t msg_id) noexcept {
  const auto id = static_cast<std::uint64_t>(msg_id);
  const std::uint64_t fraction = id & 0xffffffff;
  return std::chrono::seconds(id >> 32) +
         std::chrono::nanoseconds((fraction * 1'000'000'000) >> 32);
}

/// Whether the time in a message id is near enough to the receiver's clock.
enum class age { fine, too_low, too_high };

[[nodiscard]] constexpr age age_of(std::int64_t msg_id, std::chrono::nanoseconds now) noexcept {
  //= DESC-17
  const std::chrono::nanoseconds made = time_of(msg_id);
  if (made < now - max_message_age) return age::too_low;
  if (made > now + max_message_lead) return age::too_high;
  return age::fine;
}

/// Makes the ids of one side's messages within one session.
class msg_id_source {
 public:
  explicit msg_id_source(role sender) noexcept : sender_(sender) {}

  /// next returns an id greater than all before, as near to `server_time` as that allows.
  /// `response` matters for servers only.
  std::int64_t next(std::chrono::nanoseconds server_time, bool response = false) noexcept {
    std::int64_t id = first_msg_id_at(server_time);
    //= DESC-14
    if (!earlier(last_, id)) id = (last_ & ~std::int64_t{3}) + 4;
    //= DESC-16
    if ((id & 0xffffffff) == 0) id += 4;
    //= DESC-12
    //= DESC-13
    if (sender_ == role::server) id |= response ? 1 : 3;
    last_ = id;
    return id;
  }

  /// last returns the id made last; 0 if there was none.
  [[nodiscard]] std::int64_t last() const noexcept { return last_; }

 private:
  role sender_;
  std::int64_t last_ = 0;
};

}  // namespace corogram::mtproto

#pragma once

// Sequence numbers: twice the count of content-related messages sent so far, plus one for a message
// that is content-related itself, which is to say: one that the receiver has to acknowledge.

#include <cstdint>

namespace corogram::mtproto {

/// Numbers the messages of one side of one session, in the order of their ids.
class seq_no_source {
 public:
  std::int32_t next(bool is_content_related) noexcept {
    //= DESC-20
    const std::uint32_t number = 2 * count_ + (is_content_related ? 1u : 0u);
    if (is_content_related) ++count_;
    return static_cast<std::int32_t>(number);
  }

 private:
  std::uint32_t count_ = 0;
};

}  // namespace corogram::mtproto

// The body of a msg_container. What parses and is written again is the same body.

#include "support/target.hpp"

#include <corogram/mtproto/container.hpp>

#include <algorithm>

namespace corogram::fuzz {

void run(core::byte_view input) noexcept {
  choices from(input);
  const std::size_t limit = from.below(1200);
  const auto messages = mtproto::parse_container(from.rest(), limit);
  if (!messages) {
    require_within(messages.error(), from.rest().size());
    return;
  }
  require(messages->size() <= limit, "no more messages than the limit");
  core::byte_buffer again;
  std::vector<mtproto::outgoing_message> outgoing;
  for (const mtproto::message_view& one : *messages)
    outgoing.push_back({one.msg_id, one.seq_no, one.body});
  mtproto::write_container(outgoing, core::writer(again));
  require(std::ranges::equal(again, from.rest()), "the body is its messages");
  (void)mtproto::container_in_order(static_cast<std::int64_t>(from.below(65536)), *messages);
}

}  // namespace corogram::fuzz

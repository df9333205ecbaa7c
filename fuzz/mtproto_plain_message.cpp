// Unencrypted packets. What decodes and is encoded again is the packet without its padding.

#include "support/target.hpp"

#include <corogram/mtproto/plain_message.hpp>

#include <algorithm>

namespace corogram::fuzz {

void run(core::byte_view input) noexcept {
  const auto message = mtproto::decode_plain(input);
  if (!message) {
    require_within(message.error(), input.size());
    return;
  }
  require(mtproto::is_plain(input), "what decodes as plain is plain");
  core::byte_buffer again;
  mtproto::encode_plain(message->msg_id, message->body, again);
  require(again.size() <= input.size() &&
              input.size() - again.size() <= mtproto::max_transport_padding &&
              std::equal(again.begin(), again.end(), input.begin()),
          "the packet is its message and padding");
}

}  // namespace corogram::fuzz

#include <corogram/transport/frame_reader.hpp>

#include <algorithm>
#include <utility>

namespace corogram::transport {

core::byte_span frame_reader::append(core::byte_view received) {
  if (failure_) return {};
  buffer_.append(received);
  return buffer_.fresh();
}

receive_buffer frame_reader::lend() {
  const std::size_t here = buffer_.waiting().size();
  const std::size_t missing = needed_ - std::min(needed_, here);
  // Either all that is missing, or a large step: so few of a frame's bytes ever move.
  buffer_.reserve(std::max(std::min(missing, (growth_limit - 1) * here), least_read_size));
  return std::exchange(buffer_, {});
}

core::byte_span frame_reader::append(receive_buffer lent) {
  if (failure_) return {};
  buffer_ = std::move(lent);
  return buffer_.fresh();
}

core::result<std::optional<incoming>> frame_reader::next(
    codec& frames, const std::optional<core::error>& carrier_failure) {
  if (failure_) return *failure_;
  while (buffer_.waiting().size() >= needed_) {
    auto outcome = frames.read(buffer_.waiting());
    if (!outcome) return fail(outcome.error());
    if (const incomplete* const more = std::get_if<incomplete>(&*outcome)) {
      needed_ = more->needed;
      break;
    }
    frame& whole = *std::get_if<frame>(&*outcome);
    buffer_.take(whole.size);
    needed_ = 0;
    if (whole.content) return std::move(whole.content);
  }
  if (carrier_failure) return fail(*carrier_failure);
  return std::optional<incoming>();
}

core::error frame_reader::fail(core::error failure) {
  failure_ = failure.at(buffer_.total_taken());
  return *failure_;
}

}  // namespace corogram::transport

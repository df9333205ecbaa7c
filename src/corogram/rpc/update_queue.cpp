#include <corogram/rpc/update_queue.hpp>

#include <utility>

namespace corogram::rpc {

void update_queue::push(core::byte_buffer body) {
  if (updates_.size() >= max_updates_ || body.size() > max_bytes_ - bytes_) {
    updates_.clear();
    bytes_ = 0;
    return push_gap();
  }
  bytes_ += body.size();
  updates_.emplace_back().body = std::move(body);
}

void update_queue::push_gap() {
  if (!updates_.empty() && updates_.back().gap) return;
  updates_.emplace_back().gap = true;
}

std::optional<received_update> update_queue::pop() {
  if (updates_.empty()) return std::nullopt;
  received_update first = std::move(updates_.front());
  updates_.pop_front();
  bytes_ -= first.body.size();
  return first;
}

}  // namespace corogram::rpc

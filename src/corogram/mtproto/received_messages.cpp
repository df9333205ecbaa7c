#include <corogram/mtproto/msg_id.hpp>
#include <corogram/mtproto/received_messages.hpp>

#include <algorithm>

namespace corogram::mtproto {

received_messages::verdict received_messages::judge(std::int64_t msg_id) const noexcept {
  //= DESC-43
  // "Lower than all stored ones" can only mean something once older ones were given up: before
  // that, a lower id is merely late (SM-26 counts on it).
  if (forgot_ && !earlier(floor_, msg_id)) return verdict::too_old;
  return find(msg_id) != nullptr ? verdict::duplicate : verdict::fresh;
}

void received_messages::add(const received_message& message) {
  const auto at = static_cast<std::ptrdiff_t>(position(message.msg_id));
  messages_.insert(messages_.begin() + at, message);
  //= DESC-44
  if (messages_.size() > limit_) {
    floor_ = messages_.front().msg_id;
    forgot_ = true;
    messages_.pop_front();
  }
}

received_message* received_messages::find(std::int64_t msg_id) noexcept {
  const std::size_t at = position(msg_id);
  return at < messages_.size() && messages_[at].msg_id == msg_id ? &messages_[at] : nullptr;
}

const received_message* received_messages::find(std::int64_t msg_id) const noexcept {
  const std::size_t at = position(msg_id);
  return at < messages_.size() && messages_[at].msg_id == msg_id ? &messages_[at] : nullptr;
}

const received_message* received_messages::before(std::int64_t msg_id) const noexcept {
  const std::size_t at = position(msg_id);
  return at == 0 ? nullptr : &messages_[at - 1];
}

const received_message* received_messages::after(std::int64_t msg_id) const noexcept {
  std::size_t at = position(msg_id);
  if (at < messages_.size() && messages_[at].msg_id == msg_id) ++at;
  return at == messages_.size() ? nullptr : &messages_[at];
}

void received_messages::clear() noexcept {
  messages_.clear();
  forgot_ = false;
  floor_ = 0;
}

std::size_t received_messages::position(std::int64_t msg_id) const noexcept {
  const auto found =
      std::ranges::lower_bound(messages_, msg_id, by_age(), &received_message::msg_id);
  return static_cast<std::size_t>(found - messages_.begin());
}

}  // namespace corogram::mtproto

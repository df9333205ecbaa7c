#include <corogram/mtproto/auth_key_store.hpp>

namespace corogram::mtproto {

const stored_key* auth_key_store::find(std::int64_t id) const noexcept {
  const auto found = keys_.find(id);
  return found == keys_.end() ? nullptr : &found->second;
}

bool auth_key_store::insert(stored_key key) {
  const std::int64_t id = key.key.id();
  // 0 means "unencrypted" where the id of a key stands, so no key can have it.
  //= DESC-04
  if (id == 0 || keys_.contains(id)) return false;
  key.bound_to = 0;
  if (key.expiry) expiries_.emplace(key.expiry->deadline, id);
  keys_.emplace(id, std::move(key));
  return true;
}

bool auth_key_store::erase(std::int64_t id) {
  const auto found = keys_.find(id);
  if (found == keys_.end()) return false;
  unbind(found->second);
  if (found->second.expiry) expiries_.erase({found->second.expiry->deadline, id});
  keys_.erase(found);
  return true;
}

bool auth_key_store::bind(std::int64_t temporary_id, std::int64_t permanent_id) {
  const auto temporary = keys_.find(temporary_id);
  const auto permanent = keys_.find(permanent_id);
  if (temporary == keys_.end() || permanent == keys_.end()) return false;
  if (!temporary->second.is_temporary() || permanent->second.is_temporary()) return false;
  //= PFS-14
  unbind(temporary->second);
  unbind(permanent->second);
  temporary->second.bound_to = permanent_id;
  permanent->second.bound_to = temporary_id;
  return true;
}

void auth_key_store::unbind(stored_key& key) {
  if (key.bound_to == 0) return;
  keys_.at(key.bound_to).bound_to = 0;
  key.bound_to = 0;
}

std::optional<core::deadline> auth_key_store::poll_deadline() const {
  if (expiries_.empty()) return std::nullopt;
  return expiries_.begin()->first;
}

std::vector<std::int64_t> auth_key_store::handle_timeout(core::instant now) {
  std::vector<std::int64_t> ended;
  //= AK-55
  while (!expiries_.empty() && expiries_.begin()->first <= now.steady) {
    ended.push_back(expiries_.begin()->second);
    erase(ended.back());
  }
  return ended;
}

}  // namespace corogram::mtproto

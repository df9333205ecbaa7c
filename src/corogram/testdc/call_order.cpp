#include <corogram/testdc/call_order.hpp>

#include <algorithm>

namespace corogram::testdc {

admission call_order::admit(const mtproto::session_key& session,
                            const std::vector<std::int64_t>& after) const {
  if (after.empty()) return admission::run;
  const auto found = outcomes_.find(session);
  bool all_known = true;
  for (const std::int64_t msg_id : after) {
    const bool* const succeeded = [&]() -> const bool* {
      if (found == outcomes_.end()) return nullptr;
      const auto outcome = found->second.succeeded.find(msg_id);
      return outcome == found->second.succeeded.end() ? nullptr : &outcome->second;
    }();
    //= INV-12
    if (succeeded != nullptr && !*succeeded) return admission::failed;
    all_known = all_known && succeeded != nullptr;
  }
  return all_known ? admission::run : admission::wait;
}

void call_order::hold(mtproto::request_event request, std::vector<std::int64_t> after,
                      core::instant now) {
  held_.push_back({std::move(request), std::move(after), now.steady + max_call_wait});
}

std::vector<released_call> call_order::finished(const mtproto::session_key& session,
                                                std::int64_t msg_id, bool succeeded) {
  session_outcomes& known = outcomes_[session];
  if (known.succeeded.insert_or_assign(msg_id, succeeded).second) {
    known.oldest_first.push_back(msg_id);
    if (known.oldest_first.size() > remembered_outcomes) {
      known.succeeded.erase(known.oldest_first.front());
      known.oldest_first.pop_front();
    }
  }

  std::vector<released_call> released;
  std::erase_if(held_, [&](held_call& held) {
    if (held.request.session != session) return false;
    const admission verdict = admit(session, held.after);
    if (verdict == admission::wait) return false;
    released.push_back({std::move(held.request), verdict});
    return true;
  });
  return released;
}

std::optional<core::deadline> call_order::poll_deadline() const {
  if (held_.empty()) return std::nullopt;
  return held_.front().until;
}

std::vector<released_call> call_order::handle_timeout(core::instant now) {
  std::vector<released_call> released;
  while (!held_.empty() && held_.front().until <= now.steady) {
    released.push_back({std::move(held_.front().request), admission::timed_out});
    held_.pop_front();
  }
  return released;
}

void call_order::forget(const mtproto::session_key& session) {
  outcomes_.erase(session);
  std::erase_if(held_, [&](const held_call& held) { return held.request.session == session; });
}

}  // namespace corogram::testdc

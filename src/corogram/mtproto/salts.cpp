#include <corogram/mtproto/salts.hpp>

#include <algorithm>

namespace corogram::mtproto {
namespace {

constexpr std::int64_t rotation = salt_rotation.count();
constexpr std::int64_t grace = salt_grace.count();
/// A schedule that was not looked at for longer begins anew instead of making up what is over.
constexpr std::int64_t longest_gap = 7 * 24 * 3600;

std::int64_t fresh_salt(core::random_source& random) {
  std::int64_t salt = 0;
  // 0 is what clients send who know none.
  while (salt == 0) salt = random.integer<std::int64_t>();
  return salt;
}

}  // namespace

salt_schedule::salt_schedule(std::int64_t first_salt, std::int64_t now_seconds) noexcept {
  periods_.push_back({now_seconds, first_salt});
}

void salt_schedule::advance(std::int64_t now_seconds, std::size_t ahead,
                            core::random_source& random) {
  if (now_seconds - periods_.back().since > longest_gap)
    periods_.assign(1, {now_seconds, fresh_salt(random)});
  if (periods_.front().salt == 0) periods_.front().salt = fresh_salt(random);
  // Our clock was set back: the oldest salt that is left has to do until then.
  periods_.front().since = std::min(periods_.front().since, now_seconds);
  //= DESC-09
  const std::int64_t last_since = now_seconds + rotation * static_cast<std::int64_t>(ahead);
  while (periods_.back().since + rotation <= last_since)
    periods_.push_back({periods_.back().since + rotation, fresh_salt(random)});
  //= DESC-10
  while (periods_.size() > 1 && periods_[1].since + grace <= now_seconds) periods_.pop_front();
}

std::int64_t salt_schedule::current(std::int64_t now_seconds, core::random_source& random) {
  return upcoming(1, now_seconds, random).front().salt;
}

bool salt_schedule::accepts(std::int64_t salt, std::int64_t now_seconds,
                            core::random_source& random) {
  advance(now_seconds, 0, random);
  return std::ranges::any_of(periods_, [&](const period& one) {
    return one.salt == salt && one.since <= now_seconds &&
           now_seconds < one.since + rotation + grace;
  });
}

std::vector<salt_period> salt_schedule::upcoming(std::size_t count, std::int64_t now_seconds,
                                                 core::random_source& random) {
  advance(now_seconds, count - 1, random);
  auto first = periods_.begin();
  while (std::next(first) != periods_.end() && std::next(first)->since <= now_seconds) ++first;
  std::vector<salt_period> salts;
  for (auto at = first; at != periods_.end() && salts.size() < count; ++at)
    salts.push_back({at->since, at->since + rotation + grace, at->salt});
  return salts;
}

salt_store::salt_store(std::int64_t initial, std::vector<salt_period> known)
    : salt_(initial), known_(std::move(known)) {
  std::ranges::sort(known_, {}, &salt_period::valid_since);
  //= SM-17
  const auto stored = std::ranges::find(known_, initial, &salt_period::salt);
  if (stored != known_.end()) until_ = stored->valid_until;
}

std::int64_t salt_store::current(std::int64_t server_seconds) {
  if (salt_ != 0 && (!until_ || server_seconds < *until_ - salt_margin.count())) return salt_;
  const salt_period* best = nullptr;
  for (const salt_period& candidate : known_) {
    const bool good = candidate.valid_since <= server_seconds &&
                      server_seconds < candidate.valid_until - salt_margin.count();
    if (good && (best == nullptr || candidate.valid_until > best->valid_until)) best = &candidate;
  }
  if (best != nullptr) {
    salt_ = best->salt;
    until_ = best->valid_until;
  }
  return salt_;
}

bool salt_store::corrected(std::int64_t salt, std::int64_t server_seconds) {
  const bool changed = salt != salt_;
  const auto listed = std::ranges::find(known_, salt, &salt_period::salt);
  if (listed != known_.end() && listed->valid_since <= server_seconds &&
      server_seconds < listed->valid_until - salt_margin.count()) {
    until_ = listed->valid_until;
  } else {
    // What the server has now is on every list that is not out of date: it began a new one.
    known_.clear();
    if (changed || !until_ || *until_ <= server_seconds + salt_margin.count())
      until_ = server_seconds + corrected_salt_lifetime.count();
  }
  salt_ = salt;
  return changed;
}

void salt_store::learned(std::vector<salt_period> salts, std::int64_t server_seconds) {
  known_ = std::move(salts);
  std::erase_if(known_, [&](const salt_period& one) { return one.valid_until <= server_seconds; });
  std::ranges::sort(known_, {}, &salt_period::valid_since);
  const auto listed = std::ranges::find(known_, salt_, &salt_period::salt);
  if (listed != known_.end())
    until_ = listed->valid_until;
  else if (!until_)
    until_ = server_seconds + corrected_salt_lifetime.count();
}

bool salt_store::wants_more(std::int64_t server_seconds) const noexcept {
  return std::ranges::none_of(known_, [&](const salt_period& one) {
    return one.valid_until > server_seconds + salt_reserve.count();
  });
}

}  // namespace corogram::mtproto

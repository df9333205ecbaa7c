#include <corogram/rpc/backoff.hpp>

#include <algorithm>

namespace corogram::rpc {

std::chrono::nanoseconds backoff::next(core::random_source& random) noexcept {
  const std::int64_t maximum = std::max<std::int64_t>(options_.maximum.count(), 0);
  std::int64_t step = std::clamp<std::int64_t>(options_.initial.count(), 0, maximum);
  for (std::uint32_t i = 0; i < failures_ && step > 0 && step < maximum; ++i)
    step = step > maximum / 2 ? maximum : step * 2;
  ++failures_;

  const std::int64_t half = step / 2;
  const std::uint64_t spread = static_cast<std::uint64_t>(step - half) + 1;
  return std::chrono::nanoseconds(
      half + static_cast<std::int64_t>(random.integer<std::uint64_t>() % spread));
}

}  // namespace corogram::rpc

#include <corogram/rpc/stage.hpp>

#include <algorithm>

namespace corogram::rpc {

std::string_view to_string(stage_kind value) noexcept {
  switch (value) {
    case stage_kind::connecting:
      return "connecting";
    case stage_kind::connected:
      return "connected";
    case stage_kind::key_exchange:
      return "key_exchange";
    case stage_kind::key_agreed:
      return "key_agreed";
    case stage_kind::key_bound:
      return "key_bound";
    case stage_kind::session_created:
      return "session_created";
    case stage_kind::ready:
      return "ready";
    case stage_kind::answered:
      return "answered";
    case stage_kind::disconnected:
      return "disconnected";
    case stage_kind::pausing:
      return "pausing";
    case stage_kind::ignored:
      return "ignored";
  }
  return "unknown";
}

std::string to_milliseconds(std::chrono::nanoseconds duration) {
  const auto microseconds = std::chrono::duration_cast<std::chrono::microseconds>(duration).count();
  std::string fraction = std::to_string(microseconds % 1000);
  fraction.insert(0, 3 - std::min<std::size_t>(fraction.size(), 3), '0');
  return std::to_string(microseconds / 1000) + "." + fraction + " ms";
}

}  // namespace corogram::rpc

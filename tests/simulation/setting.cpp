#include "setting.hpp"

#include <cinttypes>
#include <cstdio>

namespace corogram::simulation {
namespace {

constexpr std::size_t breaches_kept = 20;

}  // namespace

std::string seconds_text(nanoseconds time) {
  char text[40];
  const auto microseconds = std::chrono::duration_cast<std::chrono::microseconds>(time).count();
  std::snprintf(text, sizeof text, "%" PRId64 ".%06" PRId64, std::int64_t{microseconds} / 1'000'000,
                std::int64_t{microseconds} % 1'000'000);
  return text;
}

void setting::log(std::string_view who, std::string_view what) const {
  if (!sink) return;
  const std::string at = seconds_text(time.now());
  std::string line(at.size() < 12 ? 12 - at.size() : 0, ' ');
  line += at;
  line += "  ";
  line += who;
  line.append(who.size() < 18 ? 18 - who.size() : 0, ' ');
  line += "  ";
  line += what;
  sink(line);
}

void setting::inject(fault kind, std::string_view what) {
  counts.count(kind);
  if (!logging()) return;
  std::string text(name_of(kind));
  if (!what.empty()) text += ": " + std::string(what);
  log("** fault", text);
}

void setting::broken(std::string_view invariant, std::string what) {
  if (logging()) log("!! broken", std::string(invariant) + ": " + what);
  if (breaches.size() < breaches_kept)
    breaches.push_back({std::string(invariant), std::move(what), time.now()});
}

}  // namespace corogram::simulation

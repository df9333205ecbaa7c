#pragma once

// What all parts of one run share: time, chance, counts, the log, and the list of broken rules.

#include "clockwork.hpp"
#include "dice.hpp"
#include "scenario.hpp"
#include "tally.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace corogram::simulation {

/// A rule that was broken.
struct breach {
  /// The invariant, in a few words that are the same each time.
  std::string invariant;
  std::string what;
  nanoseconds at{};
};

/// Receives the lines of the message log. Empty: nobody reads it.
using log_sink = std::function<void(std::string_view)>;

/// The setting of one run.
struct setting {
  setting(const scenario& plan_, log_sink sink_)
      : plan(plan_), fate(plan_.seed ^ 0x6661'7465u), sink(std::move(sink_)) {}

  const scenario& plan;
  clockwork time;
  /// Decides what the world does, and nothing inside the machines.
  dice fate;
  tally counts;
  log_sink sink;
  std::vector<breach> breaches;
  /// Faults are over: what is left to do has to succeed.
  bool calm = false;

  /// logging says whether it is worth while to compose a line.
  [[nodiscard]] bool logging() const noexcept { return static_cast<bool>(sink); }
  /// log writes one line of the message log.
  void log(std::string_view who, std::string_view what) const;
  /// inject counts a fault and logs it.
  void inject(fault kind, std::string_view what = {});
  /// breach notes that a rule was broken. Of many the first are kept.
  void broken(std::string_view invariant, std::string what);
  /// require notes a broken rule unless `holds`.
  void require(bool holds, std::string_view invariant, std::string_view what) {
    if (!holds) broken(invariant, std::string(what));
  }
};

/// seconds_text prints a time as "12.345678".
[[nodiscard]] std::string seconds_text(nanoseconds time);

}  // namespace corogram::simulation

#pragma once

// How the shell tells people what happens. The machines do not log: they return events.

#include <functional>
#include <string_view>

namespace corogram::core {

enum class log_level { debug, info, warning, error };

/// Receives one line without a line end. Empty: nothing is logged.
/// Secrets never reach it: their types print as "***".
using log_sink = std::function<void(log_level, std::string_view)>;

/// log hands `line` to `sink` if there is one.
inline void log(const log_sink& sink, log_level level, std::string_view line) {
  if (sink) sink(level, line);
}

}  // namespace corogram::core

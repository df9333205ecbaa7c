#pragma once

// The subcommands of `corogram`. Each adds itself to the command line and, if chosen, says how the
// program ends.

#include <functional>

namespace CLI {
class App;
}

namespace corogram::tools {

/// Runs a subcommand; returns an exit_code.
using command = std::function<int()>;

/// Each adds one subcommand to `app`; `chosen` is set to its body when the command line names it.
void add_call(CLI::App& app, command& chosen);
void add_demo(CLI::App& app, command& chosen);
void add_serve(CLI::App& app, command& chosen);

}  // namespace corogram::tools

#pragma once

namespace corogram::bench {

/// run_and_report runs all registered rows and reports them under their own names: on the screen,
/// and `to_file` if Google Benchmark's options name one. Returns whether there were any.
bool run_and_report(bool to_file);

}  // namespace corogram::bench

#include "support/reporters.hpp"

#include <benchmark/benchmark.h>

#include <string>
#include <vector>

namespace corogram::bench {

namespace {

using run_result = benchmark::BenchmarkReporter::Run;

// The statistic `best` is the least of each value. Of the counters that come from the median sample
// of a repetition, the least is not the best sample's.
void make_best(run_result& run) {
  auto& counters = run.counters;
  const auto take = [&](const char* name, const char* best) {
    if (counters.contains(name)) counters[name] = counters[best];
  };
  take("cycles_per_byte", "best_cycles_per_byte");
  take("cycles", "best_cycles");
  if (counters.contains("of_bound")) {
    const char* const of = counters.contains("cycles") ? "cycles" : "cycles_per_byte";
    counters["of_bound"] = counters["bound"].value / counters[of].value;
  }
  const double seconds = counters["best_ns"] * 1e-9;
  if (counters.contains("bytes_per_second"))
    counters["bytes_per_second"].value = counters["bytes"] / seconds;
  run.real_accumulated_time = seconds * static_cast<double>(run.iterations);
}

// Without the settings that Google Benchmark adds to a name, and with the time of the work in the
// place of the processor time, which here is that of everything around the samples too.
std::vector<run_result> presentable(const std::vector<run_result>& runs) {
  std::vector<run_result> made = runs;
  for (run_result& run : made) {
    const std::string name = run.run_name.function_name;
    run.run_name = {};
    run.run_name.function_name = name;
    if (run.aggregate_name == "best" && !run.error_occurred) make_best(run);
    if (run.aggregate_name != "cv") run.cpu_accumulated_time = run.real_accumulated_time;
  }
  return made;
}

template <class Reporter>
struct under_own_names final : Reporter {
  using Reporter::Reporter;
  void ReportRuns(const std::vector<run_result>& runs) override {
    Reporter::ReportRuns(presentable(runs));
  }
};

}  // namespace

bool run_and_report(bool to_file) {
  under_own_names<benchmark::ConsoleReporter> display;
  under_own_names<benchmark::JSONReporter> file;
  return benchmark::RunSpecifiedBenchmarks(&display, to_file ? &file : nullptr, ".") != 0;
}

}  // namespace corogram::bench

#include "support/suite.hpp"

#include <algorithm>

namespace corogram::bench {

void expect_equal(core::byte_view made, core::byte_view expected) {
  if (made.size() != expected.size()) throw unequal("the result has another length");
  const auto at = std::ranges::mismatch(made, expected).in1 - made.begin();
  if (static_cast<std::size_t>(at) != made.size())
    throw unequal("the result differs at byte " + std::to_string(at));
}

effort suite::how() const {
  return quick_ ? effort{.samples = 1, .sample_time = 0, .budget = 0} : effort{};
}

void suite::enter(const std::string& name, std::function<void(benchmark::State&)> run) {
  if (!std::regex_search(name, filter_)) return;
  const auto guarded = [this, run = std::move(run)](benchmark::State& state) {
    try {
      state.SetLabel(COROGRAM_COMPILER);
      run(state);
    } catch (const unequal& difference) {
      failed_ = true;
      state.SkipWithError(difference.what());
    }
  };
  const auto least = [](const std::vector<double>& of) { return std::ranges::min(of); };
  benchmark::RegisterBenchmark(name.c_str(), guarded)
      ->Iterations(1)
      ->UseManualTime()
      ->ComputeStatistics("best", least);
}

void suite::report(benchmark::State& state, const work_size& size, std::vector<sample> samples) {
  std::ranges::sort(samples, {}, &sample::cycles);
  const sample median = samples[samples.size() / 2];
  const sample best = samples.front();

  state.SetIterationTime(median.nanoseconds * 1e-9);
  auto& counters = state.counters;
  const double parts = size.bytes == 0 ? 1 : static_cast<double>(size.bytes);
  counters[size.bytes == 0 ? "cycles" : "cycles_per_byte"] = median.cycles / parts;
  counters[size.bytes == 0 ? "best_cycles" : "best_cycles_per_byte"] = best.cycles / parts;
  counters["best_ns"] = best.nanoseconds;
  counters["clock_ghz"] = median.cycles / median.nanoseconds;
  if (size.bytes != 0) {
    counters["bytes"] = parts;
    state.SetBytesProcessed(static_cast<std::int64_t>(size.bytes));
  }
  if (size.messages != 0) counters["messages"] = static_cast<double>(size.messages);
  if (size.bound != 0) {
    counters["bound"] = size.bound;
    counters["of_bound"] = size.bound / (median.cycles / parts);
  }
}

void suite::report_each(benchmark::State& state, std::vector<sample> samples) {
  std::ranges::sort(samples, {}, &sample::cycles);
  const sample median = samples[samples.size() / 2];
  state.SetIterationTime(median.nanoseconds * 1e-9);
  auto& counters = state.counters;
  counters["cycles"] = median.cycles;
  // The best of a repetition would be its easiest thing, so the statistic takes the best
  // repetition.
  counters["best_cycles"] = median.cycles;
  counters["best_ns"] = median.nanoseconds;
  counters["clock_ghz"] = median.cycles / median.nanoseconds;
  counters["p99_ns"] = samples[samples.size() * 99 / 100].nanoseconds;
}

}  // namespace corogram::bench

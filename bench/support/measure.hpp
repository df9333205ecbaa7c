#pragma once

// How a piece of work is timed: many short samples, each between two looks at the core's clock.
//
// On a shared machine some samples meet a neighbour. Short ones mostly do not, so the best sample
// is what the code can do, and the median what it did.

#include "support/clock.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace corogram::bench {

/// The time of one call.
struct sample {
  double nanoseconds;
  double cycles;
};

/// How thoroughly to measure.
struct effort {
  int samples = 15;
  /// A sample calls the work as often as fits into this time, at least once. Units: nanoseconds.
  double sample_time = 40e3;
  /// After this time no further sample begins, once there are three. Units: nanoseconds.
  double budget = 50e6;
};

namespace detail {

template <class Work>
double time_of(Work& work, int calls) {
  const double begin = now();
  for (int i = 0; i < calls; ++i) {
    work();
    benchmark::ClobberMemory();
  }
  return now() - begin - clock_cost();
}

/// calls_per_sample also warms up caches and branch predictors.
template <class Work>
int calls_per_sample(Work& work, double sample_time) {
  int calls = 1;
  double time = time_of(work, calls);
  while (time < sample_time / 4 && calls < 1 << 20) time = time_of(work, calls *= 2);
  return std::max(1, static_cast<int>(sample_time / time * calls));
}

}  // namespace detail

/// measure times `work`, a function without arguments. Returns one sample at least.
template <class Work>
std::vector<sample> measure(Work& work, const effort& how) {
  const double begin = now();
  const int calls = detail::calls_per_sample(work, how.sample_time);
  std::vector<sample> samples;
  const auto goes_on = [&] {
    const int count = static_cast<int>(samples.size());
    return count < how.samples && (count < 3 || now() - begin < how.budget);
  };
  for (int attempt = 1; goes_on(); ++attempt) {
    const long interruptions = times_interrupted();
    const double before = core_clock();
    const double time = detail::time_of(work, calls);
    const double after = core_clock();
    // A clock that changes in between says nothing. But where nothing holds still this must do.
    const bool steady = std::abs(before - after) < 0.01 * after;
    const bool usable = steady && times_interrupted() == interruptions;
    if (usable || attempt > 2 * how.samples || now() - begin > 2 * how.budget)
      samples.push_back({time / calls, time / calls * std::max(before, after)});
  }
  return samples;
}

/// measure_each times work(0) to work(count - 1) once each, after a first call to warm up. What was
/// interrupted is timed again, a few times at most: the slowest shall be slow by themselves.
template <class Work>
std::vector<sample> measure_each(Work& work, int count) {
  constexpr int most_attempts = 5;
  work(0);
  std::vector<sample> samples;
  double before = core_clock();
  for (int i = 0; i < count; ++i) {
    const auto one = [&] { work(i); };
    sample least{};
    for (int attempt = 0; attempt < most_attempts; ++attempt) {
      const long interruptions = times_interrupted();
      const double time = detail::time_of(one, 1);
      const double after = core_clock();
      const double cycles = time * std::max(before, after);
      before = after;
      if (attempt == 0 || cycles < least.cycles) least = {time, cycles};
      if (times_interrupted() == interruptions) break;
    }
    samples.push_back(least);
  }
  return samples;
}

}  // namespace corogram::bench

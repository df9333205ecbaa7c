#pragma once

// Seeds on all processors: a process for each, so that a seed that crashes or hangs is only one
// more failure.

#include "tally.hpp"
#include "world.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace corogram::simulation {

/// Which seeds, and how.
struct job_options {
  std::uint64_t first = 1;
  std::uint64_t seeds = 100;
  unsigned jobs = 2;
  /// How many failures end it all.
  std::size_t failures = 1;
  /// A seed that takes longer hangs.
  std::chrono::seconds patience{120};
};

/// How a seed failed.
struct failed_seed {
  std::uint64_t seed = 0;
  /// Of a worker that did not survive it: how that ended. Else empty.
  std::string ending;
};

/// What many seeds came to.
struct job_report {
  std::uint64_t seeds = 0;
  tally counts;
  std::chrono::nanoseconds simulated{};
  std::uint64_t steps = 0;
  std::chrono::nanoseconds real{};
  std::vector<failed_seed> failures;
};

/// run_seeds plays the seeds. `progress` is called now and then with what there is so far.
job_report run_seeds(const job_options& options,
                     const std::function<void(const job_report&)>& progress);

}  // namespace corogram::simulation

#pragma once

// The rows of a benchmark: what they are called, what they are measured against, how they run.
//
// A row is named subject/operation/kernel/bytes, as in ige/encrypt/aesni/16384. It is prepared and
// compared with another implementation before each of its repetitions; one that differs fails the
// whole program. A repetition takes some samples and reports
//
//   real_time              the median sample, of one call of the work
//   cycles_per_byte        the same in cycles of the core; `cycles` where the work is no bytes
//   best_cycles_per_byte   the best sample; `best_cycles`, and `best_ns` of time
//   bound, of_bound        what the machine allows, in the same unit; bound / measured
//   bytes, messages        of one call of the work
//   p99_ns                 of rows that time many different things: the slowest but one percent
//
// Calls follow each other without a pause. What a core can begin of the next call before the last
// one is done it does, so that short messages can come out a little better than the latency of one.

#include "support/measure.hpp"

#include <corogram/core/bytes.hpp>

#include <benchmark/benchmark.h>

#include <cstddef>
#include <functional>
#include <regex>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace corogram::bench {

/// Thrown where a row's results are not equal to the other implementation's.
struct unequal : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// expect_equal throws `unequal` where the bytes differ.
void expect_equal(core::byte_view made, core::byte_view expected);

/// What one call of a row's work does.
struct work_size {
  /// Of all messages together; 0 for work that is no matter of bytes.
  std::size_t bytes = 0;
  /// Units: cycles per byte, or cycles where there are no bytes. 0 where nothing is known.
  double bound = 0;
  /// 0 where the row is not about messages.
  std::size_t messages = 0;
};

/// The sizes that rows of single streams run on.
inline constexpr std::size_t stream_sizes[] = {16,    64,    256,    1024,   4096,
                                               16384, 65536, 262144, 1048576};

/// join makes a row's name.
template <class... Parts>
std::string join(const Parts&... parts) {
  std::string name;
  const auto append = [&](const auto& part) {
    if (!name.empty()) name += '/';
    if constexpr (std::is_integral_v<std::remove_cvref_t<decltype(part)>>)
      name += std::to_string(part);
    else
      name += part;
  };
  (append(parts), ...);
  return name;
}

class suite {
 public:
  /// Takes only the rows whose name matches `filter`. A quick one makes a single call of each.
  suite(const std::string& filter, bool quick) : filter_(filter), quick_(quick) {}

  /// add registers a row. `prepare` is called before each repetition, makes what the work needs,
  /// throws `unequal` if the work does not do what it should, and returns it: a function without
  /// arguments.
  template <class Prepare>
  void add(const std::string& name, const work_size& size, Prepare prepare) {
    enter(name, [this, size, prepare = std::move(prepare)](benchmark::State& state) {
      auto work = prepare();
      for (auto _ : state) report(state, size, measure(work, how()));
    });
  }

  /// add_each registers a row about `count` different things, each of which takes some microseconds
  /// at least. `prepare` returns a function of the number of one, from 0 on, which handles it. Each
  /// is timed once in a repetition, whose result is the median of them all.
  template <class Prepare>
  void add_each(const std::string& name, int count, Prepare prepare) {
    enter(name, [this, count, prepare = std::move(prepare)](benchmark::State& state) {
      auto work = prepare();
      for (auto _ : state) report_each(state, measure_each(work, quick_ ? 1 : count));
    });
  }

  [[nodiscard]] bool failed() const { return failed_; }

 private:
  [[nodiscard]] effort how() const;
  void enter(const std::string& name, std::function<void(benchmark::State&)> run);
  static void report(benchmark::State& state, const work_size& size, std::vector<sample> samples);
  static void report_each(benchmark::State& state, std::vector<sample> samples);

  std::regex filter_;
  bool quick_;
  bool failed_ = false;
};

}  // namespace corogram::bench

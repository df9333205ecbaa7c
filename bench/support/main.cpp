// The program of all benchmarks. It takes Google Benchmark's options, and
//
//   --quick     makes one call of each row, after comparing its results: a test, no measurement
//
// and, alone, some questions of the script around it:
//
//   --clock     the core's clock of this moment, in GHz
//   --compiler  what it was made with
//   --vector    what IGE makes of a text, for programs in other languages to agree with

#include "subjects.hpp"
#include "support/clock.hpp"
#include "support/limits.hpp"
#include "support/reporters.hpp"
#include "support/suite.hpp"
#include "support/vector.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <iostream>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace corogram::bench {

#define DECLARE(subject) void subject(suite& rows);
COROGRAM_BENCH_SUBJECTS(DECLARE)
#undef DECLARE

namespace {

void add_all(suite& rows) {
#define CALL(subject) subject(rows);
  COROGRAM_BENCH_SUBJECTS(CALL)
#undef CALL
}

void add_context() {
  benchmark::AddCustomContext("compiler", COROGRAM_COMPILER);
  const limits& found = machine_limits();
  const auto add = [](const char* name, double cycles) {
    if (cycles != 0) benchmark::AddCustomContext(name, std::to_string(cycles));
  };
  add("aes256_latency", found.aes_latency);
  add("aes256_throughput", found.aes_throughput);
  add("sha256_latency", found.sha256_latency);
  add("sha256_throughput", found.sha256_throughput);
  add("sha1_latency", found.sha1_latency);
}

int run(std::vector<std::string> arguments) {
  const bool quick = std::erase(arguments, "--quick") != 0;
  const bool to_file = std::ranges::any_of(arguments, [](std::string_view argument) {
    return argument.starts_with("--benchmark_out=");
  });
  // Ours come first, so that what the user says prevails. The repetitions of all rows are mixed:
  // each row is then measured at several moments, and not all of them are bad ones.
  arguments.insert(arguments.begin() + 1,
                   {quick ? "--benchmark_repetitions=1" : "--benchmark_repetitions=5",
                    quick ? "--benchmark_enable_random_interleaving=false"
                          : "--benchmark_enable_random_interleaving=true"});
  std::vector<char*> pointers;
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  int count = static_cast<int>(pointers.size());
  benchmark::Initialize(&count, pointers.data());
  if (benchmark::ReportUnrecognizedArguments(count, pointers.data())) return 2;

  std::optional<suite> rows;
  try {
    rows.emplace(benchmark::GetBenchmarkFilter(), quick);
  } catch (const std::regex_error& error) {
    std::cerr << "the filter is no regular expression: " << error.what() << '\n';
    return 2;
  }
  add_all(*rows);
  add_context();
  return run_and_report(to_file) && !rows->failed() ? 0 : 1;
}

void print_clock() {
  std::array<double, 501> looks;
  std::ranges::generate(looks, core_clock);
  std::ranges::nth_element(looks, looks.begin() + looks.size() / 2);
  std::printf("%.4f\n", looks[looks.size() / 2]);
}

// Answers one of the questions above; returns whether it is one.
bool print(const std::string& question) {
  if (question == "--clock")
    print_clock();
  else if (question == "--compiler")
    std::puts(COROGRAM_COMPILER);
  else if (question == "--vector")
    print_ige_vector();
  else
    return false;
  return true;
}

}  // namespace
}  // namespace corogram::bench

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv, argv + argc);
  if (arguments.size() == 2 && corogram::bench::print(arguments[1])) return 0;
  return corogram::bench::run(arguments);
}

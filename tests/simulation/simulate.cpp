// The program: many seeds and what they came to, or one seed with its message log.

#include "workers.hpp"

#include <CLI/CLI.hpp>
#include <unistd.h>

#include <cstdio>
#include <deque>
#include <iostream>
#include <string>
#include <thread>

namespace corogram::simulation {
namespace {

constexpr int exit_success = 0;
constexpr int exit_failure = 1;
constexpr int exit_usage = 2;

constexpr const char* examples = R"(Examples:
  simulate                      100 seeds
  simulate --seeds 10000        as many as a release has to pass
  simulate --seed 4711 --log    one seed, each message in both directions, and the faults
  simulate --seeds 500 --first 20000 --json

Each seed is a run of its own: which clients there are, which faults befall them and when, and every
random number of the protocol follow from it. Exit codes: 0 every invariant held; 1 one was broken;
2 wrong command line.)";

struct choice {
  job_options jobs;
  std::optional<std::uint64_t> seed;
  bool log = false;
  bool json = false;
};

double seconds(std::chrono::nanoseconds time) {
  return std::chrono::duration<double>(time).count();
}

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (static_cast<unsigned char>(c) >= 0x20) out += c;
  }
  return out + '"';
}

void print_json_counts(const tally& counts) {
  std::cout << ",\"faults\":{";
  for (std::size_t i = 0; i < fault_count; ++i)
    std::cout << (i == 0 ? "" : ",") << quoted(name_of(static_cast<fault>(i))) << ':'
              << counts.faults[i];
  std::cout << "},\"happenings\":{";
  for (std::size_t i = 0; i < happening_count; ++i)
    std::cout << (i == 0 ? "" : ",") << quoted(name_of(static_cast<happening>(i))) << ':'
              << counts.happenings[i];
  std::cout << '}';
}

void print_json_breaches(const std::vector<breach>& breaches) {
  std::cout << ",\"breaches\":[";
  for (std::size_t i = 0; i < breaches.size(); ++i)
    std::cout << (i == 0 ? "" : ",") << "{\"invariant\":" << quoted(breaches[i].invariant)
              << ",\"at\":" << seconds(breaches[i].at) << ",\"what\":" << quoted(breaches[i].what)
              << '}';
  std::cout << ']';
}

void print_counts(const tally& counts) {
  std::printf("\n%-40s %12s\n", "fault", "injected");
  for (std::size_t i = 0; i < fault_count; ++i)
    std::printf("%-40s %12llu\n", std::string(name_of(static_cast<fault>(i))).c_str(),
                static_cast<unsigned long long>(counts.faults[i]));
  std::printf("\n%-40s %12s\n", "what happened", "times");
  for (std::size_t i = 0; i < happening_count; ++i)
    std::printf("%-40s %12llu\n", std::string(name_of(static_cast<happening>(i))).c_str(),
                static_cast<unsigned long long>(counts.happenings[i]));
  std::fflush(stdout);
}

void print_breaches(const verdict& result) {
  for (const breach& one : result.breaches)
    std::cout << "seed " << result.seed << " breaks: " << one.invariant << "\n  at "
              << seconds_text(one.at) << " s: " << one.what << '\n';
}

/// Plays a seed again that has failed, and shows what led to it.
void explain(const failed_seed& failure) {
  std::cout << '\n';
  if (!failure.ending.empty()) {
    std::cout << "seed " << failure.seed << " ended its process: " << failure.ending << '\n';
  } else {
    constexpr std::size_t last_lines = 60;
    std::deque<std::string> lines;
    const verdict result = run_seed(failure.seed, [&](std::string_view line) {
      lines.emplace_back(line);
      if (lines.size() > last_lines) lines.pop_front();
    });
    std::cout << "the last of seed " << failure.seed << ":\n";
    for (const std::string& line : lines) std::cout << line << '\n';
    print_breaches(result);
  }
  std::cout << "all of it: ./run simulate --seed " << failure.seed << " --log\n";
}

int run_one(const choice& chosen) {
  log_sink sink;
  if (chosen.log)
    sink = [&](std::string_view line) { (chosen.json ? std::cerr : std::cout) << line << '\n'; };
  const verdict result = run_seed(*chosen.seed, sink);
  if (chosen.json) {
    std::cout << "{\"seed\":" << result.seed
              << ",\"simulated_seconds\":" << seconds(result.simulated)
              << ",\"steps\":" << result.steps;
    print_json_breaches(result.breaches);
    print_json_counts(result.counts);
    std::cout << "}\n";
  } else {
    print_breaches(result);
    print_counts(result.counts);
    std::cout << "\nseed " << result.seed << ": "
              << (result.breaches.empty() ? "every invariant held" : "BROKEN") << ", "
              << seconds_text(result.simulated) << " s simulated\n";
  }
  return result.breaches.empty() ? exit_success : exit_failure;
}

void show_progress(const job_report& report, const job_options& jobs) {
  std::fprintf(stderr, "\r%llu of %llu seeds, %.1f a second, %zu failed ",
               static_cast<unsigned long long>(report.seeds),
               static_cast<unsigned long long>(jobs.seeds),
               static_cast<double>(report.seeds) / std::max(seconds(report.real), 0.001),
               report.failures.size());
}

void print_report_json(const job_report& report) {
  std::cout << "{\"seeds\":" << report.seeds << ",\"failed\":[";
  for (std::size_t i = 0; i < report.failures.size(); ++i)
    std::cout << (i == 0 ? "" : ",") << report.failures[i].seed;
  std::cout << "],\"real_seconds\":" << seconds(report.real)
            << ",\"simulated_seconds\":" << seconds(report.simulated)
            << ",\"steps\":" << report.steps;
  if (!report.failures.empty() && report.failures.front().ending.empty())
    print_json_breaches(run_seed(report.failures.front().seed).breaches);
  print_json_counts(report.counts);
  std::cout << "}\n";
}

int run_many(const choice& chosen) {
  const bool on_terminal = isatty(STDERR_FILENO) != 0;
  const job_report report = run_seeds(chosen.jobs, [&](const job_report& so_far) {
    if (on_terminal) show_progress(so_far, chosen.jobs);
  });
  if (on_terminal) std::fprintf(stderr, "\r\033[K");
  if (chosen.json) {
    print_report_json(report);
  } else {
    print_counts(report.counts);
    for (const failed_seed& failure : report.failures) explain(failure);
    const double real = std::max(seconds(report.real), 0.001);
    std::printf("\n%llu seeds, %zu failed; %.1f s, %.1f seeds/s, %.0f simulated seconds/s\n",
                static_cast<unsigned long long>(report.seeds), report.failures.size(), real,
                static_cast<double>(report.seeds) / real, seconds(report.simulated) / real);
  }
  return report.failures.empty() ? exit_success : exit_failure;
}

int main(int argc, char** argv) {
  choice chosen;
  chosen.jobs.jobs = std::max(1u, std::thread::hardware_concurrency());
  CLI::App app("Whole clients and servers on a virtual clock, with a faulty network between them",
               "simulate");
  app.footer(examples);
  app.add_option("--seeds", chosen.jobs.seeds, "How many seeds")->capture_default_str();
  app.add_option("--first", chosen.jobs.first, "The first of them")->capture_default_str();
  auto* const seed = app.add_option("--seed", chosen.seed, "This one alone");
  app.add_flag("--log", chosen.log, "Print its message log")->needs(seed);
  app.add_option("--jobs", chosen.jobs.jobs, "Processes")
      ->check(CLI::Range(1u, 256u))
      ->capture_default_str();
  app.add_option("--failures", chosen.jobs.failures, "Stop after so many failed seeds")
      ->check(CLI::Range(1u, 1'000'000u))
      ->capture_default_str();
  app.add_flag("--json", chosen.json, "One JSON object instead of text");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? exit_success : exit_usage;
  }
  return chosen.seed ? run_one(chosen) : run_many(chosen);
}

}  // namespace
}  // namespace corogram::simulation

int main(int argc, char** argv) {
  return corogram::simulation::main(argc, argv);
}

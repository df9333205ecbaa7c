#include "workers.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <stdexcept>
#include <type_traits>

namespace corogram::simulation {
namespace {

using real_clock = std::chrono::steady_clock;

/// What a worker writes about each seed: in one piece, since it fits into a pipe's buffer.
struct record {
  std::uint64_t seed = 0;
  std::int64_t simulated = 0;
  std::uint64_t steps = 0;
  std::uint64_t failed = 0;
  tally counts;
};
static_assert(std::is_trivially_copyable_v<record> && sizeof(record) < 4096);

struct worker {
  pid_t process = -1;
  int pipe = -1;
  /// The seed that it is busy with.
  std::uint64_t seed = 0;
  real_clock::time_point since;
};

[[noreturn]] void work(int pipe, std::uint64_t seed, std::uint64_t end, unsigned step) {
  for (; seed < end; seed += step) {
    const verdict result = run_seed(seed);
    const record one{seed, result.simulated.count(), result.steps,
                     result.breaches.empty() ? 0u : 1u, result.counts};
    if (write(pipe, &one, sizeof one) != sizeof one) break;
  }
  _exit(0);
}

worker start(std::uint64_t seed, std::uint64_t end, unsigned step) {
  int ends[2];
  if (pipe(ends) != 0) throw std::runtime_error("no pipe");
  worker fresh;
  fresh.seed = seed;
  fresh.since = real_clock::now();
  fresh.process = fork();
  if (fresh.process < 0) throw std::runtime_error("no process");
  if (fresh.process == 0) {
    close(ends[0]);
    work(ends[1], seed, end, step);
  }
  close(ends[1]);
  fresh.pipe = ends[0];
  return fresh;
}

/// Waits for a worker that has ended, and says how.
std::string ending_of(worker& one) {
  close(one.pipe);
  int status = 0;
  waitpid(one.process, &status, 0);
  if (WIFSIGNALED(status)) return "signal " + std::to_string(WTERMSIG(status));
  if (WEXITSTATUS(status) != 0) return "exit code " + std::to_string(WEXITSTATUS(status));
  return {};
}

class crew {
 public:
  crew(const job_options& options, const std::function<void(const job_report&)>& progress)
      : options_(options), progress_(progress), end_(options.first + options.seeds) {}

  job_report run() {
    begin_ = real_clock::now();
    for (unsigned i = 0; i < options_.jobs; ++i) hire(options_.first + i);
    while (!workers_.empty() && report_.failures.size() < options_.failures) {
      listen();
      report_.real = real_clock::now() - begin_;
      progress_(report_);
    }
    for (worker& one : workers_) {
      kill(one.process, SIGKILL);
      static_cast<void>(ending_of(one));
    }
    std::ranges::sort(report_.failures, {}, &failed_seed::seed);
    return report_;
  }

 private:
  void hire(std::uint64_t seed) {
    if (seed < end_) workers_.push_back(start(seed, end_, options_.jobs));
  }

  void listen() {
    std::vector<pollfd> pipes;
    for (const worker& one : workers_) pipes.push_back({one.pipe, POLLIN, 0});
    constexpr int tick_ms = 500;
    if (poll(pipes.data(), pipes.size(), tick_ms) < 0 && errno != EINTR)
      throw std::runtime_error("poll");
    for (std::size_t i = pipes.size(); i-- > 0;) {
      if ((pipes[i].revents & (POLLIN | POLLHUP)) != 0)
        hear(i);
      else if (real_clock::now() - workers_[i].since > options_.patience)
        lose(i, "it hangs");
    }
  }

  void hear(std::size_t index) {
    worker& from = workers_[index];
    record one;
    const ssize_t size = read(from.pipe, &one, sizeof one);
    if (size != sizeof one) return lose(index, {});
    ++report_.seeds;
    report_.counts.add(one.counts);
    report_.simulated += std::chrono::nanoseconds(one.simulated);
    report_.steps += one.steps;
    if (one.failed != 0) report_.failures.push_back({one.seed, {}});
    from.seed += options_.jobs;
    from.since = real_clock::now();
  }

  /// A worker is through, or it did not survive its seed.
  void lose(std::size_t index, std::string why) {
    worker gone = workers_[index];
    workers_.erase(workers_.begin() + static_cast<std::ptrdiff_t>(index));
    if (!why.empty()) kill(gone.process, SIGKILL);
    const std::string ending = ending_of(gone);
    if (why.empty()) why = ending;
    if (why.empty()) return;
    ++report_.seeds;
    report_.failures.push_back({gone.seed, why});
    hire(gone.seed + options_.jobs);
  }

  job_options options_;
  const std::function<void(const job_report&)>& progress_;
  std::uint64_t end_;
  real_clock::time_point begin_;
  std::vector<worker> workers_;
  job_report report_;
};

}  // namespace

job_report run_seeds(const job_options& options,
                     const std::function<void(const job_report&)>& progress) {
  return crew(options, progress).run();
}

}  // namespace corogram::simulation

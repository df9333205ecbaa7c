#include "support/clock.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <limits>

namespace corogram::bench {

namespace {

constexpr int chain_length = 8192;

// Runs the chain and returns how many cycles that takes.
double run_chain() noexcept {
#if defined(__x86_64__)
  // Not additions: their chain, of one cycle each, slows down when the other thread of the core is
  // busy, while these leave the multiplier free two cycles out of three.
  constexpr double latency = 3;
  std::uint64_t link = 3;
  for (int i = 0; i < chain_length / 256; ++i)
    asm volatile(".rept 256\n\timul %0, %0\n\t.endr" : "+r"(link) : : "cc");
#elif defined(__aarch64__)
  // Not multiplications: they take 2 to 5 cycles, depending on the core. These take one on all.
  constexpr double latency = 1;
  std::uint64_t link = 3;
  for (int i = 0; i < chain_length / 256; ++i)
    asm volatile(".rept 256\n\teor %0, %0, #1\n\t.endr" : "+r"(link));
#else
#error "no chain of a known length for this architecture"
#endif
  return latency * chain_length;
}

}  // namespace

double now() noexcept {
  using nanoseconds = std::chrono::duration<double, std::nano>;
  return nanoseconds(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double clock_cost() noexcept {
  static const double cost = [] {
    double least = std::numeric_limits<double>::infinity();
    for (int i = 0; i < 1000; ++i) {
      const double begin = now();
      least = std::min(least, now() - begin);
    }
    return least;
  }();
  return cost;
}

double core_clock() noexcept {
  // Whatever disturbs a chain makes the core look slow, and the work measured with it too good. So
  // the faster of two counts.
  double fastest = 0;
  for (int i = 0; i < 2; ++i) {
    const double begin = now();
    const double cycles = run_chain();
    fastest = std::max(fastest, cycles / (now() - begin - clock_cost()));
  }
  return fastest;
}

long times_interrupted() noexcept {
  rusage usage{};
  ::getrusage(RUSAGE_THREAD, &usage);
  return usage.ru_nivcsw;
}

}  // namespace corogram::bench

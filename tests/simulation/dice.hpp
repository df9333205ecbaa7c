#pragma once

// Chance, from a seed.

#include <corogram/core/random.hpp>

#include <bit>
#include <chrono>
#include <cstdint>

namespace corogram::simulation {

/// Draws what the simulation needs. Not the machines' source of randomness: they have their own.
class dice {
 public:
  explicit dice(std::uint64_t seed) noexcept : random_(seed) {}

  std::uint64_t number() noexcept { return random_.next(); }
  /// below returns a number in [0, bound). Pre: bound > 0.
  std::uint64_t below(std::uint64_t bound) noexcept { return random_.below(bound); }
  /// between returns a number in [least, most].
  std::uint64_t between(std::uint64_t least, std::uint64_t most) noexcept {
    return least + below(most - least + 1);
  }
  bool percent(std::uint64_t chance) noexcept { return below(100) < chance; }
  bool per_mille(std::uint64_t chance) noexcept { return below(1000) < chance; }

  std::chrono::nanoseconds between(std::chrono::nanoseconds least, std::chrono::nanoseconds most) {
    return std::chrono::nanoseconds(static_cast<std::int64_t>(between(
        static_cast<std::uint64_t>(least.count()), static_cast<std::uint64_t>(most.count()))));
  }
  /// wide returns a number up to `most` whose order of magnitude is drawn first: small ones are as
  /// likely as large ones. Pre: most > 0.
  std::uint64_t wide(std::uint64_t most) noexcept {
    const auto bits = static_cast<std::uint64_t>(std::bit_width(most));
    const std::uint64_t cap = std::uint64_t{1} << between(1, bits);
    return below(cap < most ? cap : most) + 1;
  }

 private:
  core::test_random random_;
};

}  // namespace corogram::simulation

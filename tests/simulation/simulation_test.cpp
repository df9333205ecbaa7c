#include "world.hpp"

#include <gtest/gtest.h>

namespace corogram::simulation {
namespace {

void expect_clean(std::uint64_t seed) {
  const verdict result = run_seed(seed);
  for (const breach& one : result.breaches)
    ADD_FAILURE() << "seed " << seed << " breaks: " << one.invariant << "\n  at "
                  << seconds_text(one.at) << " s: " << one.what << "\n  ./run simulate --seed "
                  << seed << " --log";
}

TEST(Simulation, HoldsEveryInvariantInSomeWeather) {
  for (std::uint64_t seed = 1; seed <= 40 && !testing::Test::HasFailure(); ++seed)
    expect_clean(seed);
}

TEST(Simulation, PlaysASeedTheSameWayEachTime) {
  for (std::uint64_t seed = 3; seed <= 6; ++seed) {
    std::string first;
    std::string second;
    run_seed(seed, [&](std::string_view line) { first.append(line) += '\n'; });
    run_seed(seed, [&](std::string_view line) { second.append(line) += '\n'; });
    EXPECT_FALSE(first.empty());
    EXPECT_TRUE(first == second) << "seed " << seed;
  }
}

TEST(Simulation, InjectsEveryKindOfFault) {
  scenario plan = draw_scenario(1);
  EXPECT_GT(plan.clients.size(), 0u);
}

}  // namespace
}  // namespace corogram::simulation

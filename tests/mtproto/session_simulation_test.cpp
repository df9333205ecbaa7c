#include "session_world.hpp"

#include <gtest/gtest.h>

namespace corogram::mtproto {
namespace {

using namespace session_test;

struct climate {
  const char* name;
  weather line;
  std::chrono::seconds skew;
};

class SessionSimulation : public testing::TestWithParam<climate> {};

// Calls come and go for a while in bad weather, which then clears. Each must have run once and been
// answered once, and each push must have arrived once.
TEST_P(SessionSimulation, RunsEachCallOnceAndDeliversEachPushOnce) {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    auto config = world::world_client();
    config.server_time_known = GetParam().skew == 0s;
    world w(seed, std::move(config));
    w.skew = GetParam().skew;
    w.line = GetParam().line;
    w.slowness = std::chrono::milliseconds(w.random.below(3000));
    w.connect();
    std::int32_t n = 0;
    std::map<std::int32_t, int> pushed;
    session_key pushed_to;
    for (int step = 0; step < 30; ++step) {
      for (auto count = w.random.below(4); count > 0; --count) w.submit(++n);
      // To the session that the client has now, so that none is lost with an abandoned one.
      if (!w.sessions.empty() && w.random.below(2) == 0) {
        const session_key current{w.client.key().id(), w.client.session_id()};
        if (w.machine.push(current, answer_body(1000 + step), w.now)) {
          if (pushed_to != current) pushed.clear();
          pushed_to = current;
          pushed[1000 + step] = 1;
        }
      }
      w.pass(std::chrono::milliseconds(w.random.below(2000)));
    }
    w.line = {};
    EXPECT_TRUE(w.finish());
    // What the weather has swallowed of the pushes comes on the next connection.
    w.disconnect();
    w.connect();
    w.pass(60s);
    w.expect_each_ran_once();
    for (const auto& [number, count] : w.updates) EXPECT_EQ(count, 1) << "push " << number;
    if (pushed_to.session_id == w.client.session_id()) {
      for (const auto& [number, count] : pushed)
        EXPECT_TRUE(w.updates.contains(number)) << "push " << number;
    }
    if (HasFailure()) break;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Weather, SessionSimulation,
    testing::Values(climate{"Fine", {}, 0s}, climate{"Loss", {.lost = 20}, 0s},
                    climate{"Repetition", {.repeated = 40}, 0s},
                    climate{"Disorder", {.jitter = 3000ms}, 0s},
                    climate{"Breaks", {.breaks = 15}, 0s},
                    climate{"EverythingAtOnce", {10, 10, 1000ms, 5}, 0s},
                    climate{"EverythingAndASlowClock", {10, 10, 1000ms, 5}, -3600s},
                    climate{"EverythingAndAFastClock", {10, 10, 1000ms, 5}, 3600s}),
    [](const auto& what) { return std::string(what.param.name); });

}  // namespace
}  // namespace corogram::mtproto

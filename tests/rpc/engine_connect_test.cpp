// The engine on its way to a session: addresses, keys, failures, and when it gives up.

#include "keys.hpp"
#include "world.hpp"

#include <corogram/mtproto/errc.hpp>
#include <corogram/rpc/errc.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>

namespace corogram::rpc {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;
using test::host;
using test::reasonable_options;
using test::way;
using test::world;

const std::error_code refused(ECONNREFUSED, std::system_category());

TEST(EngineConnect, ItDoesNothingBeforeItIsAsked) {
  world it;
  it.pass(seconds(100));
  EXPECT_EQ(it.links_opened, 0u);
  EXPECT_EQ(it.client.poll_deadline(), std::nullopt);
}

//= GEN-07 test
TEST(EngineConnect, TheStagesOfAConnectionAreToldInOrder) {
  world it;
  EXPECT_FALSE(it.run_to_end(it.wait_ready()));

  std::vector<stage_kind> kinds;
  for (const stage& passed : it.stages) {
    if (kinds.empty() || kinds.back() != passed.kind) kinds.push_back(passed.kind);
  }
  ASSERT_GE(kinds.size(), 5u);
  kinds.resize(4);
  EXPECT_EQ(kinds, (std::vector{stage_kind::connecting, stage_kind::connected,
                                stage_kind::key_exchange, stage_kind::key_agreed}));
  EXPECT_EQ(it.count(stage_kind::ready), 1u);
  EXPECT_EQ(it.count(stage_kind::session_created), 1u);
  EXPECT_EQ(it.count(stage_kind::disconnected), 0u);
  EXPECT_GE(it.key_changes, 1u);
}

TEST(EngineConnect, EveryFramingLeadsToAnAnswer) {
  for (const auto framing : {transport::framing::abridged, transport::framing::intermediate,
                             transport::framing::padded_intermediate, transport::framing::full}) {
    for (const bool obfuscated : {false, true}) {
      options settings = reasonable_options();
      settings.framing = framing;
      settings.obfuscated = obfuscated;
      world it(std::move(settings));
      EXPECT_FALSE(it.run_to_end(it.call(1))) << to_string(framing);
    }
  }
}

TEST(EngineConnect, AStoredKeyNeedsNoKeyExchange) {
  options settings = test::options_with_key(5);
  settings.public_keys.clear();
  const std::int64_t key_id = settings.key->key.id();
  world it(std::move(settings));
  EXPECT_EQ(it.client.stored()->key.id(), key_id);
  EXPECT_FALSE(it.run_to_end(it.call(1)));
  EXPECT_EQ(it.count(stage_kind::key_exchange), 0u);
  EXPECT_EQ(it.client.stored()->key.id(), key_id);
  EXPECT_EQ(it.links_opened, 1u);
}

TEST(EngineConnect, TheKeyOfOneRunServesTheNext) {
  world first;
  EXPECT_FALSE(first.run_to_end(first.call(1)));
  options settings = reasonable_options();
  settings.key = first.client.stored();
  ASSERT_TRUE(settings.key);
  world second(std::move(settings), 2);
  EXPECT_FALSE(second.run_to_end(second.call(2)));
  EXPECT_EQ(second.count(stage_kind::key_agreed), 0u);
}

TEST(EngineConnect, OptionsThatCannotWorkEndTheFirstOperation) {
  options nowhere = reasonable_options();
  nowhere.endpoints.clear();
  options nobody = reasonable_options();
  nobody.public_keys.clear();
  for (options* settings : {&nowhere, &nobody}) {
    world it(std::move(*settings));
    EXPECT_EQ(it.run_to_end(it.call(1)), errc::bad_options);
    EXPECT_EQ(it.run_to_end(it.wait_ready()), errc::bad_options);
    EXPECT_EQ(it.client.stopped(), errc::bad_options);
    EXPECT_EQ(it.client.poll_deadline(), std::nullopt);
  }
}

TEST(EngineConnect, AKeyThatTheServerDoesNotHaveIsFinalOnceItHasSaidSoOften) {
  options settings = reasonable_options();
  settings.public_keys.assign(1, test::untrusted_key());
  world it(std::move(settings));
  const operation_id one = it.call(1);
  const operation_id two = it.wait_ready();
  EXPECT_EQ(it.run_to_end(one), mtproto::errc::no_known_key);
  EXPECT_EQ(it.run_to_end(two), mtproto::errc::no_known_key);
  EXPECT_EQ(it.links_opened, options().refusal_limit);
  EXPECT_FALSE(it.has_link());

  EXPECT_EQ(it.run_to_end(it.call(3)), mtproto::errc::no_known_key);
  EXPECT_EQ(it.links_opened, options().refusal_limit);
  EXPECT_TRUE(it.runs.empty());
}

//= SEC-18 test
TEST(EngineConnect, AnAnswerThatWasDamagedOnItsWayDoesNotEndIt) {
  // Whatever bit of resPQ it is: its nonces, its fingerprints, pq, the lengths around them.
  constexpr std::size_t res_pq_bits = (4 + 20 + 64) * 8;
  for (std::size_t bit = 0; bit < res_pq_bits; bit += 23) {
    options own = reasonable_options();
    own.framing = transport::framing::intermediate;
    world it(std::move(own), bit + 1);
    bool done = false;
    it.tamper = [&](way where, core::byte_buffer& bytes) {
      if (where != way::to_client || done || bytes.size() * 8 <= bit) return;
      bytes[bit / 8] ^= static_cast<core::byte>(1u << bit % 8);
      done = true;
    };
    const operation_id ready = it.wait_ready();
    EXPECT_FALSE(it.run_to_end(ready)) << "bit " << bit << ": " << it.client.stopped().message();
    EXPECT_TRUE(done);
  }
}

struct obstacle {
  host behaviour;
  std::error_code outcome;
};

TEST(EngineConnect, EachObstacleEndsInItsOwnErrorAfterTheAllowedAttempts) {
  const obstacle table[] = {
      {host::refuses, refused},
      {host::unreachable, errc::connect_timed_out},
      {host::silent, errc::handshake_timed_out},
      {host::hangs_up, errc::disconnected},
  };
  for (const auto& [behaviour, outcome] : table) {
    options settings = reasonable_options();
    settings.max_attempts = 3;
    settings.request_timeout = std::chrono::hours(1);
    world it(std::move(settings));
    it.behaviour = behaviour;
    EXPECT_EQ(it.run_to_end(it.call(1)), outcome) << outcome.message();
    EXPECT_EQ(it.tried.size(), 3u);
    EXPECT_EQ(it.client.stopped(), outcome);
    EXPECT_EQ(it.run_to_end(it.call(2)), outcome);
  }
}

TEST(EngineConnect, EachObstacleEndsTheWaitInTime) {
  const obstacle table[] = {
      {host::refuses, refused},
      {host::unreachable, errc::connect_timed_out},
      {host::silent, errc::handshake_timed_out},
      {host::hangs_up, errc::disconnected},
  };
  for (const auto& [behaviour, outcome] : table) {
    for (const auto timeout : {seconds(1), seconds(25), seconds(100)}) {
      options settings = reasonable_options();
      settings.request_timeout = timeout;
      world it(std::move(settings));
      it.behaviour = behaviour;
      const core::instant begin = it.clock.now();
      EXPECT_EQ(it.run_to_end(it.wait_ready()), outcome) << outcome.message();
      EXPECT_EQ(it.clock.now().steady - begin.steady, timeout);
      EXPECT_FALSE(it.client.stopped()) << "the next attempt may succeed";
    }
  }
}

TEST(EngineConnect, RubbishNeverLeadsToAKeyAndEndsInTime) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    options settings = reasonable_options();
    settings.max_attempts = 2;
    settings.framing = seed % 2 == 0 ? transport::framing::abridged : transport::framing::full;
    world it(std::move(settings), seed);
    it.behaviour = host::rubbish;
    EXPECT_TRUE(it.run_to_end(it.call(1))) << "seed " << seed;
    EXPECT_EQ(it.count(stage_kind::key_agreed), 0u) << "seed " << seed;
    EXPECT_FALSE(it.has_link()) << "seed " << seed;
  }
}

TEST(EngineConnect, AServerThatSendsAByteASecondDoesNotHoldTheClient) {
  options settings = reasonable_options();
  settings.max_attempts = 1;
  world it(std::move(settings));
  it.behaviour = host::silent;
  const operation_id waiting = it.wait_ready();
  const core::instant begin = it.clock.now();
  it.settle();
  // A frame of 1024 bytes, were it to end.
  core::byte_buffer byte(1);
  for (int count = 0; !it.is_finished(waiting); ++count) {
    byte[0] = count == 1 ? core::byte{4} : core::byte{0};
    it.client.received(1, byte, it.clock.now());
    it.pass(seconds(1));
    ASSERT_LT(it.clock.now().steady - begin.steady, seconds(60));
  }
  EXPECT_EQ(it.finished[waiting].failure, errc::handshake_timed_out);
  EXPECT_LE(it.clock.now().steady - begin.steady, options().handshake_timeout + seconds(1));
}

//= ERR-13 test
TEST(EngineConnect, AddressesAreTriedInTurnWithGrowingPauses) {
  options settings = reasonable_options();
  settings.endpoints.emplace_back("127.0.0.2", std::uint16_t{2});
  settings.endpoints.emplace_back("127.0.0.3", std::uint16_t{3});
  settings.max_attempts = 6;
  settings.reconnect.initial = seconds(1);
  settings.reconnect.maximum = seconds(4);
  settings.request_timeout = std::chrono::hours(1);
  world it(std::move(settings));
  it.behaviour = host::refuses;
  EXPECT_EQ(it.run_to_end(it.call(1)), refused);
  EXPECT_EQ(it.tried, (std::vector<std::size_t>{0, 1, 2, 0, 1, 2}));

  std::vector<nanoseconds> times;
  for (const stage& passed : it.stages) {
    if (passed.kind == stage_kind::connecting) times.push_back(passed.at.steady);
  }
  ASSERT_EQ(times.size(), 6u);
  const seconds steps[] = {seconds(1), seconds(2), seconds(4), seconds(4), seconds(4)};
  for (std::size_t i = 0; i < 5; ++i) {
    EXPECT_GE(times[i + 1] - times[i], steps[i] / 2);
    EXPECT_LE(times[i + 1] - times[i], steps[i]);
  }
}

TEST(EngineConnect, ItGoesOnTryingUntilTheHostIsThere) {
  options settings = reasonable_options();
  settings.request_timeout = std::chrono::minutes(10);
  world it(std::move(settings));
  it.behaviour = host::refuses;
  const operation_id one = it.call(1);
  it.pass(std::chrono::minutes(2));
  EXPECT_FALSE(it.is_finished(one));
  it.behaviour = host::serves;
  EXPECT_FALSE(it.run_to_end(one));
  EXPECT_EQ(it.runs[1], 1);
}

//= SEC-17 test
//= SEC-18 test
TEST(EngineConnect, ACorruptedReplyCostsTheConnectionAndNeverTheKey) {
  world it;
  EXPECT_FALSE(it.run_to_end(it.call(1)));
  const std::int64_t key_id = it.client.stored()->key.id();
  for (int round = 2; round < 102; ++round) {
    bool corrupted = false;
    it.tamper = [&](way direction, core::byte_buffer& bytes) {
      if (direction == way::to_client && !corrupted && bytes.size() > 60) {
        bytes[bytes.size() / 2] ^= 0x20;
        corrupted = true;
      }
    };
    EXPECT_FALSE(it.run_to_end(it.call(round)));
    EXPECT_TRUE(corrupted);
    EXPECT_EQ(it.runs[round], 1);
  }
  EXPECT_EQ(it.links_opened, 101u);
  EXPECT_EQ(it.client.stored()->key.id(), key_id);
  EXPECT_EQ(it.count(stage_kind::key_agreed), 1u);
}

//= SEC-17 test
TEST(EngineConnect, ACorruptedKeyExchangeIsBegunAgainOnANewConnection) {
  for (const std::size_t place : {30u, 40u, 50u, 60u, 70u}) {
    world it;
    bool corrupted = false;
    it.tamper = [&](way direction, core::byte_buffer& bytes) {
      if (direction == way::to_client && !corrupted && bytes.size() > place) {
        bytes[place] ^= 1;
        corrupted = true;
      }
    };
    EXPECT_FALSE(it.run_to_end(it.call(1))) << place;
    EXPECT_TRUE(corrupted);
    EXPECT_EQ(it.runs[1], 1);
  }
}

//= DIV-37 test
TEST(EngineConnect, OneOr404MoreDoNotCostTheKey) {
  world it;
  EXPECT_FALSE(it.run_to_end(it.call(1)));
  const std::int64_t key_id = it.client.stored()->key.id();
  const mtproto::connection_id first = 1;
  it.server.fail_connection(first, -404, it.clock.now());
  const operation_id two = it.call(2);
  EXPECT_FALSE(it.run_to_end(two));
  it.server.fail_connection(first + 1, -404, it.clock.now());
  EXPECT_FALSE(it.run_to_end(it.call(3)));
  EXPECT_EQ(it.links_opened, 3u);
  EXPECT_EQ(it.client.stored()->key.id(), key_id);
  EXPECT_EQ(it.count(stage_kind::key_agreed), 1u);
}

//= DIV-37 test
TEST(EngineConnect, AKeyThatTheServerDeniesThreeTimesIsReportedForGood) {
  options settings = reasonable_options();
  settings.on_unknown_key = unknown_key_policy::report;
  world it(std::move(settings));
  EXPECT_FALSE(it.run_to_end(it.call(1)));
  const std::int64_t key_id = it.client.stored()->key.id();
  it.server.remove_key(key_id, it.clock.now());
  const std::size_t before = it.links_opened;
  EXPECT_EQ(it.run_to_end(it.call(2)), errc::auth_key_unknown);
  EXPECT_LE(it.links_opened - before, options().unknown_key_limit);
  EXPECT_EQ(it.client.stopped(), errc::auth_key_unknown);
  EXPECT_EQ(it.runs[2], 0);
}

TEST(EngineConnect, TransportErrorsMeanWhatTheyMean) {
  const std::pair<std::int32_t, errc> table[] = {
      {-429, errc::too_many_connections},
      {-403, errc::transport_error},
      {-1, errc::transport_error},
  };
  for (const auto& [code, meaning] : table) {
    world it;
    EXPECT_FALSE(it.run_to_end(it.call(1)));
    it.server.fail_connection(1, code, it.clock.now());
    it.settle();
    const auto lost = std::ranges::find(it.stages, stage_kind::disconnected, &stage::kind);
    ASSERT_NE(lost, it.stages.end());
    EXPECT_EQ(lost->failure, meaning) << code;
    EXPECT_FALSE(it.run_to_end(it.call(2))) << "it is worth another attempt";
  }
}

TEST(EngineConnect, AWrongDataCentreIsFinalOnceItWasSaidOften) {
  for (const std::size_t times : {std::size_t{1}, std::size_t{2}, std::size_t{100}}) {
    options settings = test::options_with_key(5);
    settings.framing = transport::framing::intermediate;
    world it(std::move(settings));
    std::size_t said = 0;
    it.tamper = [&](way where, core::byte_buffer& bytes) {
      if (where == way::to_client && said++ < times) bytes = {4, 0, 0, 0, 0x44, 0xfe, 0xff, 0xff};
    };
    const std::error_code outcome = it.run_to_end(it.call(1));
    if (times < options().refusal_limit) {
      EXPECT_FALSE(outcome);
    } else {
      EXPECT_EQ(outcome, errc::wrong_dc);
      EXPECT_EQ(it.links_opened, options().refusal_limit);
    }
  }
}

TEST(EngineConnect, WhatALaterConnectionReplacedIsIgnored) {
  world it;
  EXPECT_FALSE(it.run_to_end(it.call(1)));
  it.cut();
  EXPECT_FALSE(it.run_to_end(it.call(2)));
  const std::size_t stages = it.stages.size();
  const core::byte_buffer rubbish(100, core::byte{0xff});
  core::send_queue out;
  it.client.connected(1, it.clock.now());
  it.client.received(1, rubbish, it.clock.now());
  it.client.disconnected(1, refused, it.clock.now());
  it.client.poll_transmit(1, out, it.clock.now());
  it.settle();
  EXPECT_TRUE(out.empty());
  EXPECT_EQ(it.stages.size(), stages);
  EXPECT_TRUE(it.has_link());
}

TEST(EngineConnect, ClosingEndsEverythingForGood) {
  for (const auto behaviour : {host::serves, host::silent, host::unreachable, host::refuses}) {
    world it;
    it.behaviour = behaviour;
    it.on_call = [](const mtproto::request_event&, int) {};
    const operation_id one = it.call(1);
    const operation_id two = it.wait_ready();
    it.pass(milliseconds(1));
    it.client.close(it.clock.now());
    it.client.close(it.clock.now());
    EXPECT_EQ(it.run_to_end(one), errc::closed);
    if (behaviour != host::serves) {
      EXPECT_EQ(it.run_to_end(two), errc::closed);
    }
    EXPECT_EQ(it.run_to_end(it.call(3)), errc::closed);
    EXPECT_FALSE(it.has_link());
    EXPECT_EQ(it.client.poll_deadline(), std::nullopt);
  }
}

// The session notices the clock while its connection is being given up, and says so afterwards.
TEST(EngineConnect, AClockThatIsSetBackBetweenTwoConnectionsDoesNotEndTheAttempts) {
  world it(test::options_with_key(5));
  EXPECT_FALSE(it.run_to_end(it.wait_ready()));
  it.clock.shift_wall(-seconds(3600));
  it.cut();
  EXPECT_FALSE(it.run_to_end(it.call(1)));
  EXPECT_EQ(it.count(stage_kind::ready), 2u);
}

}  // namespace
}  // namespace corogram::rpc

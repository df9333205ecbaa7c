// What becomes of requests in the engine: run once, repeated, cancelled, timed out, refused.

#include "world.hpp"

#include <corogram/api/types/Updates.hpp>
#include <corogram/rpc/errc.hpp>
#include <corogram/rpc/init_connection.hpp>
#include <corogram/tl/codec.hpp>

#include <gtest/gtest.h>

#include <algorithm>

namespace corogram::rpc {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;
using test::answer_to;
using test::host;
using test::reasonable_options;
using test::way;
using test::world;

void refuse(world& it, const mtproto::request_event& request, std::int32_t code,
            std::string_view text) {
  it.server.respond_error(request.session, request.msg_id, code, text, it.clock.now());
}

void answer(world& it, const mtproto::request_event& request, int number) {
  it.server.respond(request.session, request.msg_id, answer_to(number), it.clock.now());
}

TEST(EngineRequest, AnswersReachTheirRequests) {
  world it;
  std::vector<operation_id> calls;
  for (int number = 0; number < 100; ++number) calls.push_back(it.call(number));
  for (int number = 0; number < 100; ++number) {
    EXPECT_FALSE(it.run_to_end(calls[static_cast<std::size_t>(number)]));
    EXPECT_EQ(it.finished[calls[static_cast<std::size_t>(number)]].body, answer_to(number));
    EXPECT_EQ(it.runs[number], 1);
  }
}

TEST(EngineRequest, AnAnswerThatTakesItsTimeToArriveDoesNotEndTheConnection) {
  world it;
  EXPECT_FALSE(it.run_to_end(it.call(1)));
  core::byte_buffer arriving;
  it.tamper = [&](way where, core::byte_buffer& bytes) {
    if (where != way::to_client) return;
    core::append(arriving, bytes);
    bytes.clear();
  };
  request_options patient;
  patient.timeout = std::chrono::minutes(10);
  const operation_id call = it.call(2, patient);
  it.settle();
  const std::size_t size = arriving.size();
  ASSERT_GT(size, 40u);
  // Longer than until the next ping, and then until its pong would be missed.
  const std::size_t piece = size / 40 + 1;
  for (std::size_t at = 0; at < size; at += piece) {
    it.client.received(1, core::byte_view(arriving).subspan(at, std::min(piece, size - at)),
                       it.clock.now());
    it.pass(seconds(4));
  }
  EXPECT_EQ(it.links_opened, 1u);
  EXPECT_TRUE(it.is_finished(call));
}

//= INV-01 test
TEST(EngineRequest, TheFirstCallIntroducesUsAndLaterOnesDoNot) {
  world it;
  EXPECT_FALSE(it.run_to_end(it.call(1)));
  EXPECT_FALSE(it.run_to_end(it.call(2)));
  it.cut();
  EXPECT_FALSE(it.run_to_end(it.call(3)));
  EXPECT_EQ(it.introductions[1], 1);
  EXPECT_EQ(it.introductions[2], 0);
  EXPECT_EQ(it.introductions[3], 0) << "the key is known, not the connection";
}

//= INV-01 test
TEST(EngineRequest, CallsThatDoNotWaitForTheFirstAnswerAreIntroducedToo) {
  world it;
  const operation_id one = it.call(1);
  const operation_id two = it.call(2);
  EXPECT_FALSE(it.run_to_end(one));
  EXPECT_FALSE(it.run_to_end(two));
  EXPECT_EQ(it.introductions[1] + it.introductions[2], 2);
}

//= INV-02 test
TEST(EngineRequest, AChangedParameterIsToldWithTheNextCall) {
  world it;
  EXPECT_FALSE(it.run_to_end(it.call(1)));
  client_info changed;
  changed.app_version = "2";
  it.client.introduce(std::move(changed));
  EXPECT_FALSE(it.run_to_end(it.call(2)));
  EXPECT_FALSE(it.run_to_end(it.call(3)));
  EXPECT_EQ(it.introductions[2], 1);
  EXPECT_EQ(it.introductions[3], 0);
}

TEST(EngineRequest, ACallThatIsWrappedAlreadyOrShallNotBeIsLeftAsItIs) {
  world it;
  request_options bare;
  bare.wrap = false;
  EXPECT_FALSE(it.run_to_end(it.call(1, bare)));
  EXPECT_EQ(it.introductions[1], 0);

  const core::byte_buffer wrapped = wrap_first_call(227, client_info(), test::numbered_call(2));
  EXPECT_FALSE(it.run_to_end(it.client.submit(wrapped, request_options(), it.clock.now())));
  EXPECT_EQ(it.introductions[2], 1);
}

//= ERR-18 test
TEST(EngineRequest, AServerThatHasForgottenUsIsToldAgain) {
  for (const char* text : {"CONNECTION_NOT_INITED", "CONNECTION_LAYER_INVALID"}) {
    world it;
    EXPECT_FALSE(it.run_to_end(it.call(1)));
    it.on_call = [&](const mtproto::request_event& request, int number) {
      if (it.introductions[number] == 0) return refuse(it, request, 400, text);
      answer(it, request, number);
    };
    EXPECT_FALSE(it.run_to_end(it.call(2)));
    EXPECT_EQ(it.runs[2], 2);
    EXPECT_EQ(it.introductions[2], 1);
  }
}

//= ERR-18 test
TEST(EngineRequest, AServerThatIsNeverContentIsNotAskedForEver) {
  world it;
  it.on_call = [&](const mtproto::request_event& request, int) {
    refuse(it, request, 400, "CONNECTION_NOT_INITED");
  };
  EXPECT_EQ(it.run_to_end(it.call(1)), api_errc::CONNECTION_NOT_INITED);
  EXPECT_EQ(it.runs[1], 3);
}

//= ERR-05 test
//= ERR-09 test
//= ERR-10 test
TEST(EngineRequest, AnErrorOfTheCallerIsReportedAfterOneCall) {
  const std::pair<std::int32_t, const char*> table[] = {
      {400, "PEER_ID_INVALID"}, {401, "AUTH_KEY_UNREGISTERED"}, {403, "CHAT_WRITE_FORBIDDEN"},
      {404, "METHOD_INVALID"},  {406, "PHONE_PASSWORD_FLOOD"},  {303, "USER_MIGRATE_4"}};
  for (const auto& [code, text] : table) {
    world it;
    it.on_call = [&](const mtproto::request_event& request, int) {
      refuse(it, request, code, text);
    };
    const operation_id one = it.call(1);
    EXPECT_EQ(it.run_to_end(one), parse_rpc_error(code, text).error_code());
    EXPECT_EQ(it.finished[one].details.code, code);
    EXPECT_EQ(it.finished[one].details.message, text);
    it.pass(std::chrono::minutes(10));
    EXPECT_EQ(it.runs[1], 1);
  }
}

//= ERR-11 test
TEST(EngineRequest, WhatTheUserShouldReadInPlaceOfAnErrorComesAsAnUpdate) {
  world it;
  EXPECT_FALSE(it.run_to_end(it.call(1)));
  const core::byte_buffer notice = tl::encode(api::updatesTooLong());
  it.on_call = [&](const mtproto::request_event& request, int) {
    EXPECT_TRUE(it.server.push(request.session, notice, it.clock.now()));
    refuse(it, request, 406, "PHONE_PASSWORD_FLOOD");
  };
  const operation_id two = it.call(2);
  EXPECT_EQ(it.run_to_end(two), api_group::not_acceptable);
  EXPECT_EQ(reaction_to(it.finished[two].details), reaction::keep_silent);
  EXPECT_EQ(it.updates, std::vector<core::byte_buffer>{notice}) << "once, and as it came";
}

//= ERR-14 test
TEST(EngineRequest, AShortFloodWaitIsWaitedFor) {
  world it;
  EXPECT_FALSE(it.run_to_end(it.call(1)));
  core::instant refused_at;
  it.on_call = [&](const mtproto::request_event& request, int number) {
    if (it.runs[number] == 1) {
      refused_at = it.clock.now();
      return refuse(it, request, 420, "FLOOD_WAIT_7");
    }
    answer(it, request, number);
  };
  const operation_id two = it.call(2);
  it.settle();
  const operation_id three = it.call(3);
  EXPECT_FALSE(it.run_to_end(two));
  EXPECT_GE(it.clock.now().steady - refused_at.steady, seconds(7));
  EXPECT_LT(it.clock.now().steady - refused_at.steady, seconds(8));
  EXPECT_EQ(it.runs[2], 2);
  EXPECT_FALSE(it.run_to_end(three));
}

//= ERR-16 test
TEST(EngineRequest, AFloodWaitThatIsTooLongOrNotWantedIsReportedAtOnce) {
  request_options once;
  once.repeat = false;
  request_options short_lived;
  short_lived.timeout = seconds(5);
  const std::pair<const char*, request_options> table[] = {
      {"FLOOD_WAIT_11", request_options()},
      {"FLOOD_WAIT_9223372036854775807", request_options()},
      {"FLOOD_WAIT_1", once},
      {"FLOOD_WAIT_6", short_lived},
  };
  for (const auto& [text, how] : table) {
    world it;
    it.on_call = [&, message = text](const mtproto::request_event& request, int) {
      refuse(it, request, 420, message);
    };
    const operation_id one = it.call(1, how);
    const core::instant begin = it.clock.now();
    EXPECT_EQ(it.run_to_end(one), api_errc::FLOOD_WAIT_X);
    EXPECT_LT(it.clock.now().steady - begin.steady, seconds(1));
    EXPECT_EQ(it.runs[1], 1);
  }
}

//= ERR-17 test
TEST(EngineRequest, AFailureInsideTheServerIsTriedAgainWithGrowingPauses) {
  for (const std::int32_t code : {500, -503, 599}) {
    world it;
    std::vector<nanoseconds> times;
    it.on_call = [&](const mtproto::request_event& request, int number) {
      times.push_back(it.clock.now().steady);
      if (it.runs[number] < 4) return refuse(it, request, code, "Timeout");
      answer(it, request, number);
    };
    EXPECT_FALSE(it.run_to_end(it.call(1)));
    ASSERT_EQ(times.size(), 4u);
    const backoff_options pauses;
    nanoseconds step = pauses.initial;
    for (std::size_t i = 1; i < 4; ++i, step *= 2) {
      EXPECT_GE(times[i] - times[i - 1], step / 2);
      EXPECT_LT(times[i] - times[i - 1], step + seconds(1));
    }
  }
}

//= ERR-17 test
TEST(EngineRequest, AServerThatGoesOnFailingIsReported) {
  world it;
  it.on_call = [&](const mtproto::request_event& request, int) {
    refuse(it, request, 500, "INTERNAL");
  };
  EXPECT_EQ(it.run_to_end(it.call(1)), api_group::internal);
  EXPECT_EQ(it.runs[1], 1 + static_cast<int>(options().max_server_failures));
}

TEST(EngineRequest, ARequestWithoutAnswerTimesOutWhenItSaysSo) {
  world it;
  EXPECT_FALSE(it.run_to_end(it.call(1)));
  it.on_call = [](const mtproto::request_event&, int) {};
  request_options how;
  how.timeout = milliseconds(1500);
  const core::instant begin = it.clock.now();
  EXPECT_EQ(it.run_to_end(it.call(2, how)), errc::request_timed_out);
  EXPECT_EQ(it.clock.now().steady - begin.steady, *how.timeout);
  it.settle();
  EXPECT_EQ(it.dropped_answers, 1u) << "the server need not go on";
  it.on_call = nullptr;
  EXPECT_FALSE(it.run_to_end(it.call(3))) << "the session is as good as before";
}

TEST(EngineRequest, TooManyRequestsAreRefusedAndTheOthersAreNot) {
  options settings = reasonable_options();
  settings.max_requests = 3;
  world it(std::move(settings));
  const operation_id calls[] = {it.call(1), it.call(2), it.call(3)};
  const operation_id fourth = it.call(4);
  const operation_id waiting = it.wait_ready();
  EXPECT_EQ(it.run_to_end(fourth), errc::too_many_requests);
  EXPECT_EQ(it.run_to_end(waiting), errc::too_many_requests);
  for (const operation_id each : calls) EXPECT_FALSE(it.run_to_end(each));
  EXPECT_FALSE(it.run_to_end(it.call(5)));
  EXPECT_EQ(it.runs[4], 0);
}

TEST(EngineRequest, ARequestSurvivesAConnectionThatBreaksWhileTheServerIsBusy) {
  world it;
  EXPECT_FALSE(it.run_to_end(it.call(1)));
  std::optional<mtproto::request_event> running;
  it.on_call = [&](const mtproto::request_event& request, int) { running = request; };
  const operation_id two = it.call(2);
  it.settle();
  ASSERT_TRUE(running);
  it.cut();
  it.pass(seconds(5));
  EXPECT_FALSE(it.is_finished(two));
  answer(it, *running, 2);
  EXPECT_FALSE(it.run_to_end(two));
  EXPECT_EQ(it.finished[two].body, answer_to(2));
  EXPECT_EQ(it.runs[2], 1);
}

//= DESC-08 test
TEST(EngineRequest, ARequestSurvivesAServerThatForgetsTheSession) {
  world it;
  EXPECT_FALSE(it.run_to_end(it.call(1)));
  int forgotten = 0;
  it.on_call = [&](const mtproto::request_event& request, int number) {
    if (forgotten++ == 0) {
      it.server.remove_session(request.session, it.clock.now());
      return;
    }
    answer(it, request, number);
  };
  const operation_id two = it.call(2);
  it.settle();
  // The server numbers the messages of its new session by the time, which has to have passed: else
  // their ids would be those of the old session, and the client would take them for repetitions.
  it.clock.advance(std::chrono::milliseconds(1));
  const operation_id three = it.call(3);
  EXPECT_FALSE(it.run_to_end(three));
  EXPECT_FALSE(it.run_to_end(two));
  EXPECT_EQ(it.finished[two].body, answer_to(2));
  // Told by the first session, by the second, and once more for the request that came again under
  // an id below the second session's first (SM-26).
  EXPECT_EQ(it.gaps, 3u) << "updates may be missing";
}

/// Three requests over a connection that breaks after so many bytes. False: it did not break.
bool run_and_break(options settings, std::size_t bytes) {
  world it(std::move(settings));
  it.bytes_to_live = bytes;
  const operation_id one = it.call(1);
  const operation_id two = it.call(2);
  EXPECT_FALSE(it.run_to_end(one)) << bytes;
  const operation_id three = it.call(3);
  EXPECT_FALSE(it.run_to_end(two)) << bytes;
  EXPECT_FALSE(it.run_to_end(three)) << bytes;
  it.pass(seconds(20));
  for (const int number : {1, 2, 3}) EXPECT_EQ(it.runs[number], 1) << bytes;
  return !it.bytes_to_live;
}

TEST(EngineRequest, RequestsRunOnceWhereverTheSessionIsCut) {
  std::size_t bytes = 1;
  while (run_and_break(test::options_with_key(3), bytes) && !HasFailure()) ++bytes;
  EXPECT_GT(bytes, 1000u);
}

TEST(EngineRequest, RequestsRunOnceWhereverTheKeyExchangeIsCut) {
  std::size_t bytes = 1;
  while (run_and_break(reasonable_options(), bytes) && !HasFailure()) bytes += 131;
  EXPECT_GT(bytes, 2000u);
}

TEST(EngineRequest, RequestsRunOnceOverAConnectionThatBreaksAllTheTime) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    options settings = test::options_with_key(seed);
    settings.request_timeout = std::chrono::minutes(30);
    world it(std::move(settings), seed);
    core::test_random chance(seed);
    // Long enough for all that may have to be sent again at once.
    it.tamper = [&](way, core::byte_buffer&) {
      if (!it.bytes_to_live) it.bytes_to_live = 1000 + chance.below(16'000);
    };
    std::vector<operation_id> calls;
    for (int number = 0; number < 200; ++number) {
      calls.push_back(it.call(number));
      it.pass(milliseconds(static_cast<std::int64_t>(chance.below(300))));
    }
    for (const operation_id each : calls) EXPECT_FALSE(it.run_to_end(each)) << "seed " << seed;
    for (int number = 0; number < 200; ++number) EXPECT_EQ(it.runs[number], 1) << "seed " << seed;
    EXPECT_GT(it.links_opened, 2u) << "seed " << seed;
  }
}

//= SM-05 test
TEST(EngineRequest, ACancelledRequestIsForgottenAndTheServerToldSo) {
  world it;
  EXPECT_FALSE(it.run_to_end(it.call(1)));
  std::optional<mtproto::request_event> running;
  it.on_call = [&](const mtproto::request_event& request, int) { running = request; };
  const operation_id two = it.call(2);
  it.settle();
  it.cancel(two);
  EXPECT_EQ(it.run_to_end(two), cancelled());
  it.settle();
  EXPECT_EQ(it.dropped_answers, 1u);

  ASSERT_TRUE(running);
  answer(it, *running, 2);
  it.on_call = nullptr;
  EXPECT_FALSE(it.run_to_end(it.call(3)));
  EXPECT_EQ(it.finished.size(), 3u) << "a late answer finishes nothing";
  it.cancel(two);
  it.cancel(operation_id{12345});
  it.settle();
  EXPECT_EQ(it.finished.size(), 3u);
}

TEST(EngineRequest, ARequestCanBeCancelledAtEachStep) {
  bool reached = true;
  for (int step = 0; reached; ++step) {
    world it;
    int deliveries = 0;
    operation_id one{};
    reached = false;
    it.tamper = [&](way, core::byte_buffer&) {
      if (deliveries++ == step && !it.is_finished(one)) {
        reached = true;
        it.cancel(one);
      }
    };
    one = it.call(1);
    const operation_id two = it.call(2);
    const std::error_code outcome = it.run_to_end(one);
    EXPECT_EQ(outcome, reached ? cancelled() : std::error_code()) << step;
    EXPECT_FALSE(it.run_to_end(two)) << step;
    EXPECT_LE(it.runs[1], 1) << step;
    EXPECT_EQ(it.runs[2], 1) << step;
    ASSERT_LT(step, 100);
  }
}

TEST(EngineRequest, AWaitForTheSessionCanBeCancelledToo) {
  world it;
  it.behaviour = host::unreachable;
  const operation_id waiting = it.wait_ready();
  it.settle();
  it.cancel(waiting);
  EXPECT_EQ(it.run_to_end(waiting), cancelled());
  it.behaviour = host::serves;
  EXPECT_FALSE(it.run_to_end(it.call(1)));
}

TEST(EngineRequest, ARequestThatWaitsForAFloodToEndCanBeCancelled) {
  world it;
  it.on_call = [&](const mtproto::request_event& request, int) {
    refuse(it, request, 420, "FLOOD_WAIT_5");
  };
  const operation_id one = it.call(1);
  it.settle();
  it.cancel(one);
  EXPECT_EQ(it.run_to_end(one), cancelled());
  it.pass(seconds(60));
  EXPECT_EQ(it.runs[1], 1);
}

TEST(EngineRequest, UpdatesAndTheirGapsAreReported) {
  world it;
  EXPECT_FALSE(it.run_to_end(it.call(1)));
  EXPECT_EQ(it.gaps, 1u) << "a new session";
  const core::byte_buffer update = tl::encode(api::updatesTooLong());
  ASSERT_TRUE(it.server.push(it.session(), update, it.clock.now()));
  it.settle();
  ASSERT_EQ(it.updates.size(), 1u);
  EXPECT_EQ(it.updates.front(), update);
}

}  // namespace
}  // namespace corogram::rpc

// Requests in order: what they name, and what becomes of them when one before them fails.

#include "world.hpp"

#include <corogram/rpc/errc.hpp>

#include <gtest/gtest.h>

namespace corogram::rpc {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test::answer_to;
using test::reasonable_options;
using test::world;

request_options in_order(std::vector<std::uint64_t> orders = {1}) {
  request_options how;
  how.orders = std::move(orders);
  return how;
}

/// A server that keeps each call until it is told what to do with it.
struct slow_server {
  explicit slow_server(world& it_) : it(it_) {
    EXPECT_FALSE(it.run_to_end(it.call(0)));
    it.on_call = [this](const mtproto::request_event& request, int number) {
      calls.insert_or_assign(number, request);
    };
  }

  [[nodiscard]] std::int64_t id_of(int number) const { return calls.at(number).msg_id; }
  void answer(int number) {
    const auto& call = calls.at(number);
    EXPECT_TRUE(it.server.respond(call.session, call.msg_id, answer_to(number), it.clock.now()));
  }
  void refuse(int number, std::int32_t code, std::string_view text) {
    const auto& call = calls.at(number);
    EXPECT_TRUE(it.server.respond_error(call.session, call.msg_id, code, text, it.clock.now()));
  }

  world& it;
  std::map<int, mtproto::request_event> calls;
};

using ids = std::vector<std::int64_t>;

//= INV-09 test
TEST(EngineOrder, EachRequestOfAnOrderFollowsTheOneBeforeItAndAllGoOutAtOnce) {
  world it;
  slow_server server(it);
  const operation_id calls[] = {it.call(1, in_order()), it.call(2, in_order()),
                                it.call(3, in_order()), it.call(4)};
  it.settle();
  ASSERT_EQ(server.calls.size(), 4u);
  EXPECT_EQ(it.follows[1], ids());
  EXPECT_EQ(it.follows[2], ids{server.id_of(1)});
  EXPECT_EQ(it.follows[3], ids{server.id_of(2)});
  EXPECT_EQ(it.follows[4], ids()) << "not of the order";
  for (int number = 1; number <= 4; ++number) server.answer(number);
  for (const operation_id each : calls) EXPECT_FALSE(it.run_to_end(each));
}

//= INV-09 test
//= INV-14 test
TEST(EngineOrder, ARequestOfTwoOrdersFollowsOneOfEach) {
  world it;
  EXPECT_FALSE(it.run_to_end(it.call(0)));
  slow_server server(it);
  it.client.introduce(client_info());
  it.call(1, in_order({1}));
  it.call(2, in_order({2}));
  const operation_id last = it.call(3, in_order({1, 2}));
  it.settle();
  ASSERT_EQ(server.calls.size(), 3u);
  EXPECT_EQ(it.follows[3], (ids{server.id_of(1), server.id_of(2)}));
  EXPECT_EQ(it.introductions[3], 1) << "inside invokeAfterMsgs";
  for (int number = 1; number <= 3; ++number) server.answer(number);
  EXPECT_FALSE(it.run_to_end(last));
}

TEST(EngineOrder, ARequestWhosePredecessorsAreDoneNamesNobody) {
  world it;
  EXPECT_FALSE(it.run_to_end(it.call(1, in_order())));
  EXPECT_FALSE(it.run_to_end(it.call(2, in_order())));
  EXPECT_EQ(it.follows[2], ids());
}

//= INV-11 test
TEST(EngineOrder, AWaitThatTookTooLongIsBegunAgainWithTheSameIds) {
  for (const std::int32_t code : {400, 500}) {
    world it;
    slow_server server(it);
    it.call(1, in_order());
    const operation_id two = it.call(2, in_order());
    it.settle();
    const std::int64_t first_try = server.id_of(2);
    server.refuse(2, code, "MSG_WAIT_TIMEOUT");
    it.pass(seconds(2));
    EXPECT_NE(server.id_of(2), first_try);
    EXPECT_EQ(it.follows[2], ids{server.id_of(1)});
    EXPECT_EQ(it.runs[1], 1);
    server.answer(1);
    server.answer(2);
    EXPECT_FALSE(it.run_to_end(two));
  }
}

//= INV-13 test
TEST(EngineOrder, AfterAFloodWaitTheWholeChainGoesOutAgainUnderNewIds) {
  world it;
  slow_server server(it);
  const operation_id one = it.call(1, in_order());
  const operation_id two = it.call(2, in_order());
  const operation_id three = it.call(3, in_order());
  it.settle();
  const std::int64_t old_ids[] = {server.id_of(1), server.id_of(2), server.id_of(3)};
  server.refuse(1, 420, "FLOOD_WAIT_3");
  server.refuse(2, 400, "MSG_WAIT_FAILED");
  server.refuse(3, 400, "MSG_WAIT_FAILED");
  it.pass(seconds(2));
  for (const int number : {1, 2, 3}) EXPECT_EQ(it.runs[number], 1) << "not before the wait is over";
  it.pass(seconds(2));
  for (const int number : {1, 2, 3}) {
    EXPECT_EQ(it.runs[number], 2);
    EXPECT_NE(server.id_of(number), old_ids[number - 1]);
  }
  EXPECT_EQ(it.follows[2], ids{server.id_of(1)});
  EXPECT_EQ(it.follows[3], ids{server.id_of(2)});
  for (const int number : {1, 2, 3}) server.answer(number);
  for (const operation_id each : {one, two, three}) EXPECT_FALSE(it.run_to_end(each));
}

//= INV-13 test
TEST(EngineOrder, AfterAFailureForGoodTheNextGoesOutAloneAndTheOthersFollowIt) {
  world it;
  slow_server server(it);
  const operation_id one = it.call(1, in_order());
  const operation_id two = it.call(2, in_order());
  const operation_id three = it.call(3, in_order());
  it.settle();
  server.refuse(1, 400, "PEER_ID_INVALID");
  server.refuse(2, 400, "MSG_WAIT_FAILED");
  server.refuse(3, 500, "MSG_WAIT_FAILED");
  EXPECT_EQ(it.run_to_end(one), api_errc::PEER_ID_INVALID);
  it.settle();
  EXPECT_EQ(it.runs[2], 2);
  EXPECT_EQ(it.runs[3], 2);
  EXPECT_EQ(it.follows[2], ids());
  EXPECT_EQ(it.follows[3], ids{server.id_of(2)});
  server.answer(2);
  server.answer(3);
  EXPECT_FALSE(it.run_to_end(two));
  EXPECT_FALSE(it.run_to_end(three));
}

//= INV-13 test
TEST(EngineOrder, ARequestThatFailedBecauseOfAnotherWaitsForTheAnswerToThat) {
  world it;
  slow_server server(it);
  const operation_id one = it.call(1, in_order());
  const operation_id two = it.call(2, in_order());
  it.settle();
  // The answer that explains it is late.
  server.refuse(2, 400, "MSG_WAIT_FAILED");
  it.pass(seconds(5));
  EXPECT_EQ(it.runs[2], 1);
  server.refuse(1, 403, "CHAT_WRITE_FORBIDDEN");
  it.settle();
  EXPECT_EQ(it.finished[one].failure, api_errc::CHAT_WRITE_FORBIDDEN);
  EXPECT_EQ(it.runs[2], 2);
  EXPECT_EQ(it.follows[2], ids());
  server.answer(2);
  EXPECT_FALSE(it.run_to_end(two));
}

TEST(EngineOrder, ARequestThatIsCancelledDoesNotHoldUpThoseAfterIt) {
  world it;
  slow_server server(it);
  const operation_id one = it.call(1, in_order());
  const operation_id two = it.call(2, in_order());
  it.settle();
  server.refuse(2, 400, "MSG_WAIT_FAILED");
  it.settle();
  it.cancel(one);
  it.settle();
  EXPECT_EQ(it.runs[2], 2);
  server.answer(2);
  EXPECT_FALSE(it.run_to_end(two));
}

TEST(EngineOrder, AServerThatBlamesNobodyIsNotAskedAgain) {
  for (const char* text : {"MSG_WAIT_FAILED", "MSG_WAIT_TIMEOUT"}) {
    world it;
    it.on_call = [&](const mtproto::request_event& request, int) {
      it.server.respond_error(request.session, request.msg_id, 400, text, it.clock.now());
    };
    EXPECT_EQ(it.run_to_end(it.call(1, in_order())), parse_rpc_error(400, text).error_code());
    EXPECT_EQ(it.runs[1], 1);
  }
}

//= INV-15 test
TEST(EngineOrder, IdsOfAnotherSessionAreNeverNamed) {
  options settings = reasonable_options();
  settings.forward_secrecy = true;
  world it(std::move(settings));
  slow_server server(it);
  it.call(1, in_order());
  it.call(2, in_order());
  it.settle();
  const std::int64_t old_session = server.calls.at(1).session.session_id;
  // The temporary key is lost, and the session with it.
  it.server.remove_key(it.key_id(), it.clock.now());
  it.cut();
  it.pass(seconds(10));
  EXPECT_NE(server.calls.at(1).session.session_id, old_session);
  EXPECT_EQ(it.follows[2], ids{server.id_of(1)});
}

TEST(EngineOrder, AnOrderSurvivesAConnectionThatBreaksAllTheTime) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    options settings = test::options_with_key(seed);
    settings.request_timeout = std::chrono::minutes(30);
    world it(std::move(settings), seed);
    core::test_random chance(seed);
    it.tamper = [&](test::way, core::byte_buffer&) {
      if (!it.bytes_to_live) it.bytes_to_live = 1000 + chance.below(16'000);
    };
    std::vector<operation_id> calls;
    for (int number = 0; number < 60; ++number) {
      calls.push_back(it.call(number, in_order()));
      it.pass(milliseconds(static_cast<std::int64_t>(chance.below(300))));
    }
    for (const operation_id each : calls) EXPECT_FALSE(it.run_to_end(each)) << "seed " << seed;
    for (int number = 0; number < 60; ++number) EXPECT_EQ(it.runs[number], 1) << "seed " << seed;
  }
}

//= INV-07 test
TEST(EngineOrder, AConnectionWithoutUpdatesSaysSoWithEachCall) {
  options settings = reasonable_options();
  settings.receives_updates = false;
  world it(std::move(settings));
  EXPECT_FALSE(it.run_to_end(it.call(1)));
  EXPECT_FALSE(it.run_to_end(it.call(2)));
  EXPECT_EQ(it.without_updates, 2u);
  EXPECT_EQ(it.introductions[1], 1);
  EXPECT_EQ(it.introductions[2], 0);
}

//= INV-05 test
TEST(EngineOrder, WhatIsOfAnotherLayerLeadsToAnIntroductionOverAnotherConnection) {
  world it;
  EXPECT_FALSE(it.run_to_end(it.call(1)));
  const std::size_t gaps = it.gaps;
  it.client.misread(it.clock.now());
  EXPECT_FALSE(it.run_to_end(it.call(2)));
  EXPECT_EQ(it.links_opened, 2u);
  EXPECT_EQ(it.introductions[2], 1);
  EXPECT_GT(it.gaps, gaps) << "the difference has to be fetched";
}

// It is in the session already, and would name nobody.
TEST(EngineOrder, ARequestThatHasNotGoneOutWaitsAgainWhenTheOneBeforeItIsRepeated) {
  world it;
  EXPECT_FALSE(it.run_to_end(it.call(0)));
  std::vector<int> begun;
  operation_id second{};
  it.on_call = [&](const mtproto::request_event& request, int number) {
    begun.push_back(number);
    if (begun.size() > 1) {
      EXPECT_TRUE(
          it.server.respond(request.session, request.msg_id, answer_to(number), it.clock.now()));
      return;
    }
    second = it.client.submit(test::numbered_call(2), in_order(), it.clock.now());
    EXPECT_TRUE(it.server.respond_error(request.session, request.msg_id, 420, "FLOOD_WAIT_1",
                                        it.clock.now()));
  };
  EXPECT_FALSE(it.run_to_end(it.call(1, in_order())));
  EXPECT_FALSE(it.run_to_end(second));
  EXPECT_EQ(begun, (std::vector{1, 1, 2}));
}

//= INV-13 test
TEST(EngineOrder, ARequestThatGoesOutAnewStillNamesTheOneThatWaitsToBeRepeated) {
  world it;
  slow_server server(it);
  const operation_id one = it.call(1, in_order());
  it.settle();
  core::byte_buffer held_up;
  bool is_held_up = true;
  it.tamper = [&](test::way direction, core::byte_buffer& bytes) {
    if (direction != test::way::to_server) return;
    held_up.insert(held_up.end(), bytes.begin(), bytes.end());
    bytes.clear();
    if (!is_held_up) bytes.swap(held_up);
  };
  const operation_id two = it.call(2, in_order());
  it.settle();
  server.refuse(1, 420, "FLOOD_WAIT_3");
  it.settle();
  // Now the second one's message is too old for the server, and goes out anew.
  it.clock.shift_wall(std::chrono::minutes(10));
  is_held_up = false;
  const operation_id unordered = it.call(3);
  it.settle();
  ASSERT_EQ(it.runs[2], 1);
  EXPECT_EQ(it.follows[2], ids{server.id_of(1)}) << "so that it is refused, as the first one was";
  server.refuse(2, 400, "MSG_WAIT_FAILED");
  it.pass(seconds(2));
  EXPECT_EQ(it.runs[2], 1);
  it.pass(seconds(2));
  EXPECT_EQ(it.runs[1], 2);
  EXPECT_EQ(it.runs[2], 2);
  EXPECT_EQ(it.follows[2], ids{server.id_of(1)});
  for (int number = 1; number <= 3; ++number) server.answer(number);
  for (const operation_id each : {one, two, unordered}) EXPECT_FALSE(it.run_to_end(each));
}

}  // namespace
}  // namespace corogram::rpc

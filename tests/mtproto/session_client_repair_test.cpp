#include "session_support.hpp"

#include <corogram/mtproto/bad_msg.hpp>
#include <corogram/mtproto/session_client.hpp>

#include <gtest/gtest.h>

#include <tuple>

namespace corogram::mtproto {
namespace {

using namespace session_test;

class ClientRepair : public testing::Test {
 protected:
  ClientRepair() { bench.client.connection_opened(bench.now); }

  void refuse_salt(std::int64_t bad_msg_id, std::int64_t new_salt) {
    service::bad_server_salt notice;
    notice.bad_msg_id = bad_msg_id;
    notice.error_code = 48;
    notice.new_server_salt = new_salt;
    bench.give(notice);
  }

  client_bench bench;
};

//= SMM-24 test
//= DESC-11 test
TEST_F(ClientRepair, AdoptsTheNewSaltAndSendsTheMessageAgain) {
  bench.client.submit(call_body(1));
  const auto first = bench.sent().at(0);
  refuse_salt(first.msg_id, 0x99);
  EXPECT_EQ(bench.events_of<salts_changed>().size(), 1u);
  const auto second = bench.sent();
  ASSERT_EQ(second.size(), 1u);
  EXPECT_EQ(second[0].body, first.body);
  EXPECT_EQ(second[0].header.salt, 0x99);
  EXPECT_GT(second[0].msg_id, first.msg_id);
  EXPECT_EQ(bench.client.server_salt(), 0x99);
  bench.give_result(second[0].msg_id, answer_body(1));
  EXPECT_EQ(bench.events_of<answer>().size(), 1u);
}

//= SMM-26 test
TEST_F(ClientRepair, SendsEverythingInARefusedContainerAgain) {
  const auto update_id = bench.give_body(answer_body(1), true, false);
  for (int i = 0; i < 3; ++i) bench.client.submit(call_body(i));
  bench.client.ping(77);
  const auto first = bench.sent();
  ASSERT_EQ(first.size(), 5u);
  refuse_salt(first[0].outer_msg_id, 0x99);
  const auto second = bench.sent();
  ASSERT_EQ(second.size(), 5u);
  int calls = 0;
  for (const auto& message : second) {
    EXPECT_EQ(message.header.salt, 0x99);
    if (message.is<service::msgs_ack>()) {
      EXPECT_EQ(message.as<service::msgs_ack>()->msg_ids[0], update_id);
    } else if (message.is<service::ping>()) {
      EXPECT_EQ(message.as<service::ping>()->ping_id, 77);
    } else {
      EXPECT_EQ(number_in(message.body), calls++);
    }
  }
  EXPECT_EQ(calls, 3);
}

//= SMM-22 test
TEST_F(ClientRepair, MovesNothingForMessagesThatItDidNotSendOrLongAgo) {
  bench.client.submit(call_body(1));
  const auto sent = bench.sent().at(0);
  refuse_salt(sent.msg_id + 4, 0x99);
  bench.give_refusal(sent.msg_id + 4, 17);
  bench.give_refusal(sent.msg_id + 4, 33);
  bench.wait(301s);
  bench.sent();
  refuse_salt(sent.msg_id, 0x99);
  bench.give_refusal(sent.msg_id, 16);
  const auto events = bench.events();
  EXPECT_EQ(only<message_ignored>(events).size(), 5u);
  EXPECT_TRUE(only<salts_changed>(events).empty());
  EXPECT_TRUE(only<clock_corrected>(events).empty());
  EXPECT_TRUE(only<session_restarted>(events).empty());
  EXPECT_EQ(bench.client.server_salt(), 0x5a5a);
  EXPECT_TRUE(bench.sent().empty());
}

//= SMM-25 test
//= SMM-21 test
TEST_F(ClientRepair, GetsACallThroughWhateverCodeItIsRefusedWith) {
  for (const std::int32_t code : {16, 18, 19, 20, 32, 33, 34, 35, 64, 21, 31, 36, 47, 65, 79, 5}) {
    SCOPED_TRACE(code);
    const auto request = bench.client.submit(call_body(code));
    // Acknowledgements of earlier answers may go along.
    const auto first = bench.sent().back();
    bench.give_refusal(first.outer_msg_id, code);
    auto second = bench.sent().back();
    // As a new message. 19 speaks of a container that came twice: it may be there, so a question
    // comes first.
    if (code == 19) {
      EXPECT_EQ(second.as<service::msgs_state_req>()->msg_ids[0], first.msg_id);
      bench.give_states(second.msg_id, {2});
      second = bench.sent().back();
      EXPECT_EQ(second.msg_id, first.msg_id);
      EXPECT_TRUE(second.in_container);
    } else {
      EXPECT_GT(second.msg_id, first.msg_id);
      EXPECT_GT(second.seq_no, first.seq_no);
    }
    EXPECT_EQ(second.body, first.body);
    bench.give_result(second.msg_id, answer_body(code));
    EXPECT_EQ(bench.events_of<answer>().at(0).request, request);
  }
}

TEST_F(ClientRepair, GivesACallUpThatIsRefusedAgainAndAgain) {
  const auto request = bench.client.submit(call_body(1));
  int sent = 0;
  for (int i = 0; i < 100; ++i) {
    const auto messages = bench.sent();
    if (messages.empty()) break;
    ++sent;
    bench.give_refusal(messages[0].msg_id, 35);
  }
  EXPECT_EQ(sent, 7);
  const auto failed = bench.events_of<request_failed>();
  ASSERT_EQ(failed.size(), 1u);
  EXPECT_EQ(failed[0].request, request);
  EXPECT_EQ(failed[0].reason.code, errc::not_repairable);
}

//= SMM-20 test
TEST_F(ClientRepair, SendsTheCallsOfABadContainerOneByOne) {
  for (int i = 0; i < 3; ++i) bench.client.submit(call_body(i));
  const auto first = bench.sent();
  bench.give_refusal(first[0].outer_msg_id, 64);
  bench.packets.clear();
  const auto second = bench.sent();
  ASSERT_EQ(second.size(), 3u);
  EXPECT_EQ(bench.packets.size(), 3u);
  for (const auto& message : second) EXPECT_FALSE(message.in_container);
}

//= GEN-08 test
//= SMM-23 test
//= DESC-46 test
//= DESC-18 test
TEST_F(ClientRepair, SetsASlowClockRightByTheRefusalAndGoesOn) {
  bench.client.submit(call_body(1));
  const auto first = bench.sent().at(0);
  // The server is an hour ahead.
  service::bad_msg_notification notice;
  notice.bad_msg_id = first.msg_id;
  notice.error_code = 16;
  const auto server_now = core::later(bench.now, 3600s);
  bench.client.handle_packet(bench.server.packet(tl::encode(notice), false, server_now), bench.now);
  const auto events = bench.events();
  ASSERT_EQ(only<clock_corrected>(events).size(), 1u);
  EXPECT_NEAR(static_cast<double>(only<clock_corrected>(events)[0].server_time_offset / 1ms),
              3'600'000.0, 1.0);
  EXPECT_TRUE(only<session_restarted>(events).empty());
  const auto second = bench.sent();
  ASSERT_EQ(second.size(), 1u);
  EXPECT_EQ(age_of(second[0].msg_id, server_now.wall), age::fine);
  EXPECT_EQ(second[0].header.session_id, first.header.session_id);
}

//= GEN-09 test
TEST_F(ClientRepair, OpensANewSessionWhenAFastClockIsSetBack) {
  bench.client.submit(call_body(1));
  bench.client.submit(call_body(2));
  const auto first = bench.sent();
  service::bad_msg_notification notice;
  notice.bad_msg_id = first[0].outer_msg_id;
  notice.error_code = 17;
  const auto server_now = core::later(bench.now, -3600s);
  bench.client.handle_packet(bench.server.packet(tl::encode(notice), false, server_now), bench.now);
  const auto restarts = bench.events_of<session_restarted>();
  ASSERT_EQ(restarts.size(), 1u);
  EXPECT_NE(restarts[0].session_id, first[0].header.session_id);
  bench.server.header().session_id = restarts[0].session_id;
  const auto second = bench.sent();
  ASSERT_EQ(second.size(), 2u);
  EXPECT_EQ(second[0].seq_no, 1);
  for (const auto& message : second) {
    EXPECT_EQ(message.header.session_id, restarts[0].session_id);
    EXPECT_EQ(age_of(message.msg_id, server_now.wall), age::fine);
  }
}

//= SM-22 test
TEST(ClientRestart, TellsTheServerAnewWhenToGiveUpTheConnection) {
  auto config = quiet_config();
  config.ping_interval = 60s;
  client_bench bench(std::move(config));
  bench.client.connection_opened(bench.now);
  const auto first = bench.sent();
  service::bad_msg_notification notice;
  notice.bad_msg_id = first.at(0).outer_msg_id;
  notice.error_code = 17;
  bench.client.handle_packet(
      bench.server.packet(tl::encode(notice), false, core::later(bench.now, -3600s)), bench.now);
  const auto restarts = bench.events_of<session_restarted>();
  ASSERT_EQ(restarts.size(), 1u);
  bench.server.header().session_id = restarts[0].session_id;
  const auto second = bench.sent();
  ASSERT_EQ(second.size(), 1u);
  EXPECT_TRUE(second[0].is<service::ping_delay_disconnect>());
}

//= GEN-09 test
TEST(ClientRestart, WaitsForWhatIsUnderWayAndFailsWhatNobodyCanTellAbout) {
  client_bench bench;
  bench.client.connection_opened(bench.now);
  const auto early = bench.client.submit(call_body(1));
  const auto lost = bench.client.submit(call_body(2));
  const auto calls = bench.sent();
  // The machine's clock is set an hour ahead, without the monotonic one noticing.
  bench.now.wall += 3600s;
  const auto fast = bench.client.submit(call_body(3));
  const auto refused = bench.sent().at(0);
  service::bad_msg_notification notice;
  notice.bad_msg_id = refused.msg_id;
  notice.error_code = 17;
  const auto server_now = core::instant{bench.now.steady, bench.now.wall - 3600s};
  bench.client.handle_packet(bench.server.packet(tl::encode(notice), false, server_now), bench.now);
  // Nothing goes out in a session that is about to end, but answers come in.
  EXPECT_TRUE(bench.sent().empty());
  core::byte_buffer result;
  core::writer(result).le(service::rpc_result::tl_id).le(calls[0].msg_id).bytes(answer_body(1));
  bench.client.handle_packet(bench.server.packet(result, true, server_now), bench.now);
  auto events = bench.events();
  EXPECT_EQ(only<answer>(events).at(0).request, early);
  EXPECT_TRUE(only<session_restarted>(events).empty());
  ASSERT_EQ(bench.client.poll_deadline(), bench.now.steady + 5s);
  bench.wait(5s);
  events = bench.events();
  EXPECT_EQ(only<session_restarted>(events).size(), 1u);
  ASSERT_EQ(only<request_failed>(events).size(), 1u);
  EXPECT_EQ(only<request_failed>(events)[0].request, lost);
  EXPECT_EQ(only<request_failed>(events)[0].reason.code, errc::outcome_unknown);
  const auto again = bench.sent();
  ASSERT_EQ(again.size(), 1u);
  EXPECT_EQ(number_in(again[0].body), 3);
  EXPECT_NE(again[0].header.session_id, refused.header.session_id);
  EXPECT_TRUE(bench.client.msg_id_of(fast));
}

// The id of a message of the old session may be that of another call in the new one.
//= SM-05 test
TEST(ClientRestart, DropsNothingInTheNewSessionThatWasOfTheOld) {
  client_bench bench;
  bench.client.connection_opened(bench.now);
  const auto unwanted = bench.client.submit(call_body(1));
  bench.sent();
  bench.now.wall += 3600s;
  bench.client.submit(call_body(2));
  const auto refused = bench.sent().at(0);
  service::bad_msg_notification notice;
  notice.bad_msg_id = refused.msg_id;
  notice.error_code = 17;
  const auto server_now = core::instant{bench.now.steady, bench.now.wall - 3600s};
  bench.client.handle_packet(bench.server.packet(tl::encode(notice), false, server_now), bench.now);
  // The session is about to end: the server hears nothing more in it.
  EXPECT_TRUE(bench.client.drop(unwanted));
  EXPECT_TRUE(bench.sent().empty());
  bench.wait(5s);
  EXPECT_EQ(bench.events_of<session_restarted>().size(), 1u);
  const auto sent = bench.sent();
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].body, call_body(2));
}

//= SMM-25 test
TEST_F(ClientRepair, OpensANewSessionWhenSequenceNumbersAreRefusedTwice) {
  bench.client.submit(call_body(1));
  bench.give_refusal(bench.sent().at(0).msg_id, 32);
  EXPECT_TRUE(bench.events_of<session_restarted>().empty());
  bench.give_refusal(bench.sent().at(0).msg_id, 32);
  EXPECT_EQ(bench.events_of<session_restarted>().size(), 1u);
  const auto sent = bench.sent();
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].seq_no, 1);
}

//= GEN-09 test
//= DESC-14 test
TEST(ClientClock, KeepsIdsRisingWhenTheMachinesClockIsSetBack) {
  client_bench bench;
  bench.client.connection_opened(bench.now);
  bench.client.submit(call_body(1));
  const auto first = bench.sent().at(0);
  bench.now.wall -= 3600s;
  bench.now = core::later(bench.now, 1s);
  bench.client.submit(call_body(2));
  const auto second = bench.sent().at(0);
  EXPECT_EQ(second.header.session_id, first.header.session_id);
  EXPECT_GT(second.msg_id, first.msg_id);
  EXPECT_EQ(bench.client.server_time_offset(), 3600s);
}

//= SMM-34 test
//= SM-40 test
TEST_F(ClientRepair, KeepsTheIdOfACallThatWentOutBeforeInAPacketOfUnknownFate) {
  bench.client.submit(call_body(1));
  const auto first = bench.sent().at(0);
  bench.client.connection_closed(bench.now);
  bench.client.connection_opened(bench.now);
  const auto second = bench.sent().at(0);
  EXPECT_EQ(second.msg_id, first.msg_id);
  EXPECT_EQ(second.seq_no, first.seq_no);
  EXPECT_TRUE(second.in_container);
  refuse_salt(second.outer_msg_id, 0x99);
  const auto third = bench.sent().at(0);
  EXPECT_EQ(third.msg_id, first.msg_id);
  EXPECT_TRUE(third.in_container);
  EXPECT_GT(third.outer_msg_id, second.outer_msg_id);
}

// A call whose id is a little too far ahead may be on its way for so long that it is accepted after
// all; one that is far ahead may not, and goes as a new message.
//= GEN-08 test
TEST(SessionClientRepair, WhatMayYetBeAcceptedKeepsItsIdWhenTheClockIsCorrected) {
  for (const auto& [ahead, keeps_id] : {std::pair(45s, true), std::pair(61s, false)}) {
    auto config = quiet_config();
    config.server_time_known = false;
    client_bench bench(std::move(config));
    bench.client.connection_opened(bench.now);
    const auto request = bench.client.submit(call_body(1));
    bench.client.ping(7);
    bench.sent();
    const auto id = bench.client.msg_id_of(request);
    service::pong pong;
    pong.ping_id = 7;
    bench.client.handle_packet(
        bench.server.packet(tl::encode(pong), false, core::later(bench.now, -ahead)), bench.now);
    EXPECT_EQ(bench.client.server_time_offset(), -ahead);
    EXPECT_EQ(bench.client.msg_id_of(request) == id, keeps_id);
  }
}

// The server's clock has gone on while its word was under way, and may have come to the call's id.
//= GEN-08 test
TEST(SessionClientRepair, WhatMayHaveBeenAcceptedMeanwhileKeepsItsIdWhenTheClockIsCorrected) {
  for (const auto& [by_refusal, ahead, keeps_id] :
       {std::tuple(false, 59s, true), std::tuple(true, 59s, true), std::tuple(false, 63s, false),
        std::tuple(true, 63s, false)}) {
    auto config = quiet_config();
    config.server_time_known = false;
    client_bench bench(std::move(config));
    bench.client.connection_opened(bench.now);
    bench.client.ping(7);
    const auto first = bench.sent().at(0);
    const core::instant servers_now = core::later(bench.now, -ahead);

    bench.now = core::later(bench.now, 31s);
    const auto request = bench.client.submit(call_body(1));
    bench.sent();
    const auto id = bench.client.msg_id_of(request);
    service::pong pong;
    pong.ping_id = 7;
    service::bad_msg_notification notice;
    notice.bad_msg_id = first.outer_msg_id;
    notice.error_code = 17;
    const core::byte_buffer word = by_refusal ? tl::encode(notice) : tl::encode(pong);
    bench.client.handle_packet(bench.server.packet(word, false, servers_now), bench.now);
    EXPECT_EQ(bench.client.server_time_offset(), -ahead - 31s);
    EXPECT_EQ(bench.client.msg_id_of(request) == id, keeps_id)
        << "by a refusal: " << by_refusal << ", ahead by " << ahead.count() << " s";
  }
}

// Ids could not rise any more behind the end of their seconds.
TEST(SessionClientRepair, AServerAtTheEndOfTimeIsNotBelieved) {
  auto config = quiet_config();
  config.server_time_known = false;
  client_bench bench(std::move(config));
  bench.client.connection_opened(bench.now);
  bench.client.ping(7);
  bench.sent();
  service::pong pong;
  pong.ping_id = 7;
  bench.client.handle_packet(
      bench.server.packet(tl::encode(pong), false, {bench.now.steady, 0xffffffff * 1s}), bench.now);
  EXPECT_EQ(bench.client.server_time_offset(), 0s);
  EXPECT_TRUE(bench.events_of<clock_corrected>().empty());
}

}  // namespace
}  // namespace corogram::mtproto

#include "session_support.hpp"

#include <corogram/mtproto/acks.hpp>
#include <corogram/mtproto/session_client.hpp>
#include <corogram/mtproto/state_info.hpp>

#include <gtest/gtest.h>

namespace corogram::mtproto {
namespace {

using namespace session_test;

class ClientService : public testing::Test {
 protected:
  ClientService() { bench.client.connection_opened(bench.now); }

  /// Sends one call and returns how it went out.
  seen_message send_call(std::int32_t n = 1) {
    last_request = bench.client.submit(call_body(n));
    return bench.sent().at(0);
  }
  void lose_connection() {
    bench.client.connection_closed(bench.now);
    bench.client.connection_opened(bench.now);
  }

  client_bench bench;
  request_id last_request{};
};

//= SMM-28 test
//= SMM-32 test
TEST_F(ClientService, AsksAboutACallWithoutAnswerEverMoreSeldom) {
  const auto call = send_call();
  const std::chrono::nanoseconds expected[] = {10s, 20s, 40s, 80s, 160s, 300s, 300s};
  for (const auto pause : expected) {
    ASSERT_EQ(bench.client.poll_deadline(), bench.now.steady + pause);
    bench.wait(pause);
    const auto asked = bench.sent();
    ASSERT_EQ(asked.size(), 1u);
    const auto query = asked[0].as<service::msgs_state_req>();
    ASSERT_EQ(query->msg_ids.size(), 1u);
    EXPECT_EQ(query->msg_ids[0], call.msg_id);
    bench.give_states(asked[0].msg_id, {state_received | state_call});
    EXPECT_TRUE(bench.sent().empty());
  }
  EXPECT_EQ(bench.events_of<request_received>().size(), 1u);
}

//= SMM-34 test
//= SMM-30 test
TEST_F(ClientService, SendsACallAgainInAContainerWhenTheServerHasNotGotIt) {
  for (const core::byte state : {state_unknown, state_not_received, state_not_received_yet,
                                 static_cast<core::byte>(state_received | state_answered)}) {
    const auto call = send_call();
    bench.wait(10s);
    const auto asked = bench.sent().at(0);
    bench.give_states(asked.msg_id, {state});
    const auto again = bench.sent();
    ASSERT_EQ(again.size(), 1u);
    EXPECT_EQ(again[0].msg_id, call.msg_id);
    EXPECT_EQ(again[0].body, call.body);
    EXPECT_TRUE(again[0].in_container);
    bench.give_result(call.msg_id, answer_body(1));
    EXPECT_EQ(bench.events_of<answer>().size(), 1u);
    bench.wait(30s);
    bench.sent();
  }
}

//= SMM-29 test
TEST_F(ClientService, IgnoresStatesThatItDidNotAskForOrThatAreTooFew) {
  send_call();
  bench.give_states(4, {state_not_received});
  bench.wait(10s);
  bench.give_states(bench.sent().at(0).msg_id, {});
  EXPECT_EQ(bench.events_of<message_ignored>().size(), 2u);
  EXPECT_TRUE(bench.sent().empty());
}

//= SMM-35 test
TEST_F(ClientService, TakesStatesThatAreVolunteered) {
  const auto one = send_call(1);
  const auto two = send_call(2);
  service::msgs_all_info info;
  const std::vector<std::int64_t> ids{one.msg_id, two.msg_id, 12345};
  info.msg_ids = ids;
  info.info = core::byte_buffer{state_received, state_not_received, state_received};
  bench.give(info);
  EXPECT_EQ(bench.events_of<request_received>().size(), 1u);
  const auto again = bench.sent();
  ASSERT_EQ(again.size(), 1u);
  EXPECT_EQ(again[0].msg_id, two.msg_id);
}

//= SMM-28 test
//= SMM-29 test
//= SMM-33 test
TEST_F(ClientService, AnswersStateQueriesAboutTheServersMessages) {
  const auto first = bench.give_body(answer_body(1), true, false);
  const auto skipped = bench.server.next_id(bench.now, false);
  const auto second = bench.give_body(answer_body(2), false, false);
  service::msgs_state_req query;
  const std::vector<std::int64_t> ids{first, second, skipped, first - 400, second + (40ll << 32)};
  query.msg_ids = ids;
  const auto query_id = bench.give_body(tl::encode(query), false, false);
  const auto sent = bench.sent();
  const auto info = std::ranges::find_if(
      sent, [](const auto& message) { return message.template is<service::msgs_state_info>(); });
  ASSERT_NE(info, sent.end());
  EXPECT_EQ(info->seq_no % 2, 0);
  const auto states = info->as<service::msgs_state_info>();
  EXPECT_EQ(states->req_msg_id, query_id);
  EXPECT_EQ(core::byte_buffer(states->info.begin(), states->info.end()),
            (core::byte_buffer{4, 4 + 16, 2, 1, 3}));
}

//= SMM-03 test
TEST_F(ClientService, AnswersNoQueryAboutMoreThan8192Messages) {
  service::msgs_state_req query;
  query.msg_ids = std::vector<std::int64_t>(id_list_limit, 1);
  bench.give(query);
  EXPECT_EQ(bench.sent().size(), 1u);
  query.msg_ids = std::vector<std::int64_t>(id_list_limit + 1, 1);
  bench.give(query);
  EXPECT_TRUE(bench.sent().empty());
}

//= SMM-38 test
//= SMM-39 test
TEST_F(ClientService, AsksForAnnouncedAnswersThatItLacksAndAcknowledgesThoseItHas) {
  const auto call = send_call();
  const auto have = bench.give_body(answer_body(1), true, false);
  bench.wait(30s);
  bench.sent();
  const auto lack = bench.server.next_id(bench.now);
  service::msg_detailed_info info;
  info.msg_id = call.msg_id;
  info.answer_msg_id = lack;
  info.status = 5;
  bench.give(info);
  EXPECT_EQ(bench.events_of<request_received>().size(), 1u);
  auto sent = bench.sent();
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].as<service::msg_resend_req>()->msg_ids[0], lack);
  service::msg_new_detailed_info known;
  known.answer_msg_id = have;
  bench.give(known);
  EXPECT_TRUE(bench.sent().empty());
  bench.wait(10s);
  bench.sent();
  bench.wait(20s);
  sent = bench.sent();
  ASSERT_FALSE(sent.empty());
  EXPECT_EQ(sent[0].as<service::msgs_ack>()->msg_ids[0], have);
}

//= SMM-40 test
//= SMM-41 test
TEST_F(ClientService, SendsAgainWhatTheServerAsksForAndTellsStatesIfItCannot) {
  const auto call = send_call();
  service::msg_resend_req query;
  const std::vector<std::int64_t> known{call.msg_id};
  query.msg_ids = known;
  bench.give(query);
  auto sent = bench.sent();
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].msg_id, call.msg_id);
  EXPECT_TRUE(sent[0].in_container);
  const auto of_the_server = bench.server.next_id(bench.now);
  const std::vector<std::int64_t> mixed{call.msg_id, of_the_server};
  query.msg_ids = mixed;
  bench.give(query);
  sent = bench.sent();
  ASSERT_EQ(sent.size(), 2u);
  EXPECT_EQ(sent[0].as<service::msgs_state_info>()->info.size(), 2u);
  EXPECT_EQ(sent[1].msg_id, call.msg_id);
}

//= SM-18 test
//= SM-20 test
TEST_F(ClientService, AnswersPingsAndIgnoresPongsNobodyAskedFor) {
  service::ping ping;
  ping.ping_id = 42;
  const auto id = bench.give_body(tl::encode(ping), false, false);
  const auto sent = bench.sent();
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].as<service::pong>()->msg_id, id);
  EXPECT_EQ(sent[0].as<service::pong>()->ping_id, 42);
  service::pong pong;
  pong.ping_id = 42;
  bench.give(pong);
  EXPECT_TRUE(bench.events_of<pong_received>().empty());
}

//= SM-18 test
TEST_F(ClientService, TakesPongsBareAndInsideAResult) {
  bench.client.ping(1);
  bench.client.ping(2);
  const auto sent = bench.sent();
  ASSERT_EQ(sent.size(), 2u);
  service::pong pong;
  pong.ping_id = 1;
  bench.give(pong);
  pong.ping_id = 2;
  bench.give_result(sent[1].msg_id, tl::encode(pong));
  EXPECT_EQ(bench.events_of<pong_received>().size(), 2u);
}

//= SM-22 test
TEST(ClientKeepalive, PingsEveryMinuteWithALongerDelayAndGivesASilentConnectionUp) {
  auto config = quiet_config();
  config.ping_interval = 60s;
  client_bench bench(std::move(config));
  bench.client.connection_opened(bench.now);
  for (int i = 0; i < 3; ++i) {
    const auto sent = bench.sent();
    ASSERT_EQ(sent.size(), 1u);
    const auto ping = sent[0].as<service::ping_delay_disconnect>();
    EXPECT_EQ(ping->disconnect_delay, 75);
    EXPECT_EQ(bench.client.poll_deadline(), bench.now.steady + 15s);
    service::pong pong;
    pong.ping_id = ping->ping_id;
    bench.give(pong);
    EXPECT_EQ(bench.events_of<pong_received>().at(0).ping_id, 0);
    ASSERT_EQ(bench.client.poll_deadline(), bench.now.steady + 60s);
    bench.wait(60s);
  }
  bench.sent();
  bench.wait(14s);
  EXPECT_TRUE(bench.events().empty());
  bench.wait(1s);
  EXPECT_EQ(bench.events_of<close_connection>().at(0).reason.code, errc::timed_out);
  bench.wait(60s);
  EXPECT_TRUE(bench.events().empty());
  EXPECT_TRUE(bench.sent().empty());
}

//= SM-12 test
//= SM-15 test
//= SM-16 test
//= SM-17 test
TEST(ClientSalts, AsksForComingSaltsAndUsesThemInTime) {
  auto config = quiet_config();
  config.future_salts_count = 64;
  client_bench bench(std::move(config));
  bench.client.connection_opened(bench.now);
  const auto query = bench.sent();
  ASSERT_EQ(query.size(), 1u);
  EXPECT_EQ(query[0].as<service::get_future_salts>()->num, 64);
  const auto t = std::chrono::floor<std::chrono::seconds>(bench.now.wall).count();
  std::vector<service::future_salt> list;
  for (int i = 0; i < 5; ++i) {
    service::future_salt one;
    one.valid_since = static_cast<std::int32_t>(t + 1800 * i);
    one.valid_until = one.valid_since + 3600;
    one.salt = i == 0 ? 0x5a5a : 0x1000 + i;
    list.push_back(one);
  }
  service::future_salts salts;
  salts.salts = list;
  salts.now = static_cast<std::int32_t>(t);
  salts.req_msg_id = query[0].msg_id + 4;
  bench.give(salts);
  EXPECT_TRUE(bench.events_of<salts_changed>().empty());
  salts.req_msg_id = query[0].msg_id;
  bench.give(salts);
  EXPECT_EQ(bench.events_of<salts_changed>().size(), 1u);
  EXPECT_EQ(bench.client.future_salts().size(), 5u);
  bench.wait(3500s);
  bench.client.ping(1);
  EXPECT_EQ(bench.sent().at(0).header.salt, 0x5a5a);
  bench.wait(50s);
  bench.client.ping(2);
  EXPECT_EQ(bench.sent().at(0).header.salt, 0x1001);
  // No acknowledgement is owed for any of it.
  bench.wait(60s);
  for (const auto& message : bench.sent()) EXPECT_FALSE(message.is<service::msgs_ack>());
}

//= SM-30 test
//= SM-28 test
//= SM-29 test
//= DESC-08 test
TEST_F(ClientService, SendsAgainWhatANewSessionOfTheServerKnowsNothingOf) {
  const auto old_call = send_call(1);
  const auto new_call = send_call(2);
  service::new_session_created notice;
  notice.first_msg_id = new_call.msg_id;
  notice.unique_id = 77;
  notice.server_salt = 0x4242;
  const auto notice_id = bench.give_body(tl::encode(notice), true, false);
  const auto events = bench.events();
  EXPECT_EQ(only<session_new>(events).at(0).unique_id, 77);
  EXPECT_EQ(only<salts_changed>(events).size(), 1u);
  const auto sent = bench.sent();
  ASSERT_EQ(sent.size(), 2u);
  EXPECT_EQ(sent[0].as<service::msgs_ack>()->msg_ids[0], notice_id);
  EXPECT_EQ(sent[1].body, old_call.body);
  EXPECT_EQ(sent[1].msg_id, old_call.msg_id);
  EXPECT_TRUE(sent[1].in_container);
  EXPECT_EQ(sent[1].header.salt, 0x4242);
}

//= SM-23 test
//= SM-24 test
TEST_F(ClientService, DestroysOtherSessionsButNotItsOwn) {
  EXPECT_FALSE(bench.client.destroy_session(bench.client.session_id()));
  EXPECT_TRUE(bench.sent().empty());
  EXPECT_TRUE(bench.client.destroy_session(0x77));
  EXPECT_TRUE(bench.client.destroy_session(0x88));
  const auto sent = bench.sent();
  ASSERT_EQ(sent.size(), 2u);
  EXPECT_EQ(sent[0].as<service::destroy_session>()->session_id, 0x77);
  service::destroy_session_ok ok;
  ok.session_id = 0x77;
  bench.give(ok, true);
  service::destroy_session_none none;
  none.session_id = 0x88;
  bench.give_result(sent[1].msg_id, tl::encode(none));
  const auto destroyed = bench.events_of<session_destroyed>();
  ASSERT_EQ(destroyed.size(), 2u);
  EXPECT_TRUE(destroyed[0].existed);
  EXPECT_FALSE(destroyed[1].existed);
  bench.give(ok, true);
  EXPECT_TRUE(bench.events_of<session_destroyed>().empty());
}

//= SM-53 test
TEST_F(ClientService, DestroysItsKeyAndTellsTheOutcome) {
  const auto ask = [&] {
    bench.client.destroy_auth_key();
    const auto sent = bench.sent();
    EXPECT_TRUE(sent.at(sent.size() - 1).is<service::destroy_auth_key>());
  };
  using outcome = key_destroyed::outcome;
  ask();
  bench.give(service::destroy_auth_key_ok());
  EXPECT_EQ(bench.events_of<key_destroyed>().at(0).result, outcome::ok);
  ask();
  bench.give(service::destroy_auth_key_none());
  EXPECT_EQ(bench.events_of<key_destroyed>().at(0).result, outcome::none);
  ask();
  bench.give(service::destroy_auth_key_fail());
  EXPECT_EQ(bench.events_of<key_destroyed>().at(0).result, outcome::fail);
}

//= SMM-28 test
//= SMM-34 test
TEST_F(ClientService, AsksAboutCallsThatTheServerHasAndRepeatsTheOthersOnTheNextConnection) {
  const auto has = send_call(1);
  const auto lost = send_call(2);
  service::msgs_ack acks;
  const std::vector<std::int64_t> ids{has.msg_id};
  acks.msg_ids = ids;
  bench.give(acks);
  lose_connection();
  const auto waiting = bench.client.submit(call_body(3));
  const auto sent = bench.sent();
  ASSERT_EQ(sent.size(), 3u);
  EXPECT_EQ(sent[0].as<service::msgs_state_req>()->msg_ids[0], has.msg_id);
  EXPECT_EQ(sent[1].msg_id, lost.msg_id);
  EXPECT_EQ(number_in(sent[2].body), 3);
  EXPECT_TRUE(bench.client.msg_id_of(waiting));
}

TEST_F(ClientService, CountsKeyUnknownErrorsUntilSomethingDecrypts) {
  bench.client.handle_transport_error(-404, bench.now);
  EXPECT_EQ(bench.events_of<key_unknown>().at(0).in_a_row, 1);
  bench.client.handle_transport_error(-404, bench.now);
  EXPECT_TRUE(bench.events().empty());
  lose_connection();
  bench.client.handle_transport_error(-404, bench.now);
  EXPECT_EQ(bench.events_of<key_unknown>().at(0).in_a_row, 2);
  lose_connection();
  bench.give_body(answer_body(1));
  bench.events();
  bench.client.handle_transport_error(-404, bench.now);
  EXPECT_EQ(bench.events_of<key_unknown>().at(0).in_a_row, 1);
  lose_connection();
  bench.client.handle_transport_error(-429, bench.now);
  EXPECT_EQ(bench.events_of<transport_failed>().at(0).code, -429);
}

TEST_F(ClientService, HoldsLittleUnderAFloodOfQuestions) {
  for (int i = 0; i < 100'000; ++i) {
    service::ping ping;
    ping.ping_id = i;
    bench.give(ping);
    bench.events();
  }
  // A thousand answers wait, not a hundred thousand.
  EXPECT_EQ(bench.sent().size(), 1024u);
  for (int i = 0; i < 50; ++i) {
    service::msg_new_detailed_info info;
    std::vector<core::byte_buffer> bodies;
    std::vector<message_view> messages;
    for (int j = 0; j < 1000; ++j) {
      info.answer_msg_id = first_msg_id_at(bench.now.wall + 10s) + (i * 1000 + j) * 4 + 1;
      bodies.push_back(tl::encode(info));
      messages.push_back(bench.server.message(bodies.back(), false, bench.now, false));
    }
    bench.client.handle_packet(bench.server.container(messages, bench.now), bench.now);
  }
  std::size_t asked = 0;
  for (const auto& message : bench.sent())
    if (message.is<service::msg_resend_req>())
      asked += message.as<service::msg_resend_req>()->msg_ids.size();
  EXPECT_EQ(asked, id_list_limit);
}

//= SM-30 test
TEST(ClientSalt, IsNotTakenFromANoticeThatComesAgainAfterLong) {
  client_bench bench;
  bench.client.connection_opened(bench.now);
  service::new_session_created notice;
  notice.first_msg_id = 4;
  notice.server_salt = 77;
  const core::byte_buffer body = tl::encode(notice);
  const auto again = bench.server.message(body, true, core::later(bench.now, -301s), false);
  core::byte_buffer container;
  write_container(outgoing({again}), core::writer(container));
  bench.give_body(container);
  EXPECT_EQ(bench.events_of<session_new>().size(), 1u);
  EXPECT_EQ(bench.client.server_salt(), 0x5a5a);
  bench.give(notice, true, false);
  EXPECT_EQ(bench.client.server_salt(), 77);
}

// While a connection takes no more bytes, nobody can do anything about what is due.
TEST(ClientDeadlines, WhatIsDueWaitsForItsTransmissionWithoutTheClock) {
  auto config = quiet_config();
  config.ping_interval = 60s;
  client_bench bench(std::move(config));
  bench.client.connection_opened(bench.now);
  bench.client.submit(call_body(1));
  EXPECT_FALSE(bench.sent().empty());
  bench.give_body(answer_body(5), true, false);
  for (int i = 0; i < 20; ++i) {
    const auto due = bench.client.poll_deadline();
    if (!due) break;
    ASSERT_GT(*due, bench.now.steady);
    bench.wait(*due - bench.now.steady);
  }
  const auto sent = bench.sent();
  EXPECT_TRUE(std::ranges::any_of(
      sent, [](const auto& one) { return one.template is<service::msgs_ack>(); }));
  EXPECT_TRUE(std::ranges::any_of(
      sent, [](const auto& one) { return one.template is<service::msgs_state_req>(); }));
}

}  // namespace
}  // namespace corogram::mtproto

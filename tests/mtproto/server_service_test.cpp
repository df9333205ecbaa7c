#include "session_support.hpp"

#include <corogram/mtproto/packed.hpp>
#include <corogram/mtproto/server.hpp>
#include <corogram/mtproto/state_info.hpp>
#include <corogram/tl/gzip.hpp>

#include <gtest/gtest.h>
#include <zlib.h>

namespace corogram::mtproto {
namespace {

using namespace session_test;

class ServerService : public testing::Test {
 protected:
  ServerService() { bench.open_session(); }

  core::byte_buffer states_of(const std::vector<std::int64_t>& ids) {
    service::msgs_state_req query;
    query.msg_ids = ids;
    for (const auto& message : bench.ask(query)) {
      if (!message.is<service::msgs_state_info>()) continue;
      EXPECT_EQ(message.seq_no % 2, 0);
      const auto info = message.as<service::msgs_state_info>();
      return {info->info.begin(), info->info.end()};
    }
    return {};
  }
  void respond(std::int64_t msg_id, std::int32_t n, std::size_t filler = 0) {
    EXPECT_TRUE(bench.machine.respond(bench.session(), msg_id, answer_body(n, filler), bench.now));
  }
  std::vector<seen_message> give_again(std::int64_t msg_id, std::int32_t seq_no,
                                       core::byte_view body) {
    return bench.give(bench.client.container({{msg_id, seq_no, body}}, bench.now));
  }

  server_bench bench;
};

//= SM-01 test
//= SM-03 test
//= DESC-13 test
TEST_F(ServerService, AnswersACallByItsInnerMessageId) {
  const auto body = call_body(5);
  const auto inner = bench.client.message(body, true, bench.now);
  bench.give(bench.client.container({inner}, bench.now));
  const auto calls = bench.events_of<request_event>();
  ASSERT_EQ(calls.size(), 1u);
  EXPECT_EQ(calls[0].msg_id, inner.msg_id);
  EXPECT_EQ(calls[0].session, bench.session());
  EXPECT_EQ(calls[0].connection, 1u);
  EXPECT_EQ(calls[0].body, body);
  respond(inner.msg_id, 6);
  EXPECT_FALSE(bench.machine.respond(bench.session(), inner.msg_id, answer_body(7), bench.now));
  const auto sent = bench.sent();
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].msg_id & 3, 1);
  EXPECT_EQ(sent[0].seq_no % 2, 1);
  core::byte_buffer expected;
  core::writer(expected).le(service::rpc_result::tl_id).le(inner.msg_id).bytes(answer_body(6));
  EXPECT_EQ(sent[0].body, expected);
  EXPECT_FALSE(bench.machine.respond(bench.session(), 12345, answer_body(7), bench.now));
  EXPECT_FALSE(bench.machine.respond({1, 2}, inner.msg_id, answer_body(7), bench.now));
}

//= SM-04 test
TEST_F(ServerService, AnswersACallByAnError) {
  const auto id = bench.call(1);
  bench.machine.respond_error(bench.session(), id, 401, "AUTH_KEY_UNREGISTERED", bench.now);
  const auto sent = bench.sent();
  ASSERT_EQ(sent.size(), 1u);
  const auto error = tl::decode_view<service::rpc_error>(core::byte_view(sent[0].body).subspan(12));
  ASSERT_TRUE(error);
  EXPECT_EQ((*error)->error_code, 401);
  EXPECT_EQ((*error)->error_message, "AUTH_KEY_UNREGISTERED");
}

//= SM-44 test
TEST(ServerPacking, PacksLongAnswersThatGetShorterByIt) {
  auto config = bench_config();
  config.limits.compress_above = 512;
  server_bench bench(std::move(config));
  bench.open_session();
  const auto id = bench.call(1);
  bench.machine.respond(bench.session(), id, answer_body(1, 4000), bench.now);
  const auto sent = bench.sent();
  ASSERT_EQ(sent.size(), 1u);
  const auto content = core::byte_view(sent[0].body).subspan(12);
  ASSERT_TRUE(is_packed(content));
  EXPECT_EQ(unpack(content, 1 << 20)->object, answer_body(1, 4000));
  EXPECT_FALSE(unpack(content, 1 << 20)->by_zlib);
}

//= SM-43 test
//= SM-45 test
TEST_F(ServerService, TakesPackedCallsByGzipAndRecordsThoseByZlib) {
  auto packed = call_body(3, 2000);
  ASSERT_TRUE(pack(packed));
  bench.give(bench.client.packet(packed, true, bench.now));
  auto events = bench.machine_events();
  EXPECT_EQ(only<request_event>(events).at(0).body, call_body(3, 2000));
  EXPECT_TRUE(only<violation_event>(events).empty());

  const auto plain = call_body(4, 2000);
  core::byte_buffer deflated(compressBound(static_cast<uLong>(plain.size())));
  uLongf size = deflated.size();
  ASSERT_EQ(compress(deflated.data(), &size, plain.data(), static_cast<uLong>(plain.size())), Z_OK);
  deflated.resize(size);
  service::gzip_packed by_zlib;
  by_zlib.packed_data = deflated;
  bench.give(bench.client.packet(tl::encode(by_zlib), true, bench.now));
  events = bench.machine_events();
  EXPECT_EQ(only<request_event>(events).at(0).body, plain);
  EXPECT_EQ(only<violation_event>(events).at(0).what.which, rule::gzip_wrapper);

  //= SMM-18 test
  EXPECT_EQ(server_bench::refusal_in(bench.give(bench.client.packet(packed, false, bench.now))),
            35);
}

//= SM-46 test
TEST(ServerPacking, AnswersBombsAndRubbishWithAnError) {
  auto config = bench_config();
  config.limits.inflated = 1000;
  server_bench bench(std::move(config));
  bench.open_session();
  auto bomb = call_body(3, 4000);
  ASSERT_TRUE(pack(bomb));
  service::gzip_packed rubbish;
  rubbish.packed_data = core::byte_buffer(100, 0xee);
  service::gzip_packed nothing;
  const core::byte_buffer emptiness = tl::gzip({});
  nothing.packed_data = emptiness;
  for (const auto& packed : {bomb, tl::encode(rubbish), tl::encode(nothing)}) {
    const auto sent = bench.give(bench.client.packet(packed, true, bench.now));
    ASSERT_EQ(sent.size(), 1u);
    EXPECT_EQ(tl::peek_id(core::byte_view(sent[0].body).subspan(12)), service::rpc_error::tl_id);
    EXPECT_TRUE(bench.events_of<request_event>().empty());
  }
}

TEST_F(ServerService, TakesAPackedServiceMessageButNothingPackedTwice) {
  service::msgs_ack acks;
  acks.msg_ids = std::vector<std::int64_t>(200, 4);
  auto packed = tl::encode(acks);
  ASSERT_TRUE(pack(packed));
  bench.give(bench.client.packet(packed, true, bench.now));
  EXPECT_EQ(bench.events_of<violation_event>().at(0).what.which, rule::packed_service_message);
}

//= SM-18 test
//= SM-19 test
//= SM-20 test
TEST_F(ServerService, AnswersAPingOnItsOwnConnection) {
  bench.open(2);
  bench.ask(service::msgs_ack(), false, 2);
  bench.packets.clear();
  service::ping ping;
  ping.ping_id = 9;
  const auto body = tl::encode(ping);
  const auto message = bench.client.message(body, false, bench.now);
  const auto sent = bench.give(bench.client.packet(message), 1);
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(bench.packets.at(0).first, 1u);
  EXPECT_EQ(sent[0].as<service::pong>()->msg_id, message.msg_id);
  EXPECT_EQ(sent[0].as<service::pong>()->ping_id, 9);
  EXPECT_EQ(sent[0].seq_no % 2, 0);
  EXPECT_EQ(sent[0].msg_id & 3, 1);
}

//= DESC-29 test
//= DESC-23 test
TEST_F(ServerService, AcknowledgesAnOddPing) {
  auto sent = bench.ask(service::ping(), true);
  // With the pong already.
  EXPECT_EQ(server_bench::of<service::pong>(sent).size(), 1u);
  EXPECT_EQ(server_bench::of<service::msgs_ack>(sent).size(), 1u);
}

//= SMM-01 test
//= SMM-04 test
//= SM-02 test
//= DESC-25 test
TEST_F(ServerService, AcknowledgesACallWhoseAnswerTakesLongerThanTheDelay) {
  const auto slow = bench.call(1);
  EXPECT_TRUE(bench.last.empty());
  ASSERT_EQ(bench.machine.poll_deadline(), bench.now.steady + 250ms);
  const auto sent = bench.wait(250ms);
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].as<service::msgs_ack>()->msg_ids[0], slow);
  EXPECT_EQ(sent[0].seq_no % 2, 0);
  respond(slow, 1);
  EXPECT_EQ(bench.sent().size(), 1u);
  // A quick answer takes the acknowledgement's place.
  const auto quick = bench.call(2);
  respond(quick, 2);
  EXPECT_EQ(bench.sent().size(), 1u);
  EXPECT_TRUE(bench.wait(60s).empty());
}

//= SM-21 test
TEST_F(ServerService, ClosesAConnectionAfterTheDelayOfItsLastPing) {
  service::ping_delay_disconnect ping;
  ping.disconnect_delay = 75;
  EXPECT_EQ(bench.ask(ping).size(), 1u);
  bench.wait(60s);
  bench.ask(ping);
  bench.wait(74s);
  EXPECT_TRUE(bench.signals.empty());
  ASSERT_EQ(bench.machine.poll_deadline(), bench.now.steady + 1s);
  bench.wait(1s);
  ASSERT_EQ(bench.signals.size(), 1u);
  EXPECT_TRUE(std::holds_alternative<hang_up>(bench.signals[0].what));
  EXPECT_FALSE(bench.machine.connected(bench.session()));
  bench.machine.connection_closed(1, bench.now);
}

//= SM-12 test
//= SM-13 test
//= SM-14 test
//= SM-16 test
TEST_F(ServerService, TellsComingSalts) {
  const auto ask = [&](std::int32_t count, bool odd = false) {
    service::get_future_salts query;
    query.num = count;
    const auto body = tl::encode(query);
    const auto message = bench.client.message(body, odd, bench.now);
    const auto sent = bench.give(bench.client.packet(message));
    EXPECT_EQ(sent.size(), 1u);
    EXPECT_EQ(sent.at(0).seq_no % 2, 0);
    const auto salts = sent.at(0).as<service::future_salts>();
    EXPECT_EQ(salts->req_msg_id, message.msg_id);
    EXPECT_EQ(salts->now, bench.now.wall / 1s);
    // Neither the vector nor its elements have numbers.
    EXPECT_EQ(sent.at(0).body.size(), 4 + 8 + 4 + 4 + 16 * salts->salts.size());
    return salts->salts.size();
  };
  EXPECT_EQ(ask(3), 3u);
  EXPECT_EQ(ask(64), 64u);
  EXPECT_TRUE(bench.events_of<violation_event>().empty());
  EXPECT_EQ(ask(65), 64u);
  EXPECT_EQ(ask(0), 1u);
  EXPECT_EQ(bench.events_of<violation_event>().size(), 1u);
  // Its answer acknowledges it, also when the client has it odd.
  EXPECT_EQ(ask(1, true), 1u);
  EXPECT_TRUE(bench.wait(60s).empty());
}

//= SMM-29 test
//= SMM-30 test
//= SMM-31 test
//= SMM-33 test
TEST_F(ServerService, TellsHowFarACallHasComeStageByStage) {
  const auto skipped = bench.client.next_id(bench.now);
  const auto id = bench.call(1);
  EXPECT_EQ(states_of({id, skipped, 4, id + (1ll << 40)}), (core::byte_buffer{4 + 32, 2, 1, 3}));
  bench.wait(250ms);
  EXPECT_EQ(states_of({id}), core::byte_buffer{4 + 8 + 32});
  // Answered but not out: no connection is there to take it.
  bench.machine.connection_closed(1, bench.now);
  respond(id, 1);
  bench.open(2);
  service::msgs_state_req query;
  const std::vector<std::int64_t> ids{id};
  query.msg_ids = ids;
  const auto sent = bench.ask(query, false, 2);
  EXPECT_EQ(server_bench::of<service::msgs_state_info>(sent)
                .at(0)
                .as<service::msgs_state_info>()
                ->info[0],
            4 + 8 + 32);
  const auto result = server_bench::of<service::rpc_result>(sent).at(0);
  bench.client.header();
  const auto after = bench.ask(query, false, 2);
  EXPECT_EQ(after.at(0).as<service::msgs_state_info>()->info[0], 4 + 8 + 32 + 64);
  service::msgs_ack acks;
  const std::vector<std::int64_t> answer_ids{result.msg_id};
  acks.msg_ids = answer_ids;
  bench.ask(acks, false, 2);
  EXPECT_EQ(bench.ask(query, false, 2).at(0).as<service::msgs_state_info>()->info[0],
            4 + 8 + 32 + 64 + 128);
  // A service message needs no acknowledgement.
  service::ping ping;
  const auto body = tl::encode(ping);
  const auto message = bench.client.message(body, false, bench.now);
  bench.give(bench.client.packet(message), 2);
  const std::vector<std::int64_t> ping_ids{message.msg_id};
  query.msg_ids = ping_ids;
  EXPECT_EQ(bench.ask(query, false, 2).at(0).as<service::msgs_state_info>()->info[0], 4 + 16);
}

//= SMM-36 test
//= SMM-07 test
//= SM-40 test
TEST_F(ServerService, RunsARepeatedCallOnceAndAnswersItAgain) {
  const auto body = call_body(1);
  const auto message = bench.client.message(body, true, bench.now);
  bench.give(bench.client.packet(message));
  EXPECT_EQ(bench.events_of<request_event>().size(), 1u);
  // While it runs: nothing but an acknowledgement.
  bench.give(bench.client.packet(message));
  EXPECT_EQ(server_bench::of<service::msgs_ack>(bench.wait(1s)).size(), 1u);
  respond(message.msg_id, 2);
  const auto answer = bench.sent().at(0);
  // A small answer comes again; the same one.
  auto again = give_again(message.msg_id, message.seq_no, body);
  ASSERT_FALSE(server_bench::of<service::rpc_result>(again).empty());
  EXPECT_EQ(again[0].msg_id, answer.msg_id);
  EXPECT_EQ(again[0].body, answer.body);
  EXPECT_TRUE(again[0].in_container);
  // Once it is acknowledged there is nothing left to send.
  bench.acknowledge(answer.msg_id);
  again = give_again(message.msg_id, message.seq_no, body);
  EXPECT_TRUE(server_bench::of<service::rpc_result>(again).empty());
  EXPECT_TRUE(bench.events_of<request_event>().empty());
}

//= SMM-36 test
//= SMM-39 test
//= SMM-40 test
TEST_F(ServerService, AnnouncesALargeAnswerToARepeatedCallAndSendsItOnRequest) {
  const auto body = call_body(1);
  const auto message = bench.client.message(body, true, bench.now);
  bench.give(bench.client.packet(message));
  respond(message.msg_id, 2, 5000);
  const auto answer = bench.sent().at(0);
  const auto again = give_again(message.msg_id, message.seq_no, body);
  EXPECT_TRUE(server_bench::of<service::rpc_result>(again).empty());
  const auto info = server_bench::of<service::msg_detailed_info>(again).at(0);
  EXPECT_EQ(info.seq_no % 2, 0);
  EXPECT_EQ(info.as<service::msg_detailed_info>()->msg_id, message.msg_id);
  EXPECT_EQ(info.as<service::msg_detailed_info>()->answer_msg_id, answer.msg_id);
  EXPECT_EQ(info.as<service::msg_detailed_info>()->bytes,
            static_cast<std::int32_t>(answer.body.size()));
  EXPECT_EQ(info.as<service::msg_detailed_info>()->status, 0);
  service::msg_resend_req query;
  const std::vector<std::int64_t> ids{answer.msg_id};
  query.msg_ids = ids;
  const auto resent = bench.ask(query);
  ASSERT_EQ(resent.size(), 1u);
  EXPECT_EQ(resent[0].msg_id, answer.msg_id);
  EXPECT_EQ(resent[0].body, answer.body);
  //= SMM-41 test
  const std::vector<std::int64_t> mixed{answer.msg_id, message.msg_id};
  query.msg_ids = mixed;
  const auto both = bench.ask(query);
  EXPECT_EQ(server_bench::of<service::rpc_result>(both).size(), 1u);
  const auto states = server_bench::of<service::msgs_state_info>(both).at(0);
  EXPECT_EQ(states.as<service::msgs_state_info>()->info.size(), 2u);
}

//= SM-06 test
//= SM-10 test
TEST_F(ServerService, KnowsNothingOfACallThatIsOverOrNeverWas) {
  service::rpc_drop_answer drop;
  drop.req_msg_id = 4;
  const auto sent = bench.ask(drop, true);
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].seq_no % 2, 1);
  EXPECT_EQ(tl::peek_id(core::byte_view(sent[0].body).subspan(12)),
            service::rpc_answer_unknown::tl_id);
}

//= SM-07 test
TEST_F(ServerService, LetsADroppedCallRunToItsEndAndTellsSoTwice) {
  const auto id = bench.call(1);
  bench.machine_events();
  service::rpc_drop_answer drop;
  drop.req_msg_id = id;
  auto sent = bench.ask(drop, true);
  const auto content = [](const seen_message& message) {
    return tl::peek_id(core::byte_view(message.body).subspan(12));
  };
  EXPECT_EQ(content(server_bench::of<service::rpc_result>(sent).at(0)),
            service::rpc_answer_dropped_running::tl_id);
  EXPECT_EQ(bench.events_of<request_dropped>().at(0).msg_id, id);
  respond(id, 1);
  sent = bench.sent();
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(content(sent[0]), service::rpc_answer_dropped_running::tl_id);
  EXPECT_EQ(core::load_le<std::int64_t>(sent[0].body.data() + 4), id);
}

//= SM-08 test
TEST_F(ServerService, DropsAnAnswerThatWaitsAndDescribesIt) {
  service::rpc_drop_answer drop;
  const auto dropped_in = [](const std::vector<seen_message>& sent) {
    for (const auto& message : sent) {
      if (!message.is<service::rpc_result>()) continue;
      const auto content = core::byte_view(message.body).subspan(12);
      if (const auto found = tl::decode_view<service::rpc_answer_dropped>(content))
        return service::rpc_answer_dropped(**found);
    }
    return service::rpc_answer_dropped();
  };
  // Sent, not acknowledged.
  const auto one = bench.call(1);
  respond(one, 1);
  const auto answer = bench.sent().at(0);
  drop.req_msg_id = one;
  auto dropped = dropped_in(bench.ask(drop, true));
  EXPECT_EQ(dropped.msg_id, answer.msg_id);
  EXPECT_EQ(dropped.seq_no, answer.seq_no);
  EXPECT_EQ(dropped.bytes, static_cast<std::int32_t>(answer.body.size()));
  // Not even sent.
  const auto two = bench.call(2);
  bench.machine.connection_closed(1, bench.now);
  respond(two, 2);
  bench.open(2);
  drop.req_msg_id = two;
  const auto sent = bench.ask(drop, true, 2);
  dropped = dropped_in(sent);
  EXPECT_EQ(dropped.msg_id & 3, 1);
  EXPECT_EQ(dropped.bytes, 20);
  for (const auto& message : sent)
    EXPECT_NE(core::load_le<std::int64_t>(message.body.data() + 4), two);
}

//= SM-23 test
//= SM-24 test
TEST_F(ServerService, DestroysOtherSessionsOfTheKey) {
  puppet second(role::client, make_key(1), 0x2222, server_bench::first_salt);
  bench.open(2);
  bench.give(second.packet(tl::encode(service::msgs_ack()), false, bench.now), 2);
  service::destroy_session query;
  query.session_id = 0x2222;
  auto sent = bench.ask(query, true);
  ASSERT_EQ(server_bench::of<service::destroy_session_ok>(sent).size(), 1u);
  EXPECT_EQ(sent[0].as<service::destroy_session_ok>()->session_id, 0x2222);
  EXPECT_FALSE(bench.machine.connected({bench.session().auth_key_id, 0x2222}));
  sent = bench.ask(query, true);
  EXPECT_EQ(server_bench::of<service::destroy_session_none>(sent).size(), 1u);
  query.session_id = bench.session().session_id;
  sent = bench.ask(query, true);
  EXPECT_EQ(server_bench::of<service::destroy_session_none>(sent).size(), 1u);
  EXPECT_EQ(bench.events_of<violation_event>().at(0).what.which, rule::destroy_own_session);
  EXPECT_TRUE(bench.machine.connected(bench.session()));
}

//= SM-52 test
TEST_F(ServerService, LeavesHttpWaitUnansweredAndRecordsItHere) {
  EXPECT_TRUE(bench.ask(service::http_wait()).empty());
  EXPECT_EQ(bench.events_of<violation_event>().at(0).what.which, rule::http_wait_elsewhere);
  EXPECT_TRUE(bench.wait(60s).empty());
}

//= SMM-28 test
//= SMM-32 test
//= SMM-34 test
//= SMM-35 test
TEST_F(ServerService, AsksForStatesAndActsOnThem) {
  bench.machine.push(bench.session(), answer_body(1), bench.now);
  bench.machine.push(bench.session(), answer_body(2), bench.now);
  const auto pushed = bench.sent();
  ASSERT_EQ(pushed.size(), 2u);
  EXPECT_EQ(pushed[0].msg_id & 3, 3);
  EXPECT_TRUE(bench.machine.request_state(bench.session(), bench.now));
  const auto query = bench.sent().at(0);
  EXPECT_EQ(query.as<service::msgs_state_req>()->msg_ids.size(), 2u);
  service::msgs_state_info info;
  info.req_msg_id = query.msg_id;
  info.info = core::byte_buffer{state_received, state_not_received};
  auto sent = bench.ask(info);
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].msg_id, pushed[1].msg_id);
  EXPECT_TRUE(sent[0].in_container);
  EXPECT_EQ(bench.events_of<message_acknowledged>().at(0).msg_id, pushed[0].msg_id);
  service::msgs_all_info all;
  const std::vector<std::int64_t> ids{pushed[1].msg_id};
  all.msg_ids = ids;
  all.info = core::byte_buffer{state_received};
  EXPECT_TRUE(bench.ask(all).empty());
  EXPECT_EQ(bench.events_of<message_acknowledged>().at(0).msg_id, pushed[1].msg_id);
}

//= SMM-37 test
TEST_F(ServerService, AnnouncesWhatNoCallCaused) {
  const auto id = bench.call(1);
  respond(id, 1);
  bench.machine.push(bench.session(), answer_body(1), bench.now);
  const auto sent = bench.sent();
  bench.machine.announce(bench.session(), bench.now);
  const auto announced = bench.sent();
  ASSERT_EQ(announced.size(), 1u);
  EXPECT_EQ(announced[0].as<service::msg_new_detailed_info>()->answer_msg_id, sent[1].msg_id);
}

//= SM-42 test
TEST_F(ServerService, UnwrapsTheRetiredMessageCopy) {
  const auto original = bench.client.next_id(bench.now);
  bench.client.next_seq(true);
  core::byte_buffer copy;
  core::writer(copy)
      .le(service::msg_copy::tl_id)
      .le(service::message::tl_id)
      .le(original)
      .le(1)
      .le(8)
      .bytes(call_body(1));
  bench.give(bench.client.packet(copy, false, bench.now));
  const auto events = bench.machine_events();
  EXPECT_EQ(only<request_event>(events).at(0).msg_id, original);
  EXPECT_EQ(only<violation_event>(events).at(0).what.which, rule::message_copy);
  bench.give(bench.client.packet(copy, false, bench.now));
  EXPECT_TRUE(bench.events_of<request_event>().empty());
}

TEST_F(ServerService, CountsMoreCallsAtOnceThanItMayAsAFlood) {
  auto config = bench_config();
  config.limits.running_calls = 3;
  server_bench small(std::move(config));
  for (int i = 0; i < 4; ++i) small.call(i);
  EXPECT_EQ(small.events_of<request_event>().size(), 3u);
  EXPECT_EQ(std::get<send_transport_error>(small.signals.at(0).what).code, -429);
}

TEST_F(ServerService, HoldsLittleUnderAFloodOfQuestionsThatNobodyReads) {
  auto config = bench_config();
  config.limits.queued_messages = 1000;
  config.limits.events = 100;
  server_bench small(std::move(config));
  // Nobody polls: neither packets nor events are taken away.
  for (int i = 0; i < 5000; ++i) {
    small.open(static_cast<connection_id>(10 + i));
    small.machine.handle_packet(static_cast<connection_id>(10 + i),
                                small.client.packet(tl::encode(service::ping()), false, small.now),
                                false, small.now);
    small.machine.connection_closed(static_cast<connection_id>(10 + i), small.now);
  }
  EXPECT_LT(small.machine_events().size(), 6000u);
  EXPECT_LT(small.sent().size(), 1001u);
}

//= SMM-08 test
TEST_F(ServerService, SurvivesEveryPrefixAndMutationOfEveryServiceMessage) {
  service::msgs_ack acks;
  acks.msg_ids = std::vector<std::int64_t>(3, 5);
  service::msgs_state_req states;
  states.msg_ids = std::vector<std::int64_t>(3, 5);
  service::msg_resend_req resend;
  resend.msg_ids = std::vector<std::int64_t>(3, 5);
  service::msgs_all_info all;
  all.msg_ids = std::vector<std::int64_t>(3, 5);
  core::byte_buffer copy;
  core::writer(copy).le(service::msg_copy::tl_id).le(service::message::tl_id).extend(20);
  const std::vector<core::byte_buffer> bodies{
      tl::encode(acks),
      tl::encode(states),
      tl::encode(resend),
      tl::encode(all),
      copy,
      tl::encode(service::msgs_state_info()),
      tl::encode(service::ping()),
      tl::encode(service::get_future_salts()),
      tl::encode(service::rpc_drop_answer()),
      tl::encode(service::destroy_session()),
      tl::encode(service::http_wait()),
      tl::encode(service::gzip_packed()),
      tl::encode(service::pong()),
      tl::encode(service::rpc_error()),
  };
  core::test_random random(6);
  for (const auto& whole : bodies) {
    for (std::size_t size = 0; size <= whole.size(); size += 4)
      bench.give(bench.client.packet(core::byte_view(whole).first(size), true, bench.now));
    for (int i = 0; i < 100; ++i) {
      auto mutant = whole;
      for (int j = 0; j < 2; ++j)
        mutant[random.below(mutant.size())] = static_cast<core::byte>(random.next());
      bench.give(bench.client.packet(mutant, random.below(2) == 0, bench.now));
    }
    if (!bench.signals.empty()) {
      bench.machine.connection_closed(1, bench.now);
      bench.open(1);
      bench.signals.clear();
    }
    bench.machine_events();
  }
  bench.call(1);
  EXPECT_EQ(bench.events_of<request_event>().size(), 1u);
}

}  // namespace
}  // namespace corogram::mtproto

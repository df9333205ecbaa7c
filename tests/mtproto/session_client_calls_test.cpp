#include "session_support.hpp"
#include "support/scripted_random.hpp"
#include "support/vectors.hpp"

#include <corogram/core/hex.hpp>
#include <corogram/mtproto/packed.hpp>
#include <corogram/mtproto/session_client.hpp>
#include <corogram/tl/gzip.hpp>

#include <gtest/gtest.h>

#include <set>

namespace corogram::mtproto {
namespace {

using namespace session_test;

//= DESC-01 test
//= DESC-16 test
TEST(ClientSession, SpeaksTheBytesOfTheVectorsOutAndIn) {
  const auto vectors = test::read_vectors(COROGRAM_TEST_DATA "/envelope.txt");
  auto config = quiet_config();
  config.key = auth_key(core::secret_array<256>(vectors.array<256>("auth_key")));
  config.server_salt = core::load_le<std::int64_t>(vectors["client_plaintext"].data());
  // What the session draws: its id, then the padding of the one packet.
  auto script = *core::from_hex("0102030405060708");
  for (core::byte i = 0; i < 20; ++i) script.push_back(i);
  test::scripted_random random(std::move(script));
  client_session client(std::move(config), random);
  // The moment whose message id is that of the vector: 0x12345678 / 2^32 seconds.
  const core::instant now{1s, 1'707'425'106s + 71'111'111ns};
  client.connection_opened(now);
  client.ping(0x1122334455667788);
  outgoing_packet out;
  ASSERT_TRUE(client.poll_transmit(out, now));
  EXPECT_EQ(core::to_hex(out.packet), core::to_hex(vectors["client_packet"]));
  EXPECT_FALSE(client.poll_transmit(out, now));
  EXPECT_EQ(random.left(), 0u);

  client.handle_packet(core::concat(core::byte_view(vectors["client_auth_key_id"]),
                                    core::byte_view(vectors["server_msg_key"]),
                                    core::byte_view(vectors["server_ciphertext"])),
                       core::later(now, 100ms));
  const auto events = drain(client);
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(std::get<pong_received>(events[0]).ping_id, 0x1122334455667788);
  EXPECT_EQ(std::get<pong_received>(events[0]).round_trip, 100ms);
}

//= DESC-07 test
TEST(ClientSession, ChoosesARandomIdOf64Bits) {
  core::test_random random(1);
  std::set<std::int64_t> seen;
  std::int64_t ones = 0;
  std::int64_t zeros = 0;
  for (int i = 0; i < 1000; ++i) {
    const auto id = client_session(quiet_config(), random).session_id();
    seen.insert(id);
    ones |= id;
    zeros |= ~id;
  }
  EXPECT_EQ(seen.size(), 1000u);
  EXPECT_EQ(ones, -1);
  EXPECT_EQ(zeros, -1);
}

//= DESC-27 test
//= DESC-48 test
//= SM-02 test
//= SM-03 test
TEST(ClientSession, SendsACallAndReportsItsAnswerOnce) {
  client_bench bench;
  const auto request = bench.client.submit(call_body(7));
  EXPECT_TRUE(bench.sent().empty());
  bench.client.connection_opened(bench.now);
  const auto sent = bench.sent();
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].seq_no, 1);
  EXPECT_EQ(sent[0].header.salt, 0x5a5a);
  EXPECT_FALSE(sent[0].in_container);
  EXPECT_EQ(number_in(sent[0].body), 7);
  EXPECT_EQ(bench.client.msg_id_of(request), sent[0].msg_id);
  const auto answer_id = bench.give_result(sent[0].msg_id, answer_body(8));
  const auto answers = bench.events_of<answer>();
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_EQ(answers[0].request, request);
  EXPECT_EQ(answers[0].body, answer_body(8));
  EXPECT_EQ(bench.client.requests_under_way(), 0u);
  // A second result for the same call is acknowledged and otherwise nothing.
  const auto second_id = bench.give_result(sent[0].msg_id, answer_body(9));
  EXPECT_TRUE(bench.events_of<answer>().empty());
  //= SMM-01 test
  //= DESC-24 test
  bench.wait(30s);
  const auto acks = bench.sent();
  ASSERT_EQ(acks.size(), 1u);
  EXPECT_EQ(acks[0].seq_no, 2);
  const auto list = acks[0].as<service::msgs_ack>();
  ASSERT_EQ(list->msg_ids.size(), 2u);
  EXPECT_EQ(list->msg_ids[0], answer_id);
  EXPECT_EQ(list->msg_ids[1], second_id);
}

TEST(ClientSession, ReportsRpcErrorsWithCodeAndText) {
  client_bench bench;
  bench.client.connection_opened(bench.now);
  const auto request = bench.client.submit(call_body(7));
  const auto sent = bench.sent();
  service::rpc_error error;
  error.error_code = -503;
  error.error_message = "Timeout";
  bench.give_result(sent[0].msg_id, tl::encode(error));
  const auto errors = bench.events_of<rpc_error>();
  ASSERT_EQ(errors.size(), 1u);
  EXPECT_EQ(errors[0].request, request);
  EXPECT_EQ(errors[0].code, -503);
  EXPECT_EQ(errors[0].message, "Timeout");
}

//= SM-44 test
//= INV-17 test
TEST(ClientSession, UnpacksAnswersErrorsAndUpdates) {
  client_bench bench;
  bench.client.connection_opened(bench.now);
  bench.client.submit(call_body(1));
  bench.client.submit(call_body(2));
  const auto sent = bench.sent();
  ASSERT_EQ(sent.size(), 2u);
  auto packed = answer_body(5, 4000);
  ASSERT_TRUE(pack(packed));
  bench.give_result(sent[0].msg_id, packed);
  EXPECT_EQ(bench.events_of<answer>().at(0).body, answer_body(5, 4000));
  service::rpc_error error;
  error.error_code = 400;
  error.error_message = std::string(600, 'X');
  auto packed_error = tl::encode(error);
  ASSERT_TRUE(pack(packed_error));
  bench.give_result(sent[1].msg_id, packed_error);
  EXPECT_EQ(bench.events_of<rpc_error>().at(0).code, 400);
  bench.give_body(packed, true, false);
  EXPECT_EQ(bench.events_of<update>().at(0).body, answer_body(5, 4000));
}

//= SM-46 test
TEST(ClientSession, TakesNoBombsNoRubbishAndNothingPackedTwice) {
  auto config = quiet_config();
  config.inflated_limit = 1000;
  client_bench bench(std::move(config));
  bench.client.connection_opened(bench.now);
  auto bomb = answer_body(5, 4000);
  ASSERT_TRUE(pack(bomb));
  auto twice = answer_body(5, 900);
  ASSERT_TRUE(pack(twice));
  service::gzip_packed again;
  again.packed_data = tl::gzip(twice);
  auto broken = answer_body(5, 900);
  ASSERT_TRUE(pack(broken));
  broken[20] ^= 0xff;
  for (const auto& content : {bomb, tl::encode(again), broken}) {
    const auto request = bench.client.submit(call_body(1));
    const auto sent = bench.sent();
    bench.give_result(sent.back().msg_id, content);
    const auto events = bench.events();
    EXPECT_TRUE(only<answer>(events).empty());
    ASSERT_EQ(only<request_failed>(events).size(), 1u);
    EXPECT_EQ(only<request_failed>(events)[0].request, request);
    bench.give_body(content, true, false);
    EXPECT_TRUE(bench.events_of<update>().empty());
  }
}

//= GEN-06 test
//= DESC-21 test
//= SM-36 test
//= SMM-05 test
TEST(ClientSession, PacksWaitingCallsAndAcknowledgementsTogether) {
  client_bench bench;
  bench.client.connection_opened(bench.now);
  const auto update_id = bench.give_body(answer_body(1), true, false);
  EXPECT_TRUE(bench.sent().empty());
  for (int i = 0; i < 3; ++i) bench.client.submit(call_body(i));
  const auto sent = bench.sent();
  EXPECT_EQ(bench.packets.size(), 1u);
  ASSERT_EQ(sent.size(), 4u);
  EXPECT_EQ(sent[0].as<service::msgs_ack>()->msg_ids[0], update_id);
  EXPECT_EQ(sent[0].seq_no, 0);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(number_in(sent[static_cast<std::size_t>(i) + 1].body), i);
    EXPECT_EQ(sent[static_cast<std::size_t>(i) + 1].seq_no, 2 * i + 1);
    EXPECT_TRUE(sent[static_cast<std::size_t>(i) + 1].in_container);
  }
}

//= SM-37 test
TEST(ClientSession, SplitsWhatDoesNotFitOneContainer) {
  client_bench bench;
  bench.client.connection_opened(bench.now);
  bench.client.ping(1);
  for (int i = 0; i < 1024; ++i) bench.client.submit(call_body(i));
  auto sent = bench.sent();
  ASSERT_EQ(sent.size(), 1025u);
  EXPECT_EQ(bench.packets.size(), 2u);
  // No more are under way than a server can be expected to remember.
  bench.client.submit(call_body(1024));
  EXPECT_TRUE(bench.sent().empty());
  for (const auto& message : sent) bench.give_result(message.msg_id, answer_body(1));
  bench.events();
  EXPECT_EQ(number_in(bench.sent().back().body), 1024);
  bench.packets.clear();
  for (int i = 0; i < 10; ++i) {
    request_options options;
    options.compress = false;
    bench.client.submit(call_body(i, 10'000), options);
  }
  EXPECT_EQ(bench.sent().size(), 10u);
  EXPECT_EQ(bench.packets.size(), 3u);
}

//= SMM-06 test
TEST(ClientSession, AcknowledgesAloneWhenThereAre16OrHalfAMinuteHasPassed) {
  client_bench bench;
  bench.client.connection_opened(bench.now);
  for (int i = 0; i < 15; ++i) bench.give_body(answer_body(i), true, false);
  EXPECT_TRUE(bench.sent().empty());
  bench.give_body(answer_body(15), true, false);
  auto sent = bench.sent();
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].as<service::msgs_ack>()->msg_ids.size(), 16u);
  bench.give_body(answer_body(16), true, false);
  ASSERT_TRUE(bench.client.poll_deadline());
  EXPECT_EQ(*bench.client.poll_deadline(), bench.now.steady + 30s);
  bench.wait(29s);
  EXPECT_TRUE(bench.sent().empty());
  bench.wait(1s);
  EXPECT_EQ(bench.sent().size(), 1u);
  EXPECT_EQ(bench.client.poll_deadline(), std::nullopt);
}

//= SMM-03 test
//= SM-38 test
TEST(ClientSession, PutsAtMost8192IdsIntoOneAcknowledgement) {
  client_bench bench;
  bench.client.connection_opened(bench.now);
  // 1024 to a container, so that none is sent in between.
  for (int i = 0; i < 9; ++i) {
    std::vector<message_view> messages;
    const auto body = answer_body(0);
    for (int j = 0; j < (i < 8 ? 1024 : 1); ++j)
      messages.push_back(bench.server.message(body, true, bench.now, false));
    bench.client.handle_packet(bench.server.container(messages, bench.now), bench.now);
  }
  auto sent = bench.sent();
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].as<service::msgs_ack>()->msg_ids.size(), 8192u);
  bench.wait(30s);
  sent = bench.sent();
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].as<service::msgs_ack>()->msg_ids.size(), 1u);
}

//= INV-16 test
//= SM-45 test
TEST(ClientSession, PacksLongCallsThatGetShorterByIt) {
  client_bench bench;
  bench.client.connection_opened(bench.now);
  request_options plain;
  plain.compress = false;
  core::byte_buffer noise = call_body(3, 4000);
  core::test_random(1).fill(core::byte_span(noise).subspan(8));
  bench.client.submit(call_body(1, 4000));
  bench.client.submit(call_body(2, 4000), plain);
  bench.client.submit(noise);
  bench.client.submit(call_body(4, 500));
  const auto sent = bench.sent();
  ASSERT_EQ(sent.size(), 4u);
  ASSERT_TRUE(sent[0].is<service::gzip_packed>());
  EXPECT_EQ(sent[0].seq_no, 1);
  const auto inside = unpack(sent[0].body, 1 << 20);
  ASSERT_TRUE(inside);
  EXPECT_EQ(inside->object, call_body(1, 4000));
  EXPECT_FALSE(inside->by_zlib);
  for (std::size_t i = 1; i < 4; ++i) EXPECT_EQ(sent[i].number(), call_number);
}

TEST(ClientSession, RefusesCallsThatNoMessageCanHold) {
  auto config = quiet_config();
  config.request_limit = 2;
  client_bench bench(std::move(config));
  const auto failure = [&] {
    const auto failed = bench.events_of<request_failed>();
    return failed.size() == 1 ? failed[0].reason.code : std::error_code();
  };
  request_options plain;
  plain.compress = false;
  bench.client.submit(core::byte_buffer{1, 2, 3});
  EXPECT_EQ(failure(), core::errc::bad_length);
  bench.client.submit({});
  EXPECT_EQ(failure(), core::errc::bad_length);
  bench.client.submit(call_body(1, std::size_t{1} << 20), plain);
  EXPECT_EQ(failure(), errc::message_too_long);
  bench.client.submit(call_body(1));
  const auto second = bench.client.submit(call_body(2));
  bench.client.submit(call_body(3));
  EXPECT_EQ(failure(), errc::too_many_requests);
  EXPECT_EQ(bench.client.requests_under_way(), 2u);
  bench.client.drop(second);
  bench.client.submit(call_body(3));
  EXPECT_EQ(failure(), std::error_code());
}

//= PFS-09 test
TEST(ClientSession, MakesCallsThatContainTheirOwnIdAnewForEachId) {
  client_bench bench;
  bench.client.connection_opened(bench.now);
  std::vector<message_identity> made;
  const auto request = bench.client.submit_with([&](const message_identity& identity) {
    made.push_back(identity);
    core::byte_buffer body;
    core::writer(body).le(call_number).le(identity.msg_id);
    return body;
  });
  auto sent = bench.sent();
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(core::load_le<std::int64_t>(sent[0].body.data() + 4), sent[0].msg_id);
  EXPECT_EQ(made.at(0).session_id, bench.client.session_id());
  bench.give_refusal(sent[0].msg_id, 18);
  sent = bench.sent();
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(core::load_le<std::int64_t>(sent[0].body.data() + 4), sent[0].msg_id);
  EXPECT_EQ(made.size(), 2u);
  EXPECT_NE(made[0].msg_id, made[1].msg_id);
  EXPECT_EQ(bench.client.msg_id_of(request), made[1].msg_id);
}

//= SM-05 test
//= SM-09 test
//= SM-10 test
TEST(ClientSession, TellsTheServerToDropWhatIsNotWantedAnyMore) {
  client_bench bench;
  bench.client.connection_opened(bench.now);
  const auto unsent = bench.client.submit(call_body(1));
  EXPECT_TRUE(bench.client.drop(unsent));
  EXPECT_FALSE(bench.client.drop(unsent));
  EXPECT_TRUE(bench.sent().empty());

  const auto request = bench.client.submit(call_body(2));
  const auto call = bench.sent().at(0);
  EXPECT_TRUE(bench.client.drop(request));
  const auto drop = bench.sent();
  ASSERT_EQ(drop.size(), 1u);
  EXPECT_EQ(drop[0].as<service::rpc_drop_answer>()->req_msg_id, call.msg_id);
  EXPECT_EQ(drop[0].seq_no % 2, 1);
  // Both the call and the wish are answered, and both answers acknowledged.
  const auto one =
      bench.give_result(drop[0].msg_id, tl::encode(service::rpc_answer_dropped_running()));
  const auto two =
      bench.give_result(call.msg_id, tl::encode(service::rpc_answer_dropped_running()));
  EXPECT_TRUE(bench.events().empty());
  bench.wait(30s);
  const auto acks = bench.sent();
  ASSERT_EQ(acks.size(), 1u);
  const auto list = acks[0].as<service::msgs_ack>();
  EXPECT_EQ(std::vector<std::int64_t>(list->msg_ids.begin(), list->msg_ids.end()),
            (std::vector<std::int64_t>{one, two}));
  // The wish is over too: nobody asks about it.
  bench.wait(600s);
  EXPECT_TRUE(bench.sent().empty());
}

//= TR-21 test
//= TR-23 test
TEST(ClientSession, ResolvesQuickAcksInAnyOrderAndGoesOnWaitingForTheAnswer) {
  client_bench bench;
  bench.client.connection_opened(bench.now);
  std::vector<request_id> requests;
  std::vector<std::uint32_t> tokens;
  request_options options;
  options.quick_ack = true;
  for (int i = 0; i < 3; ++i) {
    requests.push_back(bench.client.submit(call_body(i), options));
    bench.sent();
    ASSERT_TRUE(bench.packets.back().quick_ack);
    tokens.push_back(opened_copy(bench.client.key(), role::client, bench.packets.back().packet)
                         ->quick_ack_token);
  }
  bench.client.submit(call_body(9));
  bench.sent();
  EXPECT_FALSE(bench.packets.back().quick_ack);
  bench.client.handle_quick_ack(0x12345678);
  EXPECT_TRUE(bench.events().empty());
  for (std::size_t i = 3; i-- > 0;) {
    bench.client.handle_quick_ack(tokens[i]);
    const auto received = bench.events_of<request_received>();
    ASSERT_EQ(received.size(), 1u);
    EXPECT_EQ(received[0].request, requests[i]);
    EXPECT_TRUE(received[0].by_quick_ack);
    bench.client.handle_quick_ack(tokens[i]);
    EXPECT_TRUE(bench.events().empty());
  }
  EXPECT_EQ(bench.client.requests_under_way(), 4u);
}

//= GEN-05 test
TEST(ClientSession, TakesAnAnswerOverAnotherConnectionThanThatOfTheCall) {
  client_bench bench;
  bench.client.connection_opened(bench.now);
  const auto first = bench.client.submit(call_body(1));
  const auto second = bench.client.submit(call_body(2));
  const auto sent = bench.sent();
  ASSERT_EQ(sent.size(), 2u);
  bench.client.connection_closed(bench.now);
  bench.client.connection_opened(bench.now);
  // Nothing has been sent on the new one yet; and the answers come in the other order.
  bench.give_result(sent[1].msg_id, answer_body(2));
  bench.give_result(sent[0].msg_id, answer_body(1));
  const auto answers = bench.events_of<answer>();
  ASSERT_EQ(answers.size(), 2u);
  EXPECT_EQ(answers[0].request, second);
  EXPECT_EQ(answers[0].body, answer_body(2));
  EXPECT_EQ(answers[1].request, first);
  EXPECT_EQ(answers[1].body, answer_body(1));
}

TEST(ClientSession, ReportsWhatTheServerSendsByItselfAsUpdates) {
  client_bench bench;
  bench.client.connection_opened(bench.now);
  const auto id = bench.give_body(answer_body(4), true, false);
  const auto updates = bench.events_of<update>();
  ASSERT_EQ(updates.size(), 1u);
  EXPECT_EQ(updates[0].msg_id, id);
  EXPECT_EQ(updates[0].body, answer_body(4));
}

}  // namespace
}  // namespace corogram::mtproto

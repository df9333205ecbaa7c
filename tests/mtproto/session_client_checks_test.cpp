#include "session_support.hpp"

#include <corogram/mtproto/session_client.hpp>

#include <gtest/gtest.h>

namespace corogram::mtproto {
namespace {

using namespace session_test;

class ClientChecks : public testing::Test {
 protected:
  ClientChecks() { bench.client.connection_opened(bench.now); }

  /// The reasons for which messages were ignored since the last call.
  std::vector<std::error_code> ignored() {
    std::vector<std::error_code> reasons;
    const auto events = bench.events();
    for (const auto& one : only<message_ignored>(events)) reasons.push_back(one.reason.code);
    updates = only<update>(events);
    return reasons;
  }
  void expect_ignored(errc reason) {
    EXPECT_EQ(ignored(), std::vector<std::error_code>{make_error_code(reason)});
    EXPECT_TRUE(updates.empty());
    bench.wait(60s);
    for (const auto& message : bench.sent())
      EXPECT_FALSE(message.is<service::msgs_ack>()) << "acknowledged all the same";
  }
  core::byte_buffer update_at(std::int64_t msg_id) {
    return bench.server.packet({msg_id, 1, body});
  }

  client_bench bench;
  core::byte_buffer body = answer_body(1);
  std::vector<update> updates;
};

//= SEC-16 test
//= SEC-17 test
//= SEC-18 test
//= DESC-41 test
TEST_F(ClientChecks, AnyFlippedBitEndsTheConnectionAndNothingElse) {
  const auto request = bench.client.submit(call_body(1));
  const auto call_id = bench.sent().at(0).msg_id;
  core::byte_buffer result;
  core::writer(result).le(service::rpc_result::tl_id).le(call_id).bytes(answer_body(2));
  const auto good = bench.server.packet(result, true, bench.now);
  for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
    auto bad = good;
    bad[bit / 8] ^= static_cast<core::byte>(1u << (bit % 8));
    bench.client.handle_packet(copy_of(bad), bench.now);
    const auto events = bench.events();
    ASSERT_EQ(events.size(), 1u) << bit;
    ASSERT_EQ(std::get<close_connection>(events[0]).reason.code, errc::bad_packet);
    // Deaf until the next connection, also for what is right.
    bench.client.handle_packet(copy_of(good), bench.now);
    ASSERT_TRUE(bench.events().empty());
    ASSERT_TRUE(bench.sent().empty());
    bench.client.connection_closed(bench.now);
    bench.client.connection_opened(bench.now);
  }
  // After hundreds of them the session is what it was.
  EXPECT_EQ(bench.client.key().id(), make_key(1).id());
  EXPECT_EQ(bench.sent().at(0).msg_id, call_id);
  bench.client.handle_packet(copy_of(good), bench.now);
  EXPECT_EQ(bench.events_of<answer>().at(0).request, request);
}

//= SEC-08 test
//= SEC-09 test
TEST_F(ClientChecks, WrongLengthsOfRightlyKeyedPacketsLookLikeAWrongKey) {
  const core::byte_buffer padding(28);
  for (const std::int32_t length : {-4, 1, 24, 0x7ffffffc}) {
    core::byte_buffer packet;
    test_seal_packet(bench.server.key(), role::server, bench.server.header(),
                     {bench.server.next_id(bench.now), 1, answer_body(1, 12)}, length,
                     core::byte_view(padding).first(12), packet);
    bench.client.handle_packet(copy_of(packet), bench.now);
    const auto events = bench.events();
    ASSERT_EQ(events.size(), 1u);
    EXPECT_EQ(std::get<close_connection>(events[0]).reason.code, errc::bad_packet);
    EXPECT_EQ(std::get<close_connection>(events[0]).reason.offset, core::error::no_offset);
    bench.client.connection_closed(bench.now);
    bench.client.connection_opened(bench.now);
  }
}

//= SEC-11 test
TEST_F(ClientChecks, IgnoresMessagesOfOtherSessions) {
  ++bench.server.header().session_id;
  bench.client.handle_packet(bench.server.packet(body, true, bench.now), bench.now);
  expect_ignored(errc::wrong_session);
}

//= SEC-12 test
//= DESC-42 test
TEST_F(ClientChecks, IgnoresEvenMessageIds) {
  const auto id = bench.server.next_id(bench.now);
  for (const std::int64_t even : {id + 1, id + 3}) {
    bench.client.handle_packet(update_at(even), bench.now);
    expect_ignored(errc::bad_message_id);
  }
}

//= SEC-13 test
//= DESC-43 test
//= SMM-07 test
TEST_F(ClientChecks, TakesADuplicateForNothingButAnotherAcknowledgement) {
  const auto id = bench.server.next_id(bench.now);
  bench.client.handle_packet(update_at(id), bench.now);
  EXPECT_TRUE(ignored().empty());
  EXPECT_EQ(updates.size(), 1u);
  bench.wait(30s);
  EXPECT_EQ(bench.sent().at(0).as<service::msgs_ack>()->msg_ids[0], id);
  bench.client.handle_packet(update_at(id), bench.now);
  EXPECT_EQ(ignored(), std::vector<std::error_code>{make_error_code(errc::duplicate_message)});
  EXPECT_TRUE(updates.empty());
  bench.wait(30s);
  EXPECT_EQ(bench.sent().at(0).as<service::msgs_ack>()->msg_ids[0], id);
  // Also inside containers: one that is known, and one that is not.
  const std::vector<message_view> again{{id, 1, body}};
  const auto container = bench.server.container(again, bench.now);
  for (int i = 0; i < 2; ++i) {
    bench.client.handle_packet(copy_of(container), bench.now);
    EXPECT_EQ(ignored(), std::vector<std::error_code>{make_error_code(errc::duplicate_message)});
    EXPECT_TRUE(updates.empty());
    bench.wait(30s);
    EXPECT_EQ(bench.sent().at(0).as<service::msgs_ack>()->msg_ids[0], id);
  }
}

//= SEC-13 test
TEST_F(ClientChecks, IgnoresWhatIsOlderThanAllThatItRemembers) {
  const auto early = bench.server.next_id(bench.now);
  for (int i = 0; i < 5; ++i) {
    std::vector<message_view> messages;
    for (int j = 0; j < 1000; ++j)
      messages.push_back(bench.server.message(body, false, bench.now, false));
    bench.client.handle_packet(bench.server.container(messages, bench.now), bench.now);
  }
  ignored();
  bench.client.handle_packet(update_at(early), bench.now);
  expect_ignored(errc::message_too_old);
}

//= SEC-14 test
//= DESC-17 test
TEST_F(ClientChecks, IgnoresMessagesFromTooLongAgoOrTooFarAhead) {
  for (const auto offset : {-301s, 31s}) {
    bench.client.handle_packet(update_at(first_msg_id_at(bench.now.wall + offset) | 1), bench.now);
    expect_ignored(errc::bad_message_time);
  }
  for (const auto offset : {-299s, 29s}) {
    bench.client.handle_packet(update_at(first_msg_id_at(bench.now.wall + offset) | 1), bench.now);
    EXPECT_TRUE(ignored().empty());
    EXPECT_EQ(updates.size(), 1u);
  }
}

//= DESC-46 test
//= GEN-08 test
TEST_F(ClientChecks, AsksForTheTimeAndThenForWhatItPutOff) {
  // The server's clock is ahead, or ours has slowly fallen behind; our calls are fine by it.
  const auto server_now = core::later(bench.now, 60s);
  const auto late = bench.server.message(body, true, server_now, false);
  bench.client.handle_packet(bench.server.packet(late), bench.now);
  EXPECT_EQ(ignored(), std::vector<std::error_code>{make_error_code(errc::bad_message_time)});
  const auto question = bench.sent();
  ASSERT_EQ(question.size(), 1u);
  service::pong pong;
  pong.msg_id = question[0].msg_id;
  pong.ping_id = question[0].as<service::ping>()->ping_id;
  bench.client.handle_packet(bench.server.packet(tl::encode(pong), false, server_now), bench.now);
  EXPECT_GT(bench.client.server_time_offset(), 59s);
  const auto request = bench.sent();
  ASSERT_EQ(request.size(), 1u);
  const auto wanted = request[0].as<service::msg_resend_req>();
  ASSERT_EQ(wanted->msg_ids.size(), 1u);
  EXPECT_EQ(wanted->msg_ids[0], late.msg_id);
  bench.client.handle_packet(bench.server.packet(late), bench.now);
  EXPECT_TRUE(ignored().size() == 0 && updates.size() == 1);
}

//= SMM-07 test
TEST_F(ClientChecks, AcknowledgesWhatItHasAlsoWhenItComesAgainAtAWrongTime) {
  const auto message = bench.server.message(body, true, bench.now, false);
  bench.client.handle_packet(bench.server.packet(message), bench.now);
  bench.wait(40s);
  ASSERT_EQ(bench.sent().size(), 1u);
  // The acknowledgement was lost.
  bench.wait(300s);
  bench.client.handle_packet(bench.server.packet(message), bench.now);
  bench.wait(40s);
  const auto sent = bench.sent();
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].as<service::msgs_ack>()->msg_ids[0], message.msg_id);
}

//= DESC-45 test
TEST(ClientClock, DoesNotJudgeByAClockThatIsNotKnownToBeRight) {
  auto config = quiet_config();
  config.server_time_known = false;
  client_bench bench(std::move(config));
  bench.client.connection_opened(bench.now);
  const auto server_now = core::later(bench.now, 3600s);
  bench.client.handle_packet(bench.server.packet(answer_body(1), true, server_now), bench.now);
  EXPECT_EQ(bench.events_of<update>().size(), 1u);
  EXPECT_FALSE(bench.client.server_time_known());
  // A pong to a ping of its own was made just now, so its time is the server's.
  bench.client.ping(5);
  service::pong pong;
  pong.msg_id = bench.sent().at(0).msg_id;
  pong.ping_id = 5;
  bench.client.handle_packet(bench.server.packet(tl::encode(pong), false, server_now), bench.now);
  EXPECT_TRUE(bench.client.server_time_known());
  EXPECT_GT(bench.client.server_time_offset(), 3599s);
  EXPECT_LT(bench.client.server_time_offset(), 3601s);
}

//= SM-33 test
//= SM-34 test
//= SM-35 test
TEST_F(ClientChecks, TakesAContainerAsAWholeOrNotAtAll) {
  const auto fine = bench.server.message(body, true, bench.now, false);
  const auto even = message_view{fine.msg_id + 1, 3, body};
  const auto late = message_view{fine.msg_id + 4000, 3, body};
  core::byte_buffer inner;
  write_container({}, core::writer(inner));
  const auto nested = message_view{fine.msg_id + 4, 2, inner};
  bench.client.handle_packet(bench.server.container({fine, even}, bench.now), bench.now);
  EXPECT_EQ(ignored(), std::vector<std::error_code>{make_error_code(errc::bad_message_id)});
  bench.client.handle_packet(bench.server.container({fine, late}, bench.now), bench.now);
  EXPECT_EQ(ignored(), std::vector<std::error_code>{make_error_code(errc::bad_container)});
  bench.client.handle_packet(bench.server.container({fine, nested}, bench.now), bench.now);
  EXPECT_EQ(ignored(), std::vector<std::error_code>{make_error_code(errc::bad_container)});
  bench.client.handle_packet(bench.server.container({fine}, bench.now), bench.now);
  EXPECT_TRUE(ignored().empty());
  EXPECT_EQ(updates.size(), 1u);
  //= SM-39 test
  bench.client.handle_packet(bench.server.container({}, bench.now), bench.now);
  EXPECT_TRUE(ignored().empty());
  //= SM-36 test
  bench.wait(30s);
  const auto acks = bench.sent().at(0);
  EXPECT_EQ(acks.as<service::msgs_ack>()->msg_ids.size(), 1u);
}

//= DESC-22 test
//= DESC-23 test
TEST_F(ClientChecks, AcknowledgesByTheSequenceNumberAlone) {
  const auto odd = bench.give_body(answer_body(1), true, false);
  bench.give_body(answer_body(2), false, false);
  // An odd pong, of all things.
  const auto pong_id = bench.give_body(tl::encode(service::pong()), true);
  bench.wait(30s);
  const auto sent = bench.sent();
  const auto list = sent.at(0).as<service::msgs_ack>();
  EXPECT_EQ(std::vector<std::int64_t>(list->msg_ids.begin(), list->msg_ids.end()),
            (std::vector<std::int64_t>{odd, pong_id}));
}

//= SM-42 test
TEST_F(ClientChecks, UnwrapsTheRetiredMessageCopyUnlessItHasTheOriginal) {
  const auto copy_of = [&](std::int64_t msg_id) {
    core::byte_buffer copy;
    core::writer(copy)
        .le(service::msg_copy::tl_id)
        .le(service::message::tl_id)
        .le(msg_id)
        .le(1)
        .le(static_cast<std::int32_t>(body.size()))
        .bytes(body);
    return copy;
  };
  const auto original = bench.server.next_id(bench.now);
  const auto copy_id = bench.give_body(copy_of(original), true, false);
  EXPECT_TRUE(ignored().empty());
  EXPECT_EQ(updates.size(), 1u);
  bench.wait(30s);
  const auto acks = bench.sent();
  const auto list = acks.at(0).as<service::msgs_ack>();
  EXPECT_EQ(std::vector<std::int64_t>(list->msg_ids.begin(), list->msg_ids.end()),
            (std::vector<std::int64_t>{original, copy_id}));
  bench.give_body(copy_of(original), true, false);
  EXPECT_EQ(ignored(), std::vector<std::error_code>{make_error_code(errc::duplicate_message)});
  // Newer than its copy: nonsense.
  bench.give_body(copy_of(bench.server.next_id(bench.now) + 4000), true, false);
  EXPECT_EQ(ignored(), std::vector<std::error_code>{make_error_code(errc::bad_container)});
}

//= SEC-10 test
TEST_F(ClientChecks, SurvivesEveryPrefixAndMutationOfEveryServiceMessage) {
  std::vector<core::byte_buffer> bodies{tl::encode(service::rpc_error()),
                                        tl::encode(service::future_salts()),
                                        tl::encode(service::pong()),
                                        tl::encode(service::ping()),
                                        tl::encode(service::new_session_created()),
                                        tl::encode(service::msgs_ack()),
                                        tl::encode(service::bad_msg_notification()),
                                        tl::encode(service::bad_server_salt()),
                                        tl::encode(service::msgs_state_req()),
                                        tl::encode(service::msgs_state_info()),
                                        tl::encode(service::msgs_all_info()),
                                        tl::encode(service::msg_detailed_info()),
                                        tl::encode(service::msg_new_detailed_info()),
                                        tl::encode(service::msg_resend_req()),
                                        tl::encode(service::destroy_session_ok()),
                                        tl::encode(service::destroy_auth_key_ok()),
                                        tl::encode(service::gzip_packed())};
  core::byte_buffer result;
  core::writer(result).le(service::rpc_result::tl_id).le(std::int64_t{4}).le(1);
  bodies.push_back(result);
  core::byte_buffer copy;
  core::writer(copy).le(service::msg_copy::tl_id).le(service::message::tl_id).extend(20);
  bodies.push_back(copy);
  core::test_random random(5);
  for (const auto& whole : bodies) {
    for (std::size_t size = 0; size <= whole.size(); size += 4)
      bench.give_body(core::byte_view(whole).first(size));
    for (int i = 0; i < 200; ++i) {
      auto mutant = whole;
      for (int j = 0; j < 3; ++j)
        mutant[random.below(mutant.size())] = static_cast<core::byte>(random.next());
      mutant.resize(whole.size());
      bench.give_body(mutant, random.below(2) == 0);
    }
    bench.sent();
    bench.events();
  }
  bench.client.submit(call_body(1));
  EXPECT_FALSE(bench.sent().empty());
}

}  // namespace
}  // namespace corogram::mtproto

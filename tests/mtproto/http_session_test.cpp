// Sessions over HTTP, where the server speaks only in reply: http_wait and its times.

#include "session_support.hpp"

#include <gtest/gtest.h>

namespace corogram::mtproto {
namespace {

using namespace session_test;

class HttpServer : public testing::Test {
 protected:
  HttpServer() {
    bench.machine.connection_is_http(1);
    bench.open_session();
    // The last packet of that has its reply, too.
    bench.wait(25s);
    bench.packets.clear();
  }

  std::vector<seen_message> wait_for(std::int32_t max_delay, std::int32_t wait_after,
                                     std::int32_t max_wait, connection_id connection = 1) {
    service::http_wait query;
    query.max_delay = max_delay;
    query.wait_after = wait_after;
    query.max_wait = max_wait;
    return bench.ask(query, false, connection);
  }
  void push(std::int32_t n) {
    ASSERT_TRUE(bench.machine.push(bench.session(), answer_body(n), bench.now));
  }
  /// How many replies have left, and that none leaves before `time` has passed, and one then.
  void expect_reply_after(std::chrono::milliseconds time) {
    const std::size_t before = bench.packets.size();
    ASSERT_GE(time, 1ms);
    bench.wait(time - 1ms);
    EXPECT_EQ(bench.packets.size(), before);
    const auto deadline = bench.machine.poll_deadline();
    ASSERT_TRUE(deadline);
    EXPECT_LE(*deadline, bench.now.steady + 1ms);
    last = bench.wait(1ms);
    EXPECT_EQ(bench.packets.size(), before + 1);
  }

  server_bench bench;
  std::vector<seen_message> last;
};

//= SM-49 test
//= SM-51 test
TEST_F(HttpServer, RepliesByAnEmptyContainerAfter25SecondsOfNothing) {
  EXPECT_TRUE(bench.ask(service::msgs_ack()).empty());
  expect_reply_after(25s);
  EXPECT_TRUE(last.empty());
  // Nobody has asked for more.
  bench.wait(60s);
  EXPECT_EQ(bench.packets.size(), 1u);
}

//= SM-49 test
TEST_F(HttpServer, WaitsAtMostMaxWaitWhenNothingIsQueued) {
  EXPECT_TRUE(wait_for(0, 0, 4000).empty());
  expect_reply_after(4s);
  EXPECT_TRUE(last.empty());
  // A longer wait than anybody should hold a request is cut short, a negative one is none.
  EXPECT_TRUE(wait_for(0, 0, 0x7fffffff).empty());
  expect_reply_after(60s);
  wait_for(-1, -1, -1);
  EXPECT_EQ(bench.packets.size(), 3u);
}

//= SM-48 test
//= SM-51 test
TEST_F(HttpServer, RepliesAtOnceByDefaultWhenThereIsSomething) {
  EXPECT_TRUE(bench.ask(service::msgs_ack()).empty());
  push(1);
  EXPECT_EQ(bench.sent().size(), 1u);
}

//= WS-18 test
TEST_F(HttpServer, KeepsWhatItHasUntilItIsAsked) {
  push(1);
  push(2);
  EXPECT_TRUE(bench.sent().empty());
  bench.wait(10s);
  EXPECT_TRUE(bench.packets.empty());
  //= WS-19 test
  const auto reply = wait_for(0, 0, 25000);
  EXPECT_EQ(reply.size(), 2u);
  EXPECT_EQ(bench.packets.size(), 1u);
}

//= SM-48 test
TEST_F(HttpServer, WaitsForFurtherMessagesButNotLongerThanMaxDelay) {
  wait_for(1000, 300, 25000);
  push(1);
  EXPECT_TRUE(bench.sent().empty());
  expect_reply_after(300ms);
  EXPECT_EQ(last.size(), 1u);

  // Each message begins the silence anew, but the first one cannot wait for ever.
  wait_for(1000, 300, 25000);
  push(2);
  EXPECT_TRUE(bench.sent().empty());
  for (int i = 0; i < 4; ++i) {
    EXPECT_TRUE(bench.wait(200ms).empty());
    push(3 + i);
    EXPECT_TRUE(bench.sent().empty());
  }
  expect_reply_after(200ms);
  EXPECT_EQ(last.size(), 5u);
}

//= SM-50 test
TEST_F(HttpServer, PrefersMaxWaitToMaxDelayAndThatToWaitAfter) {
  wait_for(5000, 5000, 1000);
  push(1);
  EXPECT_TRUE(bench.sent().empty());
  expect_reply_after(1s);
  EXPECT_EQ(last.size(), 1u);
  wait_for(500, 5000, 10000);
  push(2);
  EXPECT_TRUE(bench.sent().empty());
  expect_reply_after(500ms);
  EXPECT_EQ(last.size(), 1u);
}

//= SM-52 test
TEST_F(HttpServer, CountsTheLastOfSeveralAndNeitherAnswersNorAcknowledgesThem) {
  std::vector<core::byte_buffer> bodies;
  for (const std::int32_t max_wait : {9000, 2000}) {
    service::http_wait query;
    query.max_wait = max_wait;
    bodies.push_back(tl::encode(query));
  }
  std::vector<message_view> messages;
  for (const auto& body : bodies) messages.push_back(bench.client.message(body, false, bench.now));
  EXPECT_TRUE(bench.give(bench.client.container(messages, bench.now)).empty());
  expect_reply_after(2s);
  EXPECT_TRUE(last.empty());
}

TEST_F(HttpServer, RepliesToEachRequestOnceAndInOrder) {
  wait_for(0, 0, 25000);
  EXPECT_TRUE(bench.packets.empty());
  // The second request sets the first one free, with nothing to say.
  EXPECT_TRUE(wait_for(0, 0, 25000).empty());
  EXPECT_EQ(bench.packets.size(), 1u);
  push(1);
  EXPECT_EQ(bench.sent().size(), 1u);
  EXPECT_EQ(bench.packets.size(), 2u);
  push(2);
  EXPECT_TRUE(bench.sent().empty());
}

TEST_F(HttpServer, SendsPushesOverWhicheverConnectionHasARequest) {
  bench.open(2);
  bench.machine.connection_is_http(2);
  wait_for(0, 0, 25000, 1);
  wait_for(0, 0, 1000, 2);
  push(1);
  EXPECT_EQ(bench.sent().size(), 1u);
  push(2);
  EXPECT_EQ(bench.sent().size(), 1u);
  ASSERT_EQ(bench.packets.size(), 2u);
  EXPECT_NE(bench.packets[0].first, bench.packets[1].first);
}

//= WS-17 test
TEST_F(HttpServer, NeverSendsTheMessagesOfAnotherSessionOverIt) {
  wait_for(0, 0, 25000);
  push(1);
  bench.client.header().session_id = 0x2222;
  // The same connection, another session: that is the one it is tied to now.
  (void)bench.ask(service::msgs_ack());
  for (const auto& [connection, packet] : bench.packets)
    for (const seen_message& message : bench.client.open(packet))
      if (number_in(message.body) == 1 && message.number() == answer_number) {
        EXPECT_EQ(message.header.session_id, 0x1111);
      }
  const session_key first{bench.client.key().id(), 0x1111};
  bench.packets.clear();
  EXPECT_TRUE(bench.machine.push(first, answer_body(5), bench.now));
  EXPECT_TRUE(bench.sent().empty());
}

TEST_F(HttpServer, ClosesARequestWhoseSessionIsGone) {
  wait_for(0, 0, 1000);
  EXPECT_TRUE(bench.machine.remove_session(bench.session(), bench.now));
  bench.wait(1s);
  ASSERT_EQ(bench.signals.size(), 1u);
  EXPECT_TRUE(std::holds_alternative<hang_up>(bench.signals[0].what));
  bench.machine.connection_closed(1, bench.now);
  bench.wait(60s);
}

//= SM-47 test
TEST(HttpClient, AsksAllTheTimeAndOnlyOverHttp) {
  client_bench bench;
  bench.client.connection_opened(bench.now, true);
  auto sent = bench.sent();
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_TRUE(sent[0].is<service::http_wait>());
  EXPECT_EQ(sent[0].as<service::http_wait>()->max_wait, 25000);
  // One question at a time.
  EXPECT_TRUE(bench.sent().empty());
  // A call goes out all the same, and while it is not answered no other question does.
  bench.client.submit(call_body(1));
  sent = bench.sent();
  ASSERT_EQ(sent.size(), 1u);
  bench.give_body(answer_body(3), true, false);
  EXPECT_TRUE(bench.sent().empty());
  bench.give_result(sent[0].msg_id, answer_body(1));
  EXPECT_EQ(bench.events_of<answer>().size(), 1u);
  // Acknowledgements need not wait: there is a packet to go with.
  sent = bench.sent();
  ASSERT_EQ(sent.size(), 2u);
  EXPECT_TRUE(sent[0].is<service::msgs_ack>());
  EXPECT_EQ(sent[0].as<service::msgs_ack>()->msg_ids.size(), 2u);
  EXPECT_TRUE(sent[1].is<service::http_wait>());
  EXPECT_FALSE(content_related(sent[1].seq_no));

  bench.client.connection_closed(bench.now);
  bench.client.connection_opened(bench.now);
  bench.client.submit(call_body(2));
  for (const seen_message& message : bench.sent()) EXPECT_FALSE(message.is<service::http_wait>());
  bench.wait(60s);
  for (const seen_message& message : bench.sent()) EXPECT_FALSE(message.is<service::http_wait>());
}

}  // namespace
}  // namespace corogram::mtproto

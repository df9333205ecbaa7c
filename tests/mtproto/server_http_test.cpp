// A server over HTTP: it speaks only when asked, and how long it may think about it.

#include "session_support.hpp"

#include <corogram/mtproto/http_wait.hpp>

#include <gtest/gtest.h>

namespace corogram::mtproto {
namespace {

using namespace session_test;

service::http_wait wait_of(std::int32_t max_delay, std::int32_t wait_after, std::int32_t max_wait) {
  service::http_wait made;
  made.max_delay = max_delay;
  made.wait_after = wait_after;
  made.max_wait = max_wait;
  return made;
}

/// A server whose connection 1 is one over HTTP; its session is open and has nothing to say.
class http_bench : public server_bench {
 public:
  explicit http_bench(server_config config = bench_config()) : server_bench(std::move(config)) {
    machine.connection_is_http(1);
    open_session();
    packets.clear();
  }

  void push(std::int32_t n) { EXPECT_TRUE(machine.push(session(), answer_body(n), now)); }
  /// Lets time pass in small steps until something is sent; returns how long that took.
  std::chrono::nanoseconds time_until_response(std::chrono::nanoseconds limit = 60s) {
    const core::deadline begin = now.steady;
    const std::size_t before = packets.size();
    while (packets.size() == before && now.steady - begin < limit) wait(1ms);
    return now.steady - begin;
  }
  /// The numbers of the pushes in the last response.
  std::vector<std::int32_t> pushes_in_last() {
    std::vector<std::int32_t> numbers;
    for (const seen_message& message : open_all(make_key(1), role::server, packets.back().second))
      if (message.number() == answer_number) numbers.push_back(number_in(message.body));
    return numbers;
  }
};

//= SM-48 test
//= SM-49 test
//= SM-50 test
TEST(HttpQueries, AreAnsweredAtTheFirstOfThreeTimes) {
  const core::instant begin{1000ms, 0s};
  const auto due = [&](service::http_wait asked, std::optional<waiting_since> messages) {
    http_queries queries;
    queries.arrived(begin);
    queries.set_times(http_wait_times_of(asked, 300s));
    return queries.due(messages) - begin.steady;
  };
  const waiting_since together{1100ms, 1100ms};
  const waiting_since apart{1100ms, 1190ms};
  EXPECT_EQ(due(wait_of(200, 50, 1000), std::nullopt), 1000ms);
  EXPECT_EQ(due(wait_of(200, 50, 1000), together), 150ms);
  EXPECT_EQ(due(wait_of(200, 50, 1000), apart), 240ms);
  EXPECT_EQ(due(wait_of(100, 50, 1000), apart), 200ms);
  EXPECT_EQ(due(wait_of(100, 500, 1000), together), 200ms);
  EXPECT_EQ(due(wait_of(500, 500, 120), together), 120ms);
  EXPECT_EQ(due(wait_of(0, 0, 1000), together), 100ms);
  // Nonsense is not waited for.
  EXPECT_EQ(due(wait_of(-1, -1, -1), std::nullopt), 0ms);
  EXPECT_EQ(due(wait_of(0, 0, 0x7fffffff), std::nullopt), 300s);
}

//= WS-18 test
TEST(ServerHttp, SaysNothingUnasked) {
  http_bench bench;
  // The query of the last acknowledgement is still there.
  bench.push(1);
  EXPECT_EQ(bench.sent().size(), 1u);
  bench.push(2);
  EXPECT_TRUE(bench.sent().empty());
  EXPECT_EQ(bench.time_until_response(), 60s);
  EXPECT_EQ(bench.ask(service::msgs_ack()).size(), 1u);
  EXPECT_EQ(bench.pushes_in_last(), std::vector{2});
}

//= SM-51 test
//= WS-19 test
TEST(ServerHttp, AnswersAnIdleQueryAfter25SecondsWithAnEmptyContainer) {
  http_bench bench;
  bench.push(1);
  bench.sent();
  bench.ask(service::msgs_ack());
  EXPECT_EQ(bench.time_until_response(), 25s);
  const auto key = make_key(1);
  const opened_copy opened(key, role::server, bench.packets.back().second);
  ASSERT_TRUE(opened);
  EXPECT_EQ(tl::peek_id(opened->message.body), msg_container_id);
  EXPECT_TRUE(parse_container(opened->message.body)->empty());
  EXPECT_FALSE(content_related(opened->message.seq_no));
}

//= SM-49 test
//= SM-52 test
TEST(ServerHttp, AnswersAfterMaxWaitThatTheClientNamed) {
  http_bench bench;
  bench.push(1);
  bench.sent();
  EXPECT_TRUE(bench.ask(wait_of(0, 0, 3000)).empty());
  EXPECT_EQ(bench.time_until_response(), 3s);
  EXPECT_TRUE(open_all(make_key(1), role::server, bench.packets.back().second).empty());
}

//= SM-48 test
//= WS-19 test
TEST(ServerHttp, JoinsMessagesThatComeTogether) {
  http_bench bench;
  bench.push(1);
  bench.sent();
  bench.ask(wait_of(100, 30, 10'000));
  bench.wait(1s);
  bench.push(2);
  EXPECT_TRUE(bench.sent().empty());
  EXPECT_EQ(bench.time_until_response(), 30ms);
  EXPECT_EQ(bench.pushes_in_last(), std::vector{2});

  bench.ask(wait_of(100, 30, 10'000));
  for (std::int32_t n = 10; n < 14; ++n) {
    bench.push(n);
    EXPECT_TRUE(bench.sent().empty());
    EXPECT_TRUE(bench.wait(20ms).empty());
  }
  bench.push(14);
  EXPECT_TRUE(bench.wait(19ms).empty());
  // 100 ms after the first of them, although the last has come just now.
  EXPECT_EQ(bench.wait(1ms).size(), 5u);
  EXPECT_EQ(bench.pushes_in_last(), (std::vector{10, 11, 12, 13, 14}));
}

//= WS-16 test
TEST(ServerHttp, AnswersACallWhenItsAnswerIsThere) {
  http_bench bench;
  bench.push(1);
  bench.sent();
  const std::int64_t call = bench.call(7);
  EXPECT_TRUE(bench.last.empty());
  bench.machine.respond(bench.session(), call, answer_body(7), bench.now);
  EXPECT_EQ(bench.of<service::rpc_result>(bench.sent()).size(), 1u);
}

// A slow call is acknowledged meanwhile, which takes the response; its answer waits for a query.
TEST(ServerHttp, AcknowledgesASlowCallByTheResponse) {
  http_bench bench;
  bench.push(1);
  bench.sent();
  const std::int64_t call = bench.call(7);
  const auto acks = bench.wait(1s);
  ASSERT_EQ(acks.size(), 1u);
  EXPECT_TRUE(acks[0].is<service::msgs_ack>());
  bench.machine.respond(bench.session(), call, answer_body(7), bench.now);
  EXPECT_TRUE(bench.sent().empty());
  EXPECT_EQ(bench.of<service::rpc_result>(bench.ask(wait_of(0, 0, 1000))).size(), 1u);
}

//= WS-17 test
TEST(ServerHttp, AnswersTheSessionOfTheLatestQueryAlone) {
  http_bench bench;
  bench.push(1);
  bench.sent();
  const session_key first = bench.session();
  bench.ask(wait_of(0, 0, 10'000));
  // Another session of the key speaks on the same connection.
  bench.client.header().session_id = 0x2222;
  const auto notice = bench.ask(service::msgs_ack());
  ASSERT_FALSE(notice.empty());
  EXPECT_EQ(notice[0].header.session_id, 0x2222);
  EXPECT_TRUE(bench.machine.push(first, answer_body(5), bench.now));
  for (const seen_message& message : bench.sent()) EXPECT_EQ(message.header.session_id, 0x2222);
  bench.push(6);
  const auto more = bench.ask(wait_of(0, 0, 10'000));
  ASSERT_FALSE(more.empty());
  for (const seen_message& message : more) EXPECT_EQ(message.header.session_id, 0x2222);
}

//= WS-04 test
TEST(ServerHttp, SendsAgainUntilItIsAcknowledged) {
  http_bench bench;
  bench.push(1);
  const auto first = bench.sent();
  ASSERT_EQ(first.size(), 1u);
  // The response came, and acknowledges nothing; nor does the next query.
  bench.ask(wait_of(0, 0, 0));
  bench.machine.connection_closed(1, bench.now);
  bench.open(2);
  bench.machine.connection_is_http(2);
  const auto again = bench.ask(service::msgs_ack(), false, 2);
  ASSERT_EQ(again.size(), 1u);
  EXPECT_EQ(again[0].msg_id, first[0].msg_id);
  bench.acknowledge(first[0].msg_id, 2);
  bench.machine.connection_closed(2, bench.now);
  bench.open(3);
  bench.machine.connection_is_http(3);
  EXPECT_TRUE(bench.ask(wait_of(0, 0, 1000), false, 3).empty());
}

TEST(ServerHttp, PrefersAConnectionThatMaySpeak) {
  http_bench bench;
  bench.push(1);
  bench.sent();
  // A long poll waits on one connection, while the latest query of another is answered already.
  bench.ask(wait_of(0, 0, 10'000));
  bench.open(2);
  bench.machine.connection_is_http(2);
  bench.ask(wait_of(0, 0, 0), false, 2);
  bench.packets.clear();
  bench.push(2);
  EXPECT_EQ(bench.sent().size(), 1u);
  EXPECT_EQ(bench.packets[0].first, 1u);
}

TEST(ServerHttp, RefusesTooManyQueriesWithoutAnAnswer) {
  http_bench bench;
  bench.push(1);
  bench.sent();
  std::size_t given = 0;
  while (bench.signals.empty() && given < 1000) {
    bench.ask(wait_of(0, 0, 10'000));
    ++given;
  }
  EXPECT_EQ(given, 257u);
  ASSERT_FALSE(bench.signals.empty());
  EXPECT_EQ(std::get_if<send_transport_error>(&bench.signals[0].what)->code, -429);
}

//= SM-47 test
TEST(ServerHttp, RecordsTheWaitOnOtherTransports) {
  server_bench bench;
  bench.open_session();
  EXPECT_TRUE(bench.ask(wait_of(0, 0, 1000)).empty());
  const auto found = bench.events_of<violation_event>();
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].what.which, rule::http_wait_elsewhere);
}

//= SM-47 test
//= SM-52 test
TEST(ClientHttp, WaitsOnceHoweverOftenItIsTold) {
  client_bench bench;
  bench.client.connection_opened(bench.now);
  EXPECT_TRUE(bench.sent().empty());
  for (int i = 0; i < 3; ++i) bench.client.wait_over_http();
  const auto sent = bench.sent();
  ASSERT_EQ(sent.size(), 1u);
  ASSERT_TRUE(sent[0].is<service::http_wait>());
  EXPECT_EQ(sent[0].as<service::http_wait>()->max_wait, 25'000);
  EXPECT_FALSE(content_related(sent[0].seq_no));
  EXPECT_TRUE(bench.sent().empty());
}

}  // namespace
}  // namespace corogram::mtproto

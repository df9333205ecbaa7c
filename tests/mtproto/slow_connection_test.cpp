// A connection that is slow is not dead.

#include "session_support.hpp"

namespace corogram::mtproto::session_test {
namespace {

client_session_config pinging_config() {
  client_session_config config = quiet_config();
  config.ping_interval = 60s;
  return config;
}

class SlowConnection : public testing::Test {
 protected:
  SlowConnection() : bench(pinging_config()) {
    bench.client.connection_opened(bench.now);
    bench.sent();
  }

  /// Answers the ping that went out when the connection was opened.
  void hear() {
    give_pong();
    bench.events();
  }
  void give_pong() { bench.give(service::pong()); }
  /// submit makes a call of so many bytes, which do not pack.
  request_id submit(std::size_t size) {
    core::byte_buffer body = call_body(1, size - 8);
    bench.random.fill(core::byte_span(body).subspan(8));
    return bench.client.submit(std::move(body));
  }
  std::vector<close_connection> wait(std::chrono::nanoseconds time) {
    bench.wait(time);
    return bench.events_of<close_connection>();
  }

  client_bench bench;
};

TEST_F(SlowConnection, EachPieceOfALongAnswerIsASignOfLife) {
  hear();
  EXPECT_TRUE(wait(60s).empty());
  EXPECT_EQ(bench.sent().size(), 1u) << "a ping";
  for (int i = 0; i < 20; ++i) {
    EXPECT_TRUE(wait(14s).empty());
    bench.client.bytes_received(bench.now);
    bench.sent();
  }
  EXPECT_EQ(bench.client.poll_deadline(), bench.now.steady + 15s);
  EXPECT_EQ(wait(15s).size(), 1u);
}

TEST_F(SlowConnection, WithoutAPingNothingIsAwaited) {
  hear();
  bench.client.bytes_received(bench.now);
  EXPECT_EQ(bench.client.poll_deadline(), bench.now.steady + 60s);
}

TEST_F(SlowConnection, APongIsWaitedForLongerBehindALongCall) {
  hear();
  EXPECT_TRUE(wait(59s).empty());
  submit(512 << 10);
  EXPECT_EQ(bench.sent().size(), 1u);
  EXPECT_TRUE(wait(1s).empty());
  EXPECT_FALSE(bench.sent().empty()) << "a ping";
  // At 8 KiB a second.
  EXPECT_TRUE(wait(15s + 63s).empty());
  EXPECT_EQ(wait(1s).size(), 1u);
}

TEST_F(SlowConnection, ManyLongCallsAreNoReasonToWaitForEver) {
  hear();
  EXPECT_TRUE(wait(59s).empty());
  for (int i = 0; i < 10; ++i) submit(512 << 10);
  EXPECT_EQ(bench.sent().size(), 10u);
  EXPECT_TRUE(wait(1s).empty());
  bench.sent();
  EXPECT_EQ(wait(15s + 128s).size(), 1u);
}

TEST_F(SlowConnection, ALongCallWaitsUntilTheServerIsHeard) {
  submit(512 << 10);
  submit(1 << 10);
  EXPECT_TRUE(bench.sent().empty()) << "calls keep their order";
  hear();
  EXPECT_EQ(bench.sent().size(), 2u);
}

TEST_F(SlowConnection, ShortCallsNeedNotWait) {
  for (int i = 0; i < 100; ++i) submit(1 << 10);
  const std::size_t early = bench.sent().size();
  EXPECT_GE(early, 25u);
  EXPECT_LE(early, 32u);
  hear();
  EXPECT_EQ(bench.sent().size(), 100 - early);
}

TEST_F(SlowConnection, OnTheNextConnectionItWaitsAgain) {
  hear();
  submit(512 << 10);
  EXPECT_EQ(bench.sent().size(), 1u);
  bench.client.connection_closed(bench.now);
  bench.client.connection_opened(bench.now);
  EXPECT_EQ(bench.sent().size(), 1u) << "a ping";
  give_pong();
  EXPECT_EQ(bench.sent().size(), 1u);
}

/// How many bytes get through a connection before it breaks, in each direction.
constexpr std::size_t reach = 9 << 10;

TEST_F(SlowConnection, OnConnectionsThatBreakEarlyMoreAndMoreCallsGetThroughAllTheSame) {
  std::map<request_id, bool> answered;
  for (int i = 0; i < 60; ++i) answered[submit(1 << 10)] = false;
  std::size_t open = answered.size();
  int connections = 0;
  for (; open > 0 && connections < 200; ++connections) {
    std::size_t gone = 0;
    for (bool alive = true; alive;) {
      outgoing_packet out;
      alive = bench.client.poll_transmit(out, bench.now);
      if (!alive) break;
      gone += out.packet.size();
      alive = gone <= reach;
      if (!alive) break;
      for (const seen_message& message : bench.server.open(out.packet)) {
        if (message.is<service::ping_delay_disconnect>()) give_pong();
        if (message.number() == call_number) bench.give_result(message.msg_id, answer_body(1));
      }
    }
    open -= bench.events_of<answer>().size();
    bench.client.connection_closed(bench.now);
    bench.now = core::later(bench.now, 1s);
    bench.client.connection_opened(bench.now);
  }
  EXPECT_EQ(open, 0u);
  EXPECT_LT(connections, 60);
}

}  // namespace
}  // namespace corogram::mtproto::session_test

// Containers of the server: what it sends together, and what of them it acknowledges.

#include "session_support.hpp"

#include <gtest/gtest.h>

namespace corogram::mtproto {
namespace {

using namespace session_test;

class ServerContainer : public testing::Test {
 protected:
  ServerContainer() { bench.open_session(); }

  /// Gives two calls in one container. Returns their ids.
  std::vector<std::int64_t> two_calls() {
    const auto first = bench.client.message(first_body, true, bench.now);
    const auto second = bench.client.message(second_body, true, bench.now);
    EXPECT_TRUE(bench.give(bench.client.container({first, second}, bench.now)).empty());
    return {first.msg_id, second.msg_id};
  }

  server_bench bench;
  core::byte_buffer first_body = call_body(1);
  core::byte_buffer second_body = call_body(2);
};

//= GEN-06 test
//= DESC-21 test
//= SM-36 test
TEST_F(ServerContainer, HoldsAllThatIsReadyAndIsNumberedAfterIt) {
  for (const std::int64_t id : two_calls())
    EXPECT_TRUE(bench.machine.respond(bench.session(), id, answer_body(3), bench.now));
  bench.packets.clear();
  const auto sent = bench.sent();
  // open_all checks that its number is even and not below those inside, and that its id is above.
  EXPECT_EQ(bench.packets.size(), 1u);
  ASSERT_EQ(sent.size(), 2u);
  for (const seen_message& message : sent) {
    EXPECT_TRUE(message.is<service::rpc_result>());
    EXPECT_TRUE(message.in_container);
    EXPECT_EQ(message.outer_msg_id, sent[0].outer_msg_id);
    bench.acknowledge(message.msg_id);
  }
  // Nobody has acknowledged the container, and yet nothing is sent again.
  bench.machine.connection_closed(1, bench.now);
  bench.open(2);
  EXPECT_TRUE(bench.ask(service::msgs_ack(), false, 2).empty());
}

//= SM-36 test
TEST_F(ServerContainer, IsNotAcknowledgedItself) {
  const auto ids = two_calls();
  const auto sent = bench.wait(250ms);
  ASSERT_EQ(sent.size(), 1u);
  const auto list = sent[0].as<service::msgs_ack>();
  EXPECT_EQ(std::vector<std::int64_t>(list->msg_ids.begin(), list->msg_ids.end()), ids);
  EXPECT_TRUE(bench.wait(60s).empty());
}

//= DESC-22 test
TEST_F(ServerContainer, OddNumbersAloneAreAcknowledged) {
  const auto ping = tl::encode(service::ping());
  const auto odd = bench.client.message(ping, true, bench.now);
  const auto even = bench.client.message(ping, false, bench.now);
  auto sent = bench.give(bench.client.container({odd, even}, bench.now));
  for (seen_message& message : bench.wait(60s)) sent.push_back(std::move(message));
  EXPECT_EQ(server_bench::of<service::pong>(sent).size(), 2u);
  const auto acks = server_bench::of<service::msgs_ack>(sent);
  ASSERT_EQ(acks.size(), 1u);
  const auto list = acks[0].as<service::msgs_ack>();
  ASSERT_EQ(list->msg_ids.size(), 1u);
  EXPECT_EQ(list->msg_ids[0], odd.msg_id);
}

//= INV-08 test
TEST_F(ServerContainer, CallsOfItAreAnsweredInWhateverOrderTheyAreDone) {
  const auto ids = two_calls();
  std::vector<std::int64_t> answered;
  for (const std::int64_t id : {ids[1], ids[0]}) {
    EXPECT_TRUE(bench.machine.respond(bench.session(), id, answer_body(3), bench.now));
    for (const seen_message& message : server_bench::of<service::rpc_result>(bench.sent()))
      answered.push_back(message.as<service::rpc_result>()->req_msg_id);
  }
  EXPECT_EQ(answered, (std::vector<std::int64_t>{ids[1], ids[0]}));
}

}  // namespace
}  // namespace corogram::mtproto

// What a server remembers of key exchanges when somebody begins more of them than it can hold.

#include "exchange_support.hpp"

#include <corogram/service/functions/req_pq_multi.hpp>
#include <corogram/service/types/ResPQ.hpp>

#include <gtest/gtest.h>

namespace corogram::mtproto {
namespace {

using namespace exchange_test;

class Flood : public testing::Test {
 protected:
  Flood() : server(2, small()) {}

  static key_exchange_server_config small() {
    key_exchange_server_config config = exchange_test::server_config();
    config.max_runs = 40;
    config.max_runs_per_peer = 8;
    return config;
  }

  /// Begins a run of its own nonce and returns the query.
  core::byte_buffer begin(std::uint64_t peer) {
    service::req_pq_multi query;
    query.nonce = random.array<16>();
    const core::byte_buffer packet =
        plain_packet(++last_id * 4 + (noon_id() & ~3ll), tl::encode(query));
    now = core::later(now, 1ms);
    (void)server.machine.handle_packet(packet, now, peer);
    return packet;
  }
  static std::int64_t noon_id() { return std::int64_t{1767268800} << 32; }

  core::byte_buffer server_nonce(core::byte_view packet, std::uint64_t peer) {
    const auto reply = server.machine.handle_packet(packet, now, peer);
    const auto nonce = object_of<service::resPQ>(std::get<core::byte_buffer>(reply)).server_nonce;
    return {nonce.begin(), nonce.end()};
  }

  core::instant now = noon();
  core::test_random random{9};
  std::int64_t last_id = 0;
  server_side server;
};

TEST_F(Flood, OfOneConnectionPushesOutItsOwnRunsAlone) {
  const core::byte_buffer honest = begin(1);
  const core::byte_buffer before = server_nonce(honest, 1);
  for (int i = 0; i < 1000; ++i) begin(2);
  EXPECT_EQ(server.machine.runs(), 9u);
  // Still remembered, so a repetition gets what it got before.
  EXPECT_EQ(server_nonce(honest, 1), before);
}

TEST_F(Flood, OfManyConnectionsPushesOutTheRunsOfThoseThatHaveTheMost) {
  const core::byte_buffer honest = begin(1);
  const core::byte_buffer before = server_nonce(honest, 1);
  for (std::uint64_t peer = 2; peer < 21; ++peer)
    for (int i = 0; i < 50; ++i) begin(peer);
  EXPECT_EQ(server.machine.runs(), 40u);
  EXPECT_EQ(server_nonce(honest, 1), before);
}

TEST_F(Flood, OfConnectionsWithARunEachPushesOutTheOldest) {
  const core::byte_buffer oldest = begin(1);
  const core::byte_buffer before = server_nonce(oldest, 1);
  for (std::uint64_t peer = 2; peer < 42; ++peer) begin(peer);
  EXPECT_EQ(server.machine.runs(), 40u);
  EXPECT_NE(server_nonce(oldest, 1), before);
}

TEST_F(Flood, IsForgottenLikeAnyOtherRunAndLeavesNothing) {
  for (std::uint64_t peer = 0; peer < 20; ++peer)
    for (int i = 0; i < 10; ++i) begin(peer);
  now = core::later(now, 10min);
  server.machine.handle_timeout(now);
  EXPECT_EQ(server.machine.runs(), 0u);
  EXPECT_FALSE(server.machine.poll_deadline());
  begin(1);
  EXPECT_EQ(server.machine.runs(), 1u);
}

//= AK-04 test
TEST_F(Flood, IsNoneWhenAClientMakesItsTwoKeysAtTheSameTime) {
  auto temporary = exchange_test::client_config();
  temporary.expires_in = std::chrono::seconds(3600);
  client_side first(11), second(12, std::move(temporary));
  first.machine.start(now);
  second.machine.start(now);
  for (int turn = 0; turn < 3; ++turn)
    for (client_side* const client : {&first, &second})
      client->machine.handle_packet(server.reply(client->query(), now), now);
  const auto permanent_key = first.machine.poll_outcome();
  const auto temporary_key = second.machine.poll_outcome();
  ASSERT_TRUE(permanent_key && *permanent_key && temporary_key && *temporary_key);
  EXPECT_FALSE(server.keys.find((*permanent_key)->key.id())->is_temporary());
  EXPECT_TRUE(server.keys.find((*temporary_key)->key.id())->is_temporary());
}

}  // namespace
}  // namespace corogram::mtproto

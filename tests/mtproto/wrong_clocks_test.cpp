// Clocks that are wrong, are set while a session lives, or show years beyond 2038.

#include "exchange_support.hpp"
#include "session_world.hpp"

#include <corogram/mtproto/received_messages.hpp>

#include <gtest/gtest.h>

namespace corogram::mtproto {
namespace {

using namespace session_test;

/// The last second that a signed int of 32 bits can name.
constexpr std::chrono::seconds end_of_int{0x7fffffff};

//= DESC-14 test
//= DESC-15 test
TEST(After2038, IdsGoOnRisingBeyondTheHighestBit) {
  msg_id_source ids(role::client);
  std::int64_t last = ids.next(end_of_int - 1s);
  for (const auto time : {end_of_int, end_of_int + 1s, end_of_int + 2s, end_of_int + 24h}) {
    const std::int64_t id = ids.next(time);
    EXPECT_TRUE(earlier(last, id));
    EXPECT_EQ(time_of(id), time_of(first_msg_id_at(time) | 4));
    EXPECT_EQ(age_of(id, time), age::fine);
    EXPECT_EQ(age_of(last, time + 301s), age::too_low);
    EXPECT_EQ(age_of(id, time - 31s), age::too_high);
    last = id;
  }
  EXPECT_EQ(from_wire_time(to_wire_time(end_of_int + 5s)), end_of_int + 5s);
}

TEST(After2038, ReceivedIdsKeepTheirOrder) {
  received_messages received(3);
  const std::int64_t before = first_msg_id_at(end_of_int), after = first_msg_id_at(end_of_int + 1s);
  received.add({after, 1});
  received.add({before, 1});
  EXPECT_EQ(received.before(after)->msg_id, before);
  received.add({after + 4, 1});
  received.add({after + 8, 1});
  EXPECT_EQ(received.judge(before), received_messages::verdict::too_old);
  EXPECT_EQ(received.judge(after), received_messages::verdict::duplicate);
  EXPECT_EQ(received.judge(after + 12), received_messages::verdict::fresh);
}

TEST(After2038, ASessionLivesThroughTheSecondItself) {
  world w;
  w.now.wall = end_of_int - 3s;
  w.connect();
  for (int i = 0; i < 8; ++i) {
    w.submit(2 * i);
    w.submit(2 * i + 1);
    EXPECT_TRUE(w.finish(2s));
    w.pass(1s);
    if (i % 2 == 0) w.disconnect();
    w.connect();
  }
  w.expect_each_ran_once();
  EXPECT_EQ(w.sessions.size(), 1u);
  EXPECT_TRUE(only<clock_corrected>(w.client_events).empty());
  // And for a day after, with its salts.
  w.pass(24h);
  w.submit(100);
  EXPECT_TRUE(w.finish(2s));
  w.expect_each_ran_once();
}

TEST(After2038, KeysAreAgreedOnAndEndInTime) {
  using exchange_test::line;
  auto config = exchange_test::client_config();
  config.expires_in = std::chrono::seconds(3600);
  exchange_test::client_side client(1, std::move(config));
  exchange_test::server_side server;
  line exchange(client, server);
  exchange.now.wall = end_of_int - 1800s;
  exchange.server_ahead = 600s;
  const auto outcome = exchange.run();
  exchange_test::expect_agreement(outcome, server);
  EXPECT_EQ(std::chrono::floor<std::chrono::seconds>(outcome->server_time_offset), 600s);
  EXPECT_EQ(from_wire_time(outcome->expiry->expires_at), end_of_int - 1800s + 600s + 3600s);
  EXPECT_EQ(server.keys.find(outcome->key.id())->expiry->expires_at, outcome->expiry->expires_at);
}

/// A server that has been restarted with its clock set: it knows the key and nothing else.
void restart_server(world& w, std::chrono::nanoseconds shift) {
  w.disconnect();
  w.now.wall += shift;
  w.skew -= shift;
  w.machine = server(bench_config(), w.random);
  w.machine.add_key(stored_key(make_key(1), 0x5a5a), w.now);
  w.connect();
}

TEST(ServerClock, SetBackIsBelievedByAClientThatRemembersNothingSoEarly) {
  client_bench bench;
  bench.client.connection_opened(bench.now);
  // So many that the client has given up the oldest.
  for (std::size_t i = 0; i < received_messages_limit + 2; ++i)
    bench.give_body(answer_body(static_cast<std::int32_t>(i)), false, false);
  bench.events();
  bench.client.submit(call_body(1));
  const auto call = bench.sent().at(0);
  service::bad_msg_notification notice;
  notice.bad_msg_id = call.msg_id;
  notice.error_code = 17;
  const core::instant server_now{bench.now.steady, bench.now.wall - 1h};
  puppet again(role::server, bench.client.key().clone(), bench.client.session_id(), 0);
  const core::byte_buffer refusal = again.packet(tl::encode(notice), false, server_now);
  // An update from there is not, for it could be an old one.
  bench.client.handle_packet(again.packet(answer_body(7), true, server_now, false), bench.now);
  EXPECT_TRUE(bench.events_of<update>().empty());
  bench.client.handle_packet(copy_of(refusal), bench.now);
  EXPECT_EQ(bench.events_of<session_restarted>().size(), 1u);
  const auto repeated = bench.sent();
  ASSERT_EQ(repeated.size(), 1u);
  EXPECT_EQ(repeated[0].body, call.body);
  EXPECT_EQ(age_of(repeated[0].msg_id, server_now.wall), age::fine);
}

// What ran before the restart is not run once more in the new session, although the ids of the old
// one are ahead of what the server accepts now.
TEST(ServerClock, SetBackByARestartRunsNothingTwice) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    SCOPED_TRACE(seed);
    world w(seed);
    w.slowness = 3000ms;
    w.connect();
    for (int i = 0; i < 20; ++i) w.submit(i);
    w.pass(1500ms);
    restart_server(w, -3600s);
    for (int i = 20; i < 30; ++i) w.submit(i);
    EXPECT_TRUE(w.finish(120s));
    for (const auto& [request, n] : w.numbers)
      EXPECT_LE(w.executed.contains(n) ? w.executed.at(n) : 0, 1) << n;
    for (int n = 20; n < 30; ++n) EXPECT_EQ(w.answered[n], 1) << n;
    for (const std::error_code& code : w.failed) EXPECT_EQ(code, errc::outcome_unknown);
    EXPECT_EQ(w.answered.size() + w.failed.size(), w.numbers.size());
  }
}

//= GEN-08 test
//= GEN-09 test
//= AK-50 test
TEST(ClientClock, WrongByHoursEitherWayIsRepairedOnce) {
  for (const auto wrong : {-72h, -5h, -1h, 1h, 5h, 72h}) {
    SCOPED_TRACE(wrong.count());
    auto config = world::world_client();
    config.server_time_known = false;
    world w(1, std::move(config));
    w.skew = wrong;
    w.connect();
    for (int i = 0; i < 5; ++i) w.submit(i);
    EXPECT_TRUE(w.finish(10s));
    w.pass(3h);
    w.submit(9);
    EXPECT_TRUE(w.finish(10s));
    w.expect_each_ran_once();
    EXPECT_LE(only<clock_corrected>(w.client_events).size(), 2u);
    EXPECT_EQ(only<session_restarted>(w.client_events).size(), wrong > 0h ? 1u : 0u);
  }
}

}  // namespace
}  // namespace corogram::mtproto

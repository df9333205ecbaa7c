#include "session_world.hpp"
#include "support/rsa_test_key.hpp"

#include <corogram/mtproto/key_exchange_client.hpp>
#include <corogram/mtproto/pfs.hpp>

#include <gtest/gtest.h>

namespace corogram::mtproto {
namespace {

using namespace session_test;

TEST(SessionPair, AnswersCallsAndDeliversPushesOnce) {
  world w;
  w.connect();
  for (int i = 0; i < 100; ++i) w.submit(i);
  EXPECT_TRUE(w.finish(1s));
  w.expect_each_ran_once();
  EXPECT_EQ(w.sessions.size(), 1u);
  w.machine.push(w.sessions[0], answer_body(5), w.now);
  w.pass(1s);
  EXPECT_EQ(w.updates, (std::map<std::int32_t, int>{{5, 1}}));
  // Everything is acknowledged in the end.
  w.pass(31s);
  EXPECT_TRUE(w.machine.request_state(w.sessions[0], w.now));
  std::size_t acknowledged = 0;
  for (const auto& event : w.server_events)
    acknowledged += std::holds_alternative<message_acknowledged>(event) ? 1 : 0;
  EXPECT_EQ(acknowledged, 102u);  // answers, the push, and the session's notice
}

//= DESC-48 test
TEST(SessionPair, NeedsNoCorrectionOfSaltOrClockAfterAKeyExchange) {
  world w;
  w.connect();
  w.submit(1);
  EXPECT_TRUE(w.finish(1s));
  for (const auto& event : w.client_events)
    EXPECT_FALSE(std::holds_alternative<clock_corrected>(event));
  EXPECT_EQ(w.client.future_salts().size(), 64u);
}

// The connection breaks before each packet of the run in turn: whatever was under way then, each
// call runs once and is answered once.
//= DESC-26 test
//= SM-40 test
TEST(SessionPair, RunsEachCallOnceWhereverTheConnectionBreaks) {
  const auto run = [](int broken_arrival) {
    world w;
    w.slowness = 300ms;
    w.on_arrival = [&](int arrival) {
      if (arrival == broken_arrival) w.disconnect();
    };
    w.connect();
    for (int i = 0; i < 5; ++i) {
      w.submit(i);
      w.pass(30ms);
    }
    EXPECT_TRUE(w.finish()) << "broken before packet " << broken_arrival;
    w.expect_each_ran_once();
    return w.arrivals;
  };
  const int arrivals = run(-1);
  EXPECT_GT(arrivals, 10);
  for (int i = 0; i < arrivals && !testing::Test::HasFailure(); ++i) run(i);
}

TEST(SessionPair, RunsEachCallOnceWhenTheConnectionBreaksTwice) {
  for (int first = 0; first < 16 && !testing::Test::HasFailure(); ++first) {
    for (int second = first + 1; second < 20; ++second) {
      world w(3);
      w.slowness = 100ms;
      w.on_arrival = [&](int arrival) {
        if (arrival == first || arrival == second) w.disconnect();
      };
      w.connect();
      for (int i = 0; i < 3; ++i) {
        w.submit(i);
        w.pass(15ms);
      }
      EXPECT_TRUE(w.finish()) << first << ' ' << second;
      w.expect_each_ran_once();
    }
  }
}

//= GEN-08 test
//= GEN-09 test
//= SMM-23 test
TEST(SessionPair, GetsOverAClockThatIsAnHourWrong) {
  for (const auto skew : {-3600s, 3600s}) {
    auto config = world::world_client();
    config.server_time_known = false;
    world w(1, std::move(config));
    w.skew = skew;
    w.connect();
    for (int i = 0; i < 10; ++i) w.submit(i);
    EXPECT_TRUE(w.finish(2s));
    w.expect_each_ran_once();
    int corrections = 0;
    for (const auto& event : w.client_events)
      corrections += std::holds_alternative<clock_corrected>(event) ? 1 : 0;
    EXPECT_EQ(corrections, 1);
    const auto left = w.client.server_time_offset() + skew;
    EXPECT_LT(std::chrono::abs(left), 1s);
  }
}

//= GEN-09 test
TEST(SessionPair, GetsOverAServerWhoseClockIsSet) {
  for (const auto shift : {-3600s, 3600s}) {
    world w;
    w.connect();
    for (int i = 0; i < 3; ++i) w.submit(i);
    EXPECT_TRUE(w.finish(2s));
    w.pass(40s);
    w.now.wall += shift;
    w.skew -= shift;
    const auto session = w.client.session_id();
    for (int i = 10; i < 13; ++i) w.submit(i);
    EXPECT_TRUE(w.finish(20s));
    w.expect_each_ran_once();
    // A server's time goes on when its clock is set back, so the session need not end.
    EXPECT_EQ(w.client.session_id(), session);
  }
}

//= SMM-24 test
//= DESC-10 test
TEST(SessionPair, GetsOverASaltThatItMissedTheEndOf) {
  auto config = world::world_client();
  config.future_salts_count = 0;
  world w(1, std::move(config));
  w.connect();
  w.submit(1);
  EXPECT_TRUE(w.finish(1s));
  w.disconnect();
  w.pass(7200s);
  w.connect();
  w.submit(2);
  EXPECT_TRUE(w.finish(1s));
  w.expect_each_ran_once();
}

//= SM-17 test
TEST(SessionPair, ChangesSaltsInTimeForTwoDaysWithoutOneRefusal) {
  world w;
  w.connect();
  for (int hour = 0; hour < 48; ++hour) {
    w.submit(hour);
    EXPECT_TRUE(w.finish(1s));
    w.pass(3600s);
  }
  w.expect_each_ran_once();
  // A salt that is refused changes what the client uses by a notice; none of that here.
  for (const auto& event : w.client_events)
    if (const auto* const ignored = std::get_if<message_ignored>(&event))
      ADD_FAILURE() << ignored->reason.message();
  for (const auto& event : w.server_events)
    if (const auto* const violated = std::get_if<violation_event>(&event))
      ADD_FAILURE() << violated->what.what;
}

//= DESC-08 test
//= SM-30 test
//= SM-31 test
TEST(SessionPair, GetsOverAServerThatForgetsTheSession) {
  world w;
  w.connect();
  w.submit(1);
  EXPECT_TRUE(w.finish(1s));
  w.machine.remove_session(w.sessions.back(), w.now);
  w.submit(2);
  EXPECT_TRUE(w.finish(2s));
  // With calls under way: the session is gone while the packet is on the line.
  w.submit(3);
  w.submit(4);
  w.run([&] { return w.client.msg_id_of(request_id{4}).has_value(); });
  w.machine.remove_session(w.sessions.back(), w.now);
  w.submit(5);
  EXPECT_TRUE(w.finish(20s));
  w.expect_each_ran_once();
  EXPECT_EQ(w.sessions.size(), 3u);
}

//= SM-11 test
//= SM-23 test
TEST(SessionPair, DestroysASessionLeftBehind) {
  world w;
  w.connect();
  w.submit(1);
  EXPECT_TRUE(w.finish(1s));
  puppet other(role::client, make_key(1), 0x4711, 0x5a5a);
  w.machine.connection_opened(99, w.now);
  w.machine.handle_packet(99, other.packet(call_body(100), true, w.now), false, w.now);
  EXPECT_TRUE(w.client.destroy_session(0x4711));
  EXPECT_TRUE(w.client.destroy_session(0x4712));
  w.pass(1s);
  std::map<std::int64_t, bool> outcome;
  for (const auto& event : w.client_events)
    if (const auto* const gone = std::get_if<session_destroyed>(&event))
      outcome[gone->session_id] = gone->existed;
  EXPECT_EQ(outcome, (std::map<std::int64_t, bool>{{0x4711, true}, {0x4712, false}}));
}

//= SM-05 test
//= SM-07 test
TEST(SessionPair, DropsACallWhileItRuns) {
  world w;
  w.slowness = 10s;
  w.connect();
  const auto request = w.client.submit(call_body(1));
  w.run([&] { return w.executed[1] == 1; });
  EXPECT_TRUE(w.client.drop(request));
  w.pass(30s);
  EXPECT_TRUE(w.answered.empty());
  EXPECT_EQ(w.executed[1], 1);
}

//= SM-37 test
TEST(SessionPair, GetsThousandsOfCallsThroughInFullContainers) {
  world w;
  w.connect();
  for (int i = 0; i < 5000; ++i) w.submit(i);
  EXPECT_TRUE(w.finish(10s));
  w.expect_each_ran_once();
}

//= SMM-36 test
//= SMM-38 test
TEST(SessionPair, FetchesALargeAnswerThatWasLost) {
  auto config = bench_config();
  config.limits.detailed_info_above = 8;
  world w(1, world::world_client(), std::move(config));
  w.connect();
  w.submit(1);
  EXPECT_TRUE(w.finish(1s));
  // The answer to the next call is the one packet that gets lost.
  w.submit(2);
  w.run([&] { return w.executed[2] == 1; });
  w.line.lost = 100;
  w.run([&] { return false; }, 5ms);
  w.line.lost = 0;
  EXPECT_TRUE(w.finish(30s));
  w.expect_each_ran_once();
}

TEST(SessionPair, GoesFromNothingToAnAnswerUnderATemporaryKey) {
  core::test_random random(11);
  server_config config = bench_config();
  const auto rsa = crypto::rsa_private_key::from_pem(test::rsa_test_key);
  ASSERT_TRUE(rsa);
  const auto public_key = rsa->public_key();
  config.exchange.keys.push_back(*crypto::rsa_private_key::from_pem(test::rsa_test_key));
  server machine(std::move(config), random);
  const core::instant now = start;
  machine.connection_opened(1, now);

  const auto exchange = [&](std::optional<std::chrono::seconds> life) {
    key_exchange_client_config wanted;
    wanted.keys.push_back(public_key);
    wanted.expires_in = life;
    key_exchange_client client(std::move(wanted), random);
    client.start(now);
    core::byte_buffer packet;
    server_output out;
    while (!client.is_finished()) {
      bool idle = true;
      while (client.poll_transmit(packet)) {
        idle = false;
        machine.handle_packet(1, copy_of(packet), false, now);
      }
      while (machine.poll_transmit(out, now)) {
        if (!std::holds_alternative<send_packet>(out.action)) {
          ADD_FAILURE() << "something else than a packet";
          return client.poll_outcome();
        }
        client.handle_packet(copy_of(std::get<send_packet>(out.action).packet), now);
        // A stray encrypted frame in the middle is not answered at all.
        if (client.is_finished()) continue;
        puppet stranger(role::client, make_key(99), 1, 1);
        machine.handle_packet(1, stranger.packet(call_body(1), true, now), false, now);
      }
      if (idle) break;
    }
    return client.poll_outcome();
  };
  auto permanent = exchange(std::nullopt);
  ASSERT_TRUE(permanent && *permanent);
  auto temporary = exchange(24h);
  ASSERT_TRUE(temporary && *temporary);
  const auto created = only<key_created>(drain(machine));
  ASSERT_EQ(created.size(), 2u);
  EXPECT_FALSE(created[0].key.temporary());
  EXPECT_TRUE(created[1].key.temporary());
  EXPECT_FALSE(created[1].key.usable());

  auto& perm = **permanent;
  auto& temp = **temporary;
  client_session_config session_config(temp.key.clone());
  session_config.server_salt = temp.server_salt;
  session_config.server_time_offset = temp.server_time_offset;
  session_config.server_time_known = true;
  client_session session(std::move(session_config), random);
  session.connection_opened(now);
  key_binding binding;
  binding.nonce = 0x0123456789abcdef;
  binding.temp_auth_key_id = temp.key.id();
  binding.perm_auth_key_id = perm.key.id();
  binding.expires_at = temp.expiry->expires_at;
  //= PFS-09 test
  const auto bind = session.submit_with([&](const message_identity& identity) {
    binding.temp_session_id = identity.session_id;
    core::byte_buffer body;
    core::writer(body)
        .le(call_number)
        .bytes(seal_binding(perm.key, binding, identity.msg_id, random));
    return body;
  });
  const auto pump = [&] {
    outgoing_packet packet;
    while (session.poll_transmit(packet, now))
      machine.handle_packet(1, copy_of(packet.packet), packet.quick_ack, now);
    server_output out;
    while (machine.poll_transmit(out, now))
      session.handle_packet(copy_of(std::get<send_packet>(out.action).packet), now);
  };
  pump();
  const auto calls = only<request_event>(drain(machine));
  ASSERT_EQ(calls.size(), 1u);
  const auto* const key = machine.key(perm.key.id());
  ASSERT_NE(key, nullptr);
  EXPECT_TRUE(
      open_binding(*key, core::byte_view(calls[0].body).subspan(4), calls[0].msg_id, binding));
  EXPECT_TRUE(machine.bind_temporary_key(temp.key.id(), perm.key.id()));
  machine.respond(calls[0].session, calls[0].msg_id, answer_body(1), now);
  pump();
  const auto answers = only<answer>(drain(session));
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_EQ(answers[0].request, bind);
  EXPECT_EQ(machine.find_key(temp.key.id())->identity(), perm.key.id());
}

TEST(SessionPair, KeepsNothingOfWhatIsDone) {
  world w;
  w.connect();
  for (int i = 0; i < 30; ++i) w.submit(i);
  EXPECT_EQ(w.client.load().calls, 30u);
  EXPECT_TRUE(w.finish(2s));
  const session_key session = w.sessions.at(0);
  EXPECT_GT(w.machine.load(session)->messages, 0u);
  EXPECT_GT(w.client.load().unsent_acks, 0u);
  w.pass(40s);
  const auto server = w.machine.load(session);
  EXPECT_EQ(server->messages + server->bytes + server->calls, 0u);
  const auto client = w.client.load();
  EXPECT_EQ(client.calls + client.service_messages + client.unsent_acks, 0u);
  EXPECT_FALSE(w.machine.load({1, 2}));
}

}  // namespace
}  // namespace corogram::mtproto

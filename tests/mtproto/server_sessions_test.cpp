#include "session_support.hpp"
#include "support/vectors.hpp"

#include <corogram/core/hex.hpp>
#include <corogram/mtproto/plain_message.hpp>
#include <corogram/mtproto/server.hpp>

#include <gtest/gtest.h>

#include <algorithm>

namespace corogram::mtproto {
namespace {

using namespace session_test;

//= DESC-01 test
//= TR-20 test
//= SM-25 test
TEST(ServerSession, TakesThePacketOfTheVectorAndAnswersIt) {
  const auto vectors = test::read_vectors(COROGRAM_TEST_DATA "/envelope.txt");
  const auto key = auth_key(core::secret_array<256>(vectors.array<256>("auth_key")));
  const auto salt = core::load_le<std::int64_t>(vectors["client_plaintext"].data());
  core::test_random random(1);
  server machine(bench_config(), random);
  machine.add_key(stored_key(key.clone(), salt), start);
  machine.connection_opened(1, start);
  machine.handle_packet(1, vectors["client_packet"], true, start);
  server_output out;
  ASSERT_TRUE(machine.poll_transmit(out, start));
  EXPECT_EQ(std::get<send_quick_ack>(out.action).token, 0xf0f00e3au);
  ASSERT_TRUE(machine.poll_transmit(out, start));
  const auto sent = open_all(key, role::server, std::get<send_packet>(out.action).packet);
  ASSERT_EQ(sent.size(), 2u);
  EXPECT_EQ(sent[0].header.salt, salt);
  EXPECT_EQ(sent[0].header.session_id, 0x0807060504030201);
  EXPECT_EQ(sent[0].as<service::new_session_created>()->first_msg_id, 0x65C53D5212345678);
  // The pong of the vector, byte by byte.
  EXPECT_EQ(core::to_hex(sent[1].body),
            core::to_hex(core::byte_view(vectors["server_plaintext"]).subspan(32, 20)));
  EXPECT_FALSE(machine.poll_transmit(out, start));
}

//= SM-25 test
//= SM-28 test
//= DESC-13 test
TEST(ServerSession, IsCreatedByItsFirstMessageWithANotice) {
  server_bench bench;
  const auto id = bench.call(1);
  const auto notices = server_bench::of<service::new_session_created>(bench.last);
  ASSERT_EQ(notices.size(), 1u);
  EXPECT_EQ(notices[0].msg_id & 3, 3);
  EXPECT_EQ(notices[0].seq_no % 2, 1);
  const auto notice = notices[0].as<service::new_session_created>();
  EXPECT_EQ(notice->first_msg_id, id);
  EXPECT_EQ(notice->server_salt, server_bench::first_salt);
  const auto created = bench.events_of<session_created>();
  ASSERT_EQ(created.size(), 1u);
  EXPECT_EQ(created[0].unique_id, notice->unique_id);
  EXPECT_EQ(created[0].session, bench.session());
  EXPECT_EQ(bench.machine.sessions_of(bench.client.key().id()),
            std::vector<session_key>{bench.session()});
}

//= SM-26 test
TEST(ServerSession, GivesAnotherNoticeForALowerIdAndNoneForAHigherOne) {
  server_bench bench;
  const auto acks = tl::encode(service::msgs_ack());
  const auto base = bench.client.next_id(bench.now);
  const auto notice_for = [&](std::int64_t offset) {
    const auto notices = server_bench::of<service::new_session_created>(
        bench.give(bench.client.packet({base + offset, 0, acks})));
    return notices.empty() ? 0 : notices[0].as<service::new_session_created>()->first_msg_id - base;
  };
  EXPECT_EQ(notice_for(100), 100);
  EXPECT_EQ(notice_for(52), 52);
  EXPECT_EQ(notice_for(200), 0);
  EXPECT_EQ(notice_for(60), 0);
  EXPECT_EQ(bench.events_of<session_created>().size(), 1u);
}

//= SM-27 test
TEST(ServerSession, HasANewUniqueIdEachTimeItIsCreated) {
  server_bench bench;
  bench.call(1);
  const auto first = bench.events_of<session_created>().at(0).unique_id;
  EXPECT_TRUE(bench.machine.remove_session(bench.session(), bench.now));
  EXPECT_FALSE(bench.machine.remove_session(bench.session(), bench.now));
  EXPECT_EQ(bench.events_of<session_removed>().size(), 1u);
  bench.call(2);
  EXPECT_NE(bench.events_of<session_created>().at(0).unique_id, first);
}

//= GEN-03 test
TEST(ServerSession, NeverSpeaksOverAConnectionOfAnotherSession) {
  server_bench bench;
  bench.open_session();
  puppet second(role::client, make_key(1), 0x2222, server_bench::first_salt);
  bench.open(2);
  bench.give(second.packet(tl::encode(service::msgs_ack()), false, bench.now), 2);
  const auto id = bench.call(1);
  const auto lost_session = bench.session();
  bench.machine.connection_closed(1, bench.now);
  bench.packets.clear();
  EXPECT_TRUE(bench.machine.respond(lost_session, id, answer_body(1), bench.now));
  bench.wait(100s);
  EXPECT_TRUE(bench.packets.empty());
  EXPECT_FALSE(bench.machine.connected(lost_session));
  // Until the connection becomes one of this session.
  const auto messages = bench.ask(service::msgs_ack(), false, 2);
  ASSERT_EQ(server_bench::of<service::rpc_result>(messages).size(), 1u);
  EXPECT_EQ(messages[0].header.session_id, lost_session.session_id);
  EXPECT_TRUE(bench.machine.connected(lost_session));
  EXPECT_FALSE(bench.machine.connected({lost_session.auth_key_id, 0x2222}));
}

//= GEN-04 test
TEST(ServerSession, AnswersOverWhicheverOfItsConnectionsIsAlive) {
  server_bench bench;
  bench.open_session();
  bench.open(2);
  const auto id = bench.call(1);
  bench.ask(service::msgs_ack(), false, 2);
  bench.machine.connection_closed(1, bench.now);
  bench.packets.clear();
  bench.machine.respond(bench.session(), id, answer_body(1), bench.now);
  EXPECT_EQ(bench.sent().size(), 1u);
  EXPECT_EQ(bench.packets.at(0).first, 2u);
}

//= SEC-13 test
TEST(ServerSession, DoesNotSendAnswersToWhoeverReplaysAPacket) {
  server_bench bench;
  bench.open_session();
  const auto id = bench.client.message(call_body(1), true, bench.now).msg_id;
  const core::byte_buffer body = call_body(1);
  const core::byte_buffer packet = bench.client.packet({id, 1, body});
  bench.give(packet);
  bench.open(2);
  bench.packets.clear();
  bench.give(packet, 2);
  bench.machine.respond(bench.session(), id, answer_body(1), bench.now);
  bench.machine.push(bench.session(), answer_body(2), bench.now);
  EXPECT_EQ(bench.sent().size(), 2u);
  for (const auto& [connection, sent] : bench.packets) EXPECT_EQ(connection, 1u);

  // Nor is what waits lost when the stranger is the only one left; and the client's own next
  // connection comes before his.
  bench.machine.connection_closed(1, bench.now);
  bench.open(3);
  bench.ask(service::msgs_ack(), false, 3);
  bench.give(packet, 2);
  bench.packets.clear();
  bench.machine.push(bench.session(), answer_body(3), bench.now);
  EXPECT_EQ(bench.sent().size(), 1u);
  EXPECT_EQ(bench.packets.at(0).first, 3u);
}

//= DESC-26 test
//= SM-40 test
//= SMM-01 test
TEST(ServerSession, SendsWhatIsNotAcknowledgedAgainOnTheNextConnection) {
  server_bench bench;
  bench.open_session();
  const auto id = bench.call(1);
  bench.machine.respond(bench.session(), id, answer_body(1), bench.now);
  bench.machine.push(bench.session(), answer_body(2), bench.now);
  const auto first = bench.sent();
  ASSERT_EQ(first.size(), 2u);
  bench.acknowledge(first[1].msg_id);
  bench.machine.connection_closed(1, bench.now);
  bench.open(2);
  const auto again = bench.ask(service::msgs_ack(), false, 2);
  ASSERT_EQ(again.size(), 1u);
  EXPECT_EQ(again[0].msg_id, first[0].msg_id);
  EXPECT_EQ(again[0].seq_no, first[0].seq_no);
  EXPECT_EQ(again[0].body, first[0].body);
  //= SMM-34 test
  EXPECT_TRUE(again[0].in_container);
  EXPECT_GT(again[0].outer_msg_id, first[1].msg_id);
  bench.acknowledge(again[0].msg_id, 2);
  bench.machine.connection_closed(2, bench.now);
  bench.open(3);
  EXPECT_TRUE(bench.ask(service::msgs_ack(), false, 3).empty());
}

//= SM-31 test
//= WS-21 test
// Sealed together, they go out one after the other, and one connection may end in between.
TEST(ServerSession, SendsAgainWhatWasSealedForAConnectionThatIsGone) {
  server_bench bench;
  bench.open_session();
  const session_key first = bench.session();
  ++bench.client.header().session_id;
  bench.open(2);
  bench.ask(service::msgs_ack(), false, 2);
  ASSERT_TRUE(bench.machine.push(first, answer_body(1), bench.now));
  ASSERT_TRUE(bench.machine.push(bench.session(), answer_body(2), bench.now));
  server_output out;
  ASSERT_TRUE(bench.machine.poll_transmit(out, bench.now));
  EXPECT_EQ(out.connection, 1u);
  bench.machine.connection_closed(2, bench.now);
  EXPECT_FALSE(bench.machine.poll_transmit(out, bench.now));
  bench.open(3);
  const auto again = bench.ask(service::msgs_ack(), false, 3);
  EXPECT_EQ(std::ranges::count_if(again,
                                  [](const seen_message& message) {
                                    return message.number() == answer_number &&
                                           number_in(message.body) == 2;
                                  }),
            1);
}

TEST(ServerSession, IsDroppedWhenTooMuchWaitsInIt) {
  auto config = bench_config();
  config.limits.queued_messages = 100;
  server_bench bench(std::move(config));
  bench.open_session();
  bench.machine.connection_closed(1, bench.now);
  int pushed = 0;
  while (bench.machine.push(bench.session(), answer_body(1), bench.now)) ++pushed;
  EXPECT_EQ(pushed, 100);
  EXPECT_EQ(bench.events_of<session_removed>().size(), 1u);
  EXPECT_TRUE(bench.machine.sessions_of(bench.client.key().id()).empty());

  auto small = bench_config();
  small.limits.queued_bytes = 100'000;
  server_bench other(std::move(small));
  other.open_session();
  pushed = 0;
  while (other.machine.push(other.session(), answer_body(1, 10'000), other.now)) {
    ++pushed;
    other.sent();
  }
  EXPECT_EQ(pushed, 9);
}

// What goes out again after a lost connection is stored once, as it was before.
TEST(ServerSession, IsNotDroppedForWhatGoesOutAgain) {
  auto config = bench_config();
  config.limits.queued_messages = 100;
  server_bench bench(std::move(config));
  bench.open_session();
  for (int i = 0; i < 60; ++i)
    ASSERT_TRUE(bench.machine.push(bench.session(), answer_body(i), bench.now));
  EXPECT_EQ(bench.sent().size(), 60u);
  bench.machine.connection_closed(1, bench.now);
  EXPECT_EQ(bench.machine.load(bench.session())->messages, 60u);
  bench.open(2);
  EXPECT_EQ(bench.ask(service::msgs_ack(), false, 2).size(), 60u);
  EXPECT_TRUE(bench.events_of<session_removed>().empty());
}

TEST(ServerSession, IsForgottenADayAfterItsLastConnection) {
  server_bench bench;
  bench.open_session();
  bench.machine.connection_closed(1, bench.now);
  bench.wait(23h);
  bench.open(2);
  bench.ask(service::msgs_ack(), false, 2);
  // The time of its first idleness is over without consequence.
  bench.wait(2h);
  EXPECT_TRUE(bench.events_of<session_removed>().empty());
  bench.machine.connection_closed(2, bench.now);
  bench.wait(24h);
  EXPECT_EQ(bench.events_of<session_removed>().size(), 1u);
}

TEST(ServerSession, ManyOfOneKeyPushOutThoseWithoutAConnection) {
  auto config = bench_config();
  config.limits.sessions_per_key = 3;
  server_bench bench(std::move(config));
  bench.open(2);
  bench.open(3);
  bench.open(4);
  for (connection_id connection = 1; connection <= 3; ++connection) {
    bench.call(1, connection);
    ++bench.client.header().session_id;
  }
  bench.call(1, 4);
  ASSERT_EQ(bench.signals.size(), 2u);
  EXPECT_EQ(std::get<send_transport_error>(bench.signals[0].what).code, -429);
  bench.machine.connection_closed(2, bench.now);
  bench.open(5);
  bench.call(1, 5);
  EXPECT_EQ(bench.signals.size(), 2u);
  EXPECT_EQ(bench.events_of<session_removed>().size(), 1u);
}

//= TR-28 test
TEST(ServerConnection, GetsMinus404ForAnUnknownKeyAndForRubbish) {
  server_bench bench;
  puppet stranger(role::client, make_key(99), 1, 1);
  for (const core::byte_buffer& packet :
       {stranger.packet(call_body(1), true, bench.now), core::byte_buffer{1, 2, 3},
        core::byte_buffer{}, core::byte_buffer(24, 0xee), core::byte_buffer(500, 0xee)}) {
    bench.open(7);
    bench.machine.handle_packet(7, copy_of(packet), true, bench.now);
    bench.sent();
    ASSERT_EQ(bench.signals.size(), 2u);
    EXPECT_EQ(bench.signals[0].connection, 7u);
    EXPECT_EQ(std::get<send_transport_error>(bench.signals[0].what).code, -404);
    EXPECT_TRUE(std::holds_alternative<hang_up>(bench.signals[1].what));
    EXPECT_EQ(bench.events_of<connection_fault>().size(), 1u);
    // Deaf from then on.
    bench.machine.handle_packet(7, bench.client.packet(call_body(1), true, bench.now), true,
                                bench.now);
    EXPECT_TRUE(bench.sent().empty());
    bench.machine.connection_closed(7, bench.now);
    bench.signals.clear();
  }
  EXPECT_TRUE(bench.events_of<request_event>().empty());
}

TEST(ServerConnection, IsIgnoredWhenItIsUnknownOrClosedTwice) {
  server_bench bench;
  bench.machine.handle_packet(55, bench.client.packet(call_body(1), true, bench.now), true,
                              bench.now);
  EXPECT_TRUE(bench.sent().empty());
  bench.machine.connection_closed(55, bench.now);
  bench.machine.connection_closed(1, bench.now);
  bench.machine.connection_closed(1, bench.now);
  EXPECT_TRUE(bench.machine_events().empty());
}

//= TR-29 test
TEST(ServerConnection, IsRefusedBeyondTheLimit) {
  auto config = bench_config();
  config.limits.connections = 2;
  server_bench bench(std::move(config));
  bench.open(2);
  bench.open(3);
  bench.sent();
  ASSERT_EQ(bench.signals.size(), 2u);
  EXPECT_EQ(bench.signals[0].connection, 3u);
  EXPECT_EQ(std::get<send_transport_error>(bench.signals[0].what).code, -429);
}

//= TR-20 test
//= TR-24 test
TEST(ServerConnection, GetsAQuickAckForWhatIsAcceptedAndTheAnswerAllTheSame) {
  server_bench bench;
  bench.open_session();
  const auto body = call_body(1);
  const auto message = bench.client.message(body, true, bench.now);
  bench.give(bench.client.packet(message), 1, true);
  ASSERT_EQ(bench.signals.size(), 1u);
  EXPECT_EQ(std::get<send_quick_ack>(bench.signals[0].what).token, bench.client.token());
  bench.machine.respond(bench.session(), message.msg_id, answer_body(1), bench.now);
  EXPECT_EQ(server_bench::of<service::rpc_result>(bench.sent()).size(), 1u);
  //= TR-22 test
  bench.client.header().salt = 0x77;
  EXPECT_EQ(
      server_bench::refusal_in(bench.give(bench.client.packet(body, true, bench.now), 1, true)),
      48);
  EXPECT_EQ(bench.signals.size(), 1u);
}

//= SM-54 test
TEST(ServerKeys, EndWhenTheirOwnerDestroysThem) {
  server_bench bench;
  bench.open_session();
  const auto answers = bench.ask(service::destroy_auth_key(), true);
  EXPECT_EQ(server_bench::of<service::destroy_auth_key_ok>(answers).size(), 1u);
  const auto events = bench.machine_events();
  EXPECT_EQ(only<key_removed>(events).size(), 1u);
  EXPECT_EQ(only<session_removed>(events).size(), 1u);
  bench.give(bench.client.packet(call_body(1), true, bench.now));
  ASSERT_EQ(bench.signals.size(), 2u);
  EXPECT_EQ(std::get<send_transport_error>(bench.signals[0].what).code, -404);
}

stored_key temporary_key(std::uint64_t seed, core::instant now, std::chrono::seconds life) {
  key_expiry expiry;
  expiry.deadline = now.steady + life;
  expiry.expires_at = static_cast<std::int32_t>((now.wall + life) / 1s);
  return stored_key(make_key(seed), server_bench::first_salt, expiry);
}

//= PFS-12 test
//= PFS-14 test
TEST(ServerKeys, TellWhatTheyAreAndWhatTheyAreBoundTo) {
  server_bench bench;
  const auto permanent = make_key(1).id();
  const auto one = make_key(2).id();
  const auto two = make_key(3).id();
  EXPECT_TRUE(bench.machine.add_key(temporary_key(2, bench.now, 3600s), bench.now));
  EXPECT_TRUE(bench.machine.add_key(temporary_key(3, bench.now, 3600s), bench.now));
  EXPECT_FALSE(bench.machine.add_key(temporary_key(3, bench.now, 3600s), bench.now));
  EXPECT_FALSE(bench.machine.find_key(77));
  EXPECT_TRUE(bench.machine.find_key(permanent)->usable());
  //= PFS-05 test
  EXPECT_TRUE(bench.machine.find_key(one)->temporary());
  EXPECT_FALSE(bench.machine.find_key(one)->usable());
  EXPECT_EQ(bench.machine.find_key(one)->identity(), one);
  EXPECT_TRUE(bench.machine.bind_temporary_key(one, permanent));
  EXPECT_TRUE(bench.machine.find_key(one)->usable());
  EXPECT_EQ(bench.machine.find_key(one)->identity(), permanent);
  EXPECT_EQ(bench.machine.find_key(permanent)->identity(), permanent);
  EXPECT_TRUE(bench.machine.bind_temporary_key(two, permanent));
  EXPECT_FALSE(bench.machine.find_key(one)->usable());
  EXPECT_TRUE(bench.machine.find_key(two)->usable());
  EXPECT_FALSE(bench.machine.bind_temporary_key(permanent, one));
  EXPECT_EQ(bench.machine.key(one)->id(), one);
  EXPECT_EQ(bench.machine.key(77), nullptr);
}

TEST(ServerKeys, EndInTimeIfTheyAreTemporary) {
  server_bench bench;
  bench.machine.add_key(temporary_key(2, bench.now, 3600s), bench.now);
  puppet client(role::client, make_key(2), 0x2222, server_bench::first_salt);
  bench.open(2);
  bench.give(client.packet(tl::encode(service::msgs_ack()), false, bench.now), 2);
  ASSERT_TRUE(bench.machine.poll_deadline());
  EXPECT_EQ(bench.machine.sessions_of(client.key().id()).size(), 1u);
  bench.machine_events();
  bench.wait(3600s);
  EXPECT_FALSE(bench.machine.find_key(client.key().id()));
  EXPECT_EQ(bench.events_of<key_removed>().at(0).auth_key_id, client.key().id());
  bench.machine.handle_packet(2, client.packet(call_body(1), true, bench.now), false, bench.now);
  bench.sent();
  EXPECT_EQ(std::get<send_transport_error>(bench.signals.at(0).what).code, -404);
}

//= SM-54 test
TEST(ServerKeys, DestroyedThroughABoundTemporaryKeyBothEnd) {
  server_bench bench;
  bench.machine.add_key(temporary_key(2, bench.now, 3600s), bench.now);
  puppet client(role::client, make_key(2), 0x2222, server_bench::first_salt);
  const auto destroy = [&] {
    return bench.give(client.packet(tl::encode(service::destroy_auth_key()), true, bench.now));
  };
  EXPECT_EQ(server_bench::of<service::destroy_auth_key_none>(destroy()).size(), 1u);
  EXPECT_TRUE(bench.machine.find_key(make_key(2).id()));
  bench.machine.bind_temporary_key(make_key(2).id(), make_key(1).id());
  EXPECT_EQ(server_bench::of<service::destroy_auth_key_ok>(destroy()).size(), 1u);
  EXPECT_FALSE(bench.machine.find_key(make_key(2).id()));
  EXPECT_FALSE(bench.machine.find_key(make_key(1).id()));
}

//= DESC-06 test
TEST(ServerConnection, GetsMinus404ForPlaintextThatIsNoKeyExchange) {
  server_bench bench;
  core::byte_buffer packet;
  encode_plain(bench.client.next_id(bench.now), tl::encode(service::ping()), packet);
  bench.machine.handle_packet(1, copy_of(packet), false, bench.now);
  bench.sent();
  ASSERT_EQ(bench.signals.size(), 2u);
  EXPECT_EQ(std::get<send_transport_error>(bench.signals[0].what).code, -404);
}

}  // namespace
}  // namespace corogram::mtproto

// What neither side lets happen, whatever the other does: the rules that no other test of the
// sessions is about.

#include "session_world.hpp"

#include <corogram/crypto/ige.hpp>

#include <gtest/gtest.h>

#include <set>

namespace corogram::mtproto {
namespace {

using namespace session_test;

/// A packet by the rules of MTProto 1.0 but for its length field and padding.
core::byte_buffer version_1_packet(const auth_key& key, std::int32_t declared,
                                   std::size_t padding) {
  core::byte_buffer text;
  const core::byte_buffer body = call_body(1);
  core::writer(text)
      .le<std::int64_t>(0x5a5a)
      .le<std::int64_t>(0x1111)
      .le(first_msg_id_at(start.wall))
      .le<std::int32_t>(1)
      .le(declared)
      .bytes(body);
  const std::size_t hashed =
      declared < 0 ? text.size()
                   : std::min(text.size(), std::size_t{32} + static_cast<std::size_t>(declared));
  const crypto::message_key msg_key = crypto::msg_key_v1(core::byte_view(text).first(hashed));
  text.resize(text.size() + padding);
  const auto aes = crypto::derive_v1(key.view(), msg_key, crypto::direction::client_to_server);
  crypto::ige_encrypt(aes.key.view(), aes.iv.view(), text, text);
  core::byte_buffer packet;
  core::writer(packet).le(key.id()).bytes(msg_key).bytes(text);
  return packet;
}

//= V1-04 test
//= V1-05 test
TEST(VersionOne, IsToldFromRubbishByTheExactLengthAndTheLeastPadding) {
  const auth_key key = make_key(1);
  // 32 bytes of header and 8 of body leave 8 bytes to the next block.
  EXPECT_TRUE(is_version_1(key, role::client, version_1_packet(key, 8, 8)));
  for (const std::size_t padding : {24u, 40u, 1032u})
    EXPECT_FALSE(is_version_1(key, role::client, version_1_packet(key, 8, padding))) << padding;
  for (const std::int32_t declared : {-1, 0, 20, 1000, 0x7fffffff})
    EXPECT_FALSE(is_version_1(key, role::client, version_1_packet(key, declared, 8))) << declared;
}

//= V1-05 test
TEST(VersionOne, WithAWrongLengthIsAnsweredAsAnyPacketWithAWrongKey) {
  std::set<std::vector<int>> reactions;
  for (int kind = 0; kind < 3; ++kind) {
    server_bench bench;
    core::byte_buffer packet = version_1_packet(bench.client.key(), kind == 0 ? 8 : 1000, 8);
    if (kind == 2) packet[10] ^= 1;
    EXPECT_TRUE(bench.give(packet).empty());
    std::vector<int> reaction;
    for (const server_signal& signal : bench.signals) {
      const auto* const error = std::get_if<send_transport_error>(&signal.what);
      reaction.push_back(error == nullptr ? 1 : error->code);
    }
    EXPECT_FALSE(reaction.empty());
    reactions.insert(reaction);
  }
  EXPECT_EQ(reactions.size(), 1u);
}

//= DESC-40 test
//= DESC-47 test
TEST(Packets, AreOfVersionTwoAndHoldNoPieceOfTheKey) {
  std::set<std::array<core::byte, 16>> pieces;
  const auth_key key = make_key(1);
  for (std::size_t at = 0; at + 16 <= key.view().size(); ++at) {
    std::array<core::byte, 16> piece;
    std::ranges::copy(key.view().subspan(at, 16), piece.begin());
    pieces.insert(piece);
  }
  const auto expect_clean = [&](core::byte_view packet) {
    std::array<core::byte, 16> window;
    for (std::size_t at = 0; at + 16 <= packet.size(); ++at) {
      std::ranges::copy(packet.subspan(at, 16), window.begin());
      EXPECT_FALSE(pieces.contains(window));
    }
  };
  server_bench server;
  client_session client(quiet_config(), server.random);
  client.connection_opened(server.now);
  server.open(2);
  for (int i = 0; i < 20; ++i) {
    client.submit(call_body(i, static_cast<std::size_t>(i) * 40));
    client.ping(i);
    outgoing_packet out;
    while (client.poll_transmit(out, server.now)) {
      EXPECT_FALSE(is_version_1(key, role::client, out.packet));
      expect_clean(out.packet);
      server.give(out.packet, 2);
    }
    for (const request_event& request : server.events_of<request_event>())
      server.machine.respond(request.session, request.msg_id, answer_body(i), server.now);
    server.sent();
    for (const auto& [connection, packet] : server.packets) {
      EXPECT_FALSE(is_version_1(key, role::server, packet));
      expect_clean(packet);
      client.handle_packet(copy_of(packet), server.now);
    }
    server.packets.clear();
  }
  EXPECT_EQ(client.requests_under_way(), 0u);
}

//= SMM-02 test
//= SMM-01 test
TEST(Acknowledgements, AreEvenAndNeverAcknowledgedThemselves) {
  world w;
  w.connect();
  for (int i = 0; i < 50; ++i) w.submit(i);
  EXPECT_TRUE(w.finish());
  for (const session_key& session : w.sessions)
    EXPECT_TRUE(w.machine.push(session, answer_body(1000), w.now));
  w.pass(40s);
  server_bench bench;
  bench.open_session();
  // An even one gets nothing, an odd one is refused and not acknowledged either.
  EXPECT_TRUE(bench.ask(service::msgs_ack()).empty());
  EXPECT_TRUE(bench.wait(10s).empty());
  client_bench client;
  client.client.connection_opened(client.now);
  client.give(service::msgs_ack());
  client.give_body(answer_body(1), true, false);
  client.wait(31s);
  const auto sent = client.sent();
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_TRUE(sent[0].is<service::msgs_ack>());
  EXPECT_FALSE(content_related(sent[0].seq_no));
  EXPECT_EQ(sent[0].as<service::msgs_ack>()->msg_ids.size(), 1u);
}

//= SMM-27 test
TEST(Salts, AreTakenFromAnswersToOurOwnCallsAndFromNothingElse) {
  client_bench bench;
  bench.client.connection_opened(bench.now);
  bench.server.header().salt = 0x77;
  bench.give_body(answer_body(1), true, false);
  bench.give_result(first_msg_id_at(bench.now.wall), answer_body(2));
  EXPECT_EQ(bench.client.server_salt(), 0x5a5a);
  bench.client.submit(call_body(1));
  const auto call = bench.sent().back();
  core::byte_buffer result;
  core::writer(result).le(service::rpc_result::tl_id).le(call.msg_id).bytes(answer_body(1));
  const core::byte_buffer packet = bench.server.packet(result, true, bench.now);
  bench.client.handle_packet(copy_of(packet), bench.now);
  EXPECT_EQ(bench.client.server_salt(), 0x77);
  // The same packet again, and one from before the salt changed, move nothing.
  bench.server.header().salt = 0x66;
  bench.give_result(call.msg_id, answer_body(1));
  bench.client.handle_packet(copy_of(packet), bench.now);
  EXPECT_EQ(bench.client.server_salt(), 0x77);
}

//= PFS-22 test
TEST(Keys, OfOneServerAreUnknownToAnother) {
  server_bench here, there;
  there.machine.remove_key(there.client.key().id(), there.now);
  there.machine.add_key(stored_key(make_key(2), 0), there.now);
  EXPECT_FALSE(here.ask(service::msgs_ack()).empty());
  EXPECT_TRUE(there.give(here.client.packet(call_body(1), true, here.now)).empty());
  ASSERT_FALSE(there.signals.empty());
  EXPECT_EQ(std::get<send_transport_error>(there.signals[0].what).code, -404);
}

// A call that was packed keeps its packed form when it goes out again, under its old id and under a
// new one; and what was too short to be packed is not packed then.
//= INV-16 test
//= SM-45 test
TEST(Resending, RepeatsPackedCallsAsTheyWere) {
  client_bench bench;
  bench.client.connection_opened(bench.now);
  bench.client.submit(call_body(1, 4000));
  bench.client.submit(call_body(2, 40));
  const auto first = bench.sent();
  ASSERT_EQ(first.size(), 2u);
  EXPECT_TRUE(first[0].is<service::gzip_packed>());
  EXPECT_FALSE(first[1].is<service::gzip_packed>());
  bench.client.connection_closed(bench.now);
  bench.client.connection_opened(bench.now);
  const auto again = bench.sent();
  ASSERT_EQ(again.size(), 2u);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(again[i].body, first[i].body);
    EXPECT_EQ(again[i].msg_id, first[i].msg_id);
    EXPECT_EQ(again[i].seq_no, first[i].seq_no);
  }
  // Refused as too old, both become new messages.
  bench.give_refusal(again[0].outer_msg_id, 20);
  const auto renewed = bench.sent();
  ASSERT_EQ(renewed.size(), 2u);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(renewed[i].body, first[i].body);
    EXPECT_TRUE(earlier(first[i].msg_id, renewed[i].msg_id));
  }
}

//= SM-44 test
TEST(Resending, RepeatsPackedAnswersAsTheyWere) {
  server_config config = bench_config();
  config.limits.compress_above = 100;
  server_bench bench(std::move(config));
  bench.open_session();
  const std::int64_t call = bench.call(1);
  EXPECT_TRUE(bench.machine.respond(bench.session(), call, answer_body(1, 4000), bench.now));
  const auto first = server_bench::of<service::rpc_result>(bench.sent());
  ASSERT_EQ(first.size(), 1u);
  EXPECT_LT(first[0].body.size(), 1000u);
  bench.machine.connection_closed(1, bench.now);
  bench.open(2);
  const auto again =
      server_bench::of<service::rpc_result>(bench.ask(service::msgs_ack(), false, 2));
  ASSERT_EQ(again.size(), 1u);
  EXPECT_EQ(again[0].body, first[0].body);
  EXPECT_EQ(again[0].msg_id, first[0].msg_id);
}

}  // namespace
}  // namespace corogram::mtproto

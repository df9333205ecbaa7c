#include "session_support.hpp"

#include <corogram/crypto/ige.hpp>
#include <corogram/crypto/kdf.hpp>
#include <corogram/mtproto/bad_msg.hpp>
#include <corogram/mtproto/server.hpp>
#include <corogram/mtproto/server_session.hpp>

#include <gtest/gtest.h>

namespace corogram::mtproto {
namespace {

using namespace session_test;

class ServerRefusals : public testing::Test {
 protected:
  ServerRefusals() { bench.open_session(); }

  static server_config relaxed(rule which, strictness how) {
    return bench_config(policy().set(which, how));
  }
  /// Gives a message and returns the refusal's code, having checked what the refusal names.
  std::int32_t refused(const message_view& message) {
    bench.machine_events();
    const auto messages = bench.give(bench.client.packet(message));
    const auto code = server_bench::refusal_in(messages);
    if (code != 0) {
      // An acknowledgement of something earlier may go along.
      const seen_message& notice = messages.at(0);
      //= SMM-09 test
      EXPECT_EQ(notice.seq_no % 2, 0);
      EXPECT_EQ(notice.msg_id & 3, 1);
      //= SMM-08 test
      // bad_msg_notification and bad_server_salt begin alike.
      EXPECT_EQ(core::load_le<std::int64_t>(notice.body.data() + 4), message.msg_id);
      EXPECT_EQ(core::load_le<std::int32_t>(notice.body.data() + 12), message.seq_no);
      EXPECT_EQ(calls_seen(), 0u);
    }
    return code;
  }
  std::int32_t refused_call_at(std::int64_t msg_id) {
    return refused({msg_id, bench.client.next_seq(true), body});
  }
  std::size_t calls_seen() { return bench.events_of<request_event>().size(); }

  server_bench bench;
  core::byte_buffer body = call_body(1);
};

//= SMM-10 test
//= SMM-11 test
//= SEC-15 test
//= DESC-17 test
TEST_F(ServerRefusals, Codes16And17TellOfIdsTooFarFromTheServersTime) {
  EXPECT_EQ(refused_call_at(first_msg_id_at(bench.now.wall - 301s)), 16);
  EXPECT_EQ(refused_call_at(first_msg_id_at(bench.now.wall + 31s)), 17);
}

// Its sender was told to say it under another id: the old one is no call when its time has come.
//= SEC-15 test
TEST_F(ServerRefusals, WhatCameTooEarlyIsRefusedWhenItComesAgainInTime) {
  const message_view early{first_msg_id_at(bench.now.wall + 40s), bench.client.next_seq(true),
                           body};
  EXPECT_EQ(refused(early), 17);
  bench.now = core::later(bench.now, 20s);
  EXPECT_EQ(refused(early), 17);
  bench.give(bench.client.packet({early.msg_id + 4, early.seq_no, body}));
  EXPECT_EQ(calls_seen(), 1u);
}

//= SEC-15 test
TEST_F(ServerRefusals, HoweverMuchCameTooEarlyNoneOfItCountsWhenItComesAgainInTime) {
  const std::int64_t first = first_msg_id_at(bench.now.wall + 40s);
  constexpr std::int64_t count = 3 * early_ids::limit;
  for (std::int64_t i = 0; i < count; ++i) EXPECT_EQ(refused({first + 4 * i, 1, body}), 17);
  bench.now = core::later(bench.now, 20s);
  for (std::int64_t i = 0; i < count; ++i) EXPECT_EQ(refused({first + 4 * i, 1, body}), 17);
  bench.give(bench.client.packet({first + 4 * count, 1, body}));
  EXPECT_EQ(calls_seen(), 1u);
}

//= DESC-17 test
TEST(ServerTime, TakesIdsFrom299SecondsBehindTo29Ahead) {
  for (const auto offset : {-299s, 0s, 29s}) {
    server_bench bench;
    bench.give(bench.client.packet({first_msg_id_at(bench.now.wall + offset), 1, call_body(1)}));
    EXPECT_EQ(bench.events_of<request_event>().size(), 1u);
  }
  // Of what is inside a container, only the container's own time counts.
  server_bench bench;
  const auto body = call_body(1);
  const message_view old{first_msg_id_at(bench.now.wall - 1000s), 1, body};
  bench.client.next_seq(true);
  bench.give(bench.client.container({old}, bench.now));
  EXPECT_EQ(bench.events_of<request_event>().size(), 1u);
}

//= SMM-12 test
//= DESC-12 test
//= DESC-42 test
TEST_F(ServerRefusals, Code18TellsOfIdsThatAreNotDivisibleBy4) {
  for (std::int64_t low = 1; low <= 3; ++low)
    EXPECT_EQ(refused({bench.client.next_id(bench.now) | low, 1, body}), 18);
}

//= SMM-13 test
TEST_F(ServerRefusals, Code19TellsOfAContainerWithTheIdOfAnEarlierMessage) {
  const auto call = bench.client.message(body, true, bench.now);
  EXPECT_EQ(refused(call), 0);
  core::byte_buffer container;
  write_container({}, core::writer(container));
  EXPECT_EQ(refused({call.msg_id, 2, container}), 19);
  const auto id = bench.client.next_id(bench.now);
  EXPECT_EQ(refused({id, 2, container}), 0);
  EXPECT_EQ(refused({id, 2, container}), 19);
}

//= SMM-14 test
TEST_F(ServerRefusals, Code20TellsOfWhatIsOlderThanAllThatIsRemembered) {
  const auto early = bench.client.next_id(bench.now);
  const auto acks = tl::encode(service::msgs_ack());
  for (int i = 0; i < 5; ++i) {
    std::vector<message_view> messages;
    for (int j = 0; j < 1000; ++j) messages.push_back(bench.client.message(acks, false, bench.now));
    ASSERT_TRUE(bench.give(bench.client.container(messages, bench.now)).empty());
  }
  EXPECT_EQ(refused({early, 1, body}), 20);
  EXPECT_EQ(calls_seen(), 0u);
}

//= SMM-15 test
//= SMM-16 test
TEST_F(ServerRefusals, Codes32And33TellOfNumbersThatDoNotRiseAsIdsDo) {
  const auto ids = [&] { return bench.client.next_id(bench.now); };
  const auto reserved = ids();
  EXPECT_EQ(refused({ids(), 3, body}), 0);
  EXPECT_EQ(refused({ids(), 1, body}), 32);
  EXPECT_EQ(refused({ids(), 3, body}), 32);
  EXPECT_EQ(refused({ids(), 5, body}), 0);
  EXPECT_EQ(refused({reserved, 5, body}), 33);
  EXPECT_EQ(refused({reserved, 7, body}), 33);
  EXPECT_EQ(refused({reserved, 1, body}), 0);
  // Equal and even is what neighbours without a call between them have.
  const auto acks = tl::encode(service::msgs_ack());
  EXPECT_EQ(refused({ids(), 6, acks}), 0);
  EXPECT_EQ(refused({ids(), 6, acks}), 0);
}

//= SMM-17 test
//= DESC-28 test
TEST(ServerParity, Code34TellsOfAcknowledgementsAndContainersWithOddNumbers) {
  policy rules;
  rules.set(rule::even_sequence, strictness::strict);
  server_bench bench(bench_config(rules));
  bench.open_session();
  EXPECT_EQ(server_bench::refusal_in(bench.ask(service::msgs_ack(), true)), 34);
  core::byte_buffer container;
  write_container({}, core::writer(container));
  EXPECT_EQ(server_bench::refusal_in(bench.give(bench.client.packet(container, true, bench.now))),
            34);
  //= DESC-29 test
  EXPECT_EQ(server_bench::refusal_in(bench.ask(service::ping(), true)), 0);
  EXPECT_EQ(server_bench::refusal_in(bench.ask(service::ping(), false)), 0);
}

//= SMM-18 test
//= DESC-27 test
TEST_F(ServerRefusals, Code35TellsOfACallWithAnEvenNumber) {
  EXPECT_EQ(refused({bench.client.next_id(bench.now), 0, body}), 35);
}

//= SMM-19 test
//= DESC-10 test
TEST_F(ServerRefusals, Code48BringsTheSaltThatIsGoodNow) {
  bench.client.header().salt = 0x77;
  const auto message = bench.client.message(body, true, bench.now);
  const auto messages = bench.give(bench.client.packet(message));
  ASSERT_EQ(messages.size(), 1u);
  const auto notice = messages[0].as<service::bad_server_salt>();
  EXPECT_EQ(notice->error_code, 48);
  EXPECT_EQ(notice->bad_msg_id, message.msg_id);
  EXPECT_EQ(notice->new_server_salt, server_bench::first_salt);
  EXPECT_EQ(calls_seen(), 0u);
}

//= DESC-09 test
//= DESC-10 test
TEST_F(ServerRefusals, TheOldSaltIsGoodForHalfAnHourAfterItsTime) {
  bench.wait(1800s);
  EXPECT_NE(bench.machine.current_salt(bench.client.key().id(), bench.now),
            server_bench::first_salt);
  bench.wait(1799s);
  bench.call(1);
  EXPECT_EQ(calls_seen(), 1u);
  bench.wait(2s);
  const auto messages =
      bench.give(bench.client.packet(bench.client.message(body, true, bench.now)));
  EXPECT_EQ(server_bench::refusal_in(messages), 48);
  EXPECT_EQ(calls_seen(), 0u);
}

//= SMM-20 test
//= SM-33 test
//= SM-34 test
//= SM-35 test
//= SM-41 test
//= DESC-19 test
TEST_F(ServerRefusals, Code64TellsOfContainersThatAreNone) {
  const auto fine = bench.client.message(body, true, bench.now);
  core::byte_buffer inner;
  write_container({}, core::writer(inner));
  const auto give = [&](const std::vector<message_view>& messages, std::size_t cut = 0) {
    core::byte_buffer container;
    write_container(outgoing(messages), core::writer(container));
    container.resize(container.size() - cut);
    return refused({bench.client.next_id(bench.now), 4, container});
  };
  EXPECT_EQ(give({fine, {bench.client.next_id(bench.now), 2, inner}}), 64);
  EXPECT_EQ(give({fine, {fine.msg_id + 40000, 3, body}}), 64);
  EXPECT_EQ(give({fine}, 4), 64);
  EXPECT_EQ(calls_seen(), 0u);
  EXPECT_EQ(give({fine}), 0);
  EXPECT_EQ(calls_seen(), 1u);
  //= SM-39 test
  EXPECT_EQ(give({}), 0);
}

//= SM-33 test
TEST_F(ServerRefusals, OneBadMessageInAContainerKeepsAllOfItOut) {
  const auto fine = bench.client.message(body, true, bench.now);
  const auto after = bench.client.next_id(bench.now);
  const auto give = [&](const message_view& bad) {
    core::byte_buffer container;
    write_container(outgoing({fine, bad}), core::writer(container));
    return refused({bench.client.next_id(bench.now), 6, container});
  };
  EXPECT_EQ(give({after | 2, 3, body}), 18);
  EXPECT_EQ(give({after, 4, body}), 35);
  EXPECT_EQ(give({after, 1, body}), 32);
  EXPECT_EQ(calls_seen(), 0u);
  EXPECT_EQ(give({after, 3, body}), 0);
  EXPECT_EQ(calls_seen(), 2u);
}

//= SM-37 test
//= TR-29 test
TEST_F(ServerRefusals, AContainerOfMoreThan1024MessagesIsAFlood) {
  const auto acks = tl::encode(service::msgs_ack());
  const auto give = [&](int count) {
    std::vector<message_view> messages;
    for (int i = 0; i < count; ++i)
      messages.push_back(bench.client.message(acks, false, bench.now));
    bench.give(bench.client.container(messages, bench.now));
  };
  give(1024);
  EXPECT_TRUE(bench.signals.empty());
  give(1025);
  ASSERT_EQ(bench.signals.size(), 2u);
  EXPECT_EQ(std::get<send_transport_error>(bench.signals[0].what).code, -429);
  EXPECT_TRUE(std::holds_alternative<hang_up>(bench.signals[1].what));
}

//= SMM-03 test
TEST_F(ServerRefusals, AListOfMoreThan8192IdsIsAFlood) {
  service::msgs_ack list;
  list.msg_ids = std::vector<std::int64_t>(8192, 1);
  bench.ask(list);
  EXPECT_TRUE(bench.signals.empty());
  list.msg_ids = std::vector<std::int64_t>(8193, 1);
  bench.ask(list);
  ASSERT_EQ(bench.signals.size(), 2u);
  EXPECT_EQ(std::get<send_transport_error>(bench.signals[0].what).code, -429);
}

//= SMM-08 test
//= SEC-08 test
TEST_F(ServerRefusals, WhatDoesNotDecryptIsAnsweredLikeAnUnknownKeyAndGetsNoToken) {
  const auto good = bench.client.packet(body, true, bench.now);
  for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
    const connection_id connection = 100 + bit;
    bench.open(connection);
    auto bad = good;
    bad[bit / 8] ^= static_cast<core::byte>(1u << (bit % 8));
    //= TR-22 test
    ASSERT_TRUE(bench.give(bad, connection, true).empty());
    ASSERT_EQ(bench.signals.size(), 2u) << bit;
    ASSERT_EQ(std::get<send_transport_error>(bench.signals[0].what).code, -404);
    ASSERT_TRUE(std::holds_alternative<hang_up>(bench.signals[1].what));
    bench.signals.clear();
    bench.machine.connection_closed(connection, bench.now);
  }
  EXPECT_EQ(calls_seen(), 0u);
  bench.give(good);
  EXPECT_EQ(calls_seen(), 1u);
}

//= DESC-39 test
//= DESC-40 test
TEST_F(ServerRefusals, APacketOfTheOldVersionIsRefusedAndReported) {
  // Sealed by the rules of 1.0: the hash of the plaintext without padding, another derivation.
  core::byte_buffer text;
  core::writer(text)
      .le(server_bench::first_salt)
      .le(bench.client.header().session_id)
      .le(bench.client.next_id(bench.now))
      .le(1)
      .le(static_cast<std::int32_t>(body.size()))
      .bytes(body);
  const auto msg_key = crypto::msg_key_v1(text);
  text.resize((text.size() + 15) / 16 * 16);
  const auto aes =
      crypto::derive_v1(bench.client.key().view(), msg_key, crypto::direction::client_to_server);
  crypto::ige_encrypt(aes.key.view(), aes.iv.view(), text, text);
  core::byte_buffer packet;
  core::writer(packet).le(bench.client.key().id()).bytes(msg_key).bytes(text);
  EXPECT_TRUE(bench.give(packet).empty());
  EXPECT_EQ(bench.signals.size(), 2u);
  const auto violations = bench.events_of<violation_event>();
  ASSERT_EQ(violations.size(), 1u);
  EXPECT_EQ(violations[0].what.which, rule::encryption_version);
}

struct relaxation {
  rule which;
  std::int32_t code;
};

class ServerStrictness : public testing::TestWithParam<relaxation> {
 protected:
  /// Breaks the rule once; returns the refusal's code, 0 if there was none.
  static std::int32_t break_rule(server_bench& bench, rule which) {
    const auto body = call_body(1);
    const auto give = [&](const message_view& message) {
      return server_bench::refusal_in(bench.give(bench.client.packet(message)));
    };
    const auto id = bench.client.next_id(bench.now);
    core::byte_buffer container;
    switch (which) {
      case rule::message_id_low_bits:
        return give({id | 1, 1, body});
      case rule::message_id_fraction:
        return give({((bench.now.wall / 1s) + 1) << 32, 1, body});
      case rule::message_time:
        return give({first_msg_id_at(bench.now.wall + 60s), 1, body});
      case rule::container_id:
        write_container({}, core::writer(container));
        give({id, 0, container});
        return give({id, 0, container});
      case rule::sequence_order:
        give({id, 3, body});
        return give({bench.client.next_id(bench.now), 1, body});
      case rule::even_sequence:
        return give({id, 1, tl::encode(service::msgs_ack())});
      case rule::odd_sequence:
        return give({id, 0, body});
      case rule::salt:
        bench.client.header().salt = 0x77;
        return give({id, 1, body});
      case rule::zero_salt:
        bench.client.header().salt = 0;
        return give({id, 1, body});
      case rule::container_order:
        write_container({{id + 4000, 1, body}}, core::writer(container));
        return give({id, 0, container});
      default:
        return -1;
    }
  }
};

TEST_P(ServerStrictness, DecidesWhetherABrokenRuleIsRefusedAndWhetherItIsReported) {
  const auto [which, code] = GetParam();
  for (const auto how : {strictness::strict, strictness::lax, strictness::record}) {
    server_bench bench(bench_config(policy().set(which, how)));
    bench.open_session();
    EXPECT_EQ(break_rule(bench, which), how == strictness::strict ? code : 0);
    const auto violations = bench.events_of<violation_event>();
    if (how == strictness::lax) {
      EXPECT_TRUE(violations.empty());
      continue;
    }
    ASSERT_EQ(violations.size(), 1u);
    EXPECT_EQ(violations[0].what.which, which);
    EXPECT_EQ(violations[0].what.refused, how == strictness::strict);
    EXPECT_EQ(violations[0].session, bench.session());
  }
}

INSTANTIATE_TEST_SUITE_P(
    Rules, ServerStrictness,
    testing::Values(relaxation{rule::message_id_low_bits, 18},
                    relaxation{rule::message_id_fraction, 18}, relaxation{rule::message_time, 17},
                    relaxation{rule::container_id, 19}, relaxation{rule::sequence_order, 32},
                    relaxation{rule::even_sequence, 34}, relaxation{rule::odd_sequence, 35},
                    relaxation{rule::salt, 48}, relaxation{rule::zero_salt, 48},
                    relaxation{rule::container_order, 64}),
    [](const auto& what) { return std::string(mtproto::info(what.param.which).name); });

// A lax server takes any id that a client gives, 0 too.
TEST(ServerStrictness, CallsOfAnyIdAreAnsweredAndDropped) {
  server_bench bench(bench_config(policy(strictness::lax)));
  bench.client.header().session_id = 0x77;
  const core::byte_buffer call = call_body(1);
  bench.give(bench.client.packet(message_view{0, 1, call}));
  const auto calls = bench.events_of<request_event>();
  ASSERT_EQ(calls.size(), 1u);
  EXPECT_EQ(calls[0].msg_id, 0);
  const core::byte_buffer result{1, 2, 3, 4};
  ASSERT_TRUE(bench.machine.respond(bench.session(), 0, result, bench.now));
  const auto answers = bench.sent();
  ASSERT_EQ(answers.size(), 1u);
  const auto answer = tl::decode_view<service::rpc_result>(answers[0].body);
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ((*answer)->req_msg_id, 0);

  service::rpc_drop_answer drop;
  drop.req_msg_id = 0;
  const auto about = bench.ask(drop, true);
  ASSERT_FALSE(about.empty());
  EXPECT_EQ(bench.machine.load(bench.session())->calls, 1u);  // that of the drop itself
  EXPECT_FALSE(bench.ask(drop, true).empty());
}

TEST(ServerStrictness, RecordsARuleOncePerSession) {
  server_bench bench;
  bench.client.header().salt = 0;
  for (int i = 0; i < 5; ++i) bench.call(i);
  EXPECT_EQ(bench.events_of<violation_event>().size(), 1u);
  ++bench.client.header().session_id;
  bench.call(1);
  EXPECT_EQ(bench.events_of<violation_event>().size(), 1u);
}

}  // namespace
}  // namespace corogram::mtproto

// The server of the key exchange against clients that ask wrongly, again, or not to the end. The
// queries are put together here, so that each part of them can be wrong by itself.

#include "exchange_support.hpp"

#include <corogram/core/endian.hpp>
#include <corogram/crypto/dh.hpp>
#include <corogram/crypto/pq.hpp>
#include <corogram/crypto/rsa_pad.hpp>
#include <corogram/crypto/tmp_aes.hpp>
#include <corogram/mtproto/detail/hidden_data.hpp>
#include <corogram/mtproto/errc.hpp>
#include <corogram/mtproto/msg_id.hpp>
#include <corogram/service/functions/ping.hpp>
#include <corogram/service/functions/req_DH_params.hpp>
#include <corogram/service/functions/req_pq.hpp>
#include <corogram/service/functions/req_pq_multi.hpp>
#include <corogram/service/functions/set_client_DH_params.hpp>
#include <corogram/service/types/Client_DH_Inner_Data.hpp>
#include <corogram/service/types/P_Q_inner_data.hpp>
#include <corogram/service/types/Pong.hpp>
#include <corogram/service/types/ResPQ.hpp>
#include <corogram/service/types/Server_DH_Params.hpp>
#include <corogram/service/types/Server_DH_inner_data.hpp>
#include <corogram/service/types/Set_client_DH_params_answer.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <limits>
#include <set>
#include <string>
#include <vector>

namespace corogram::mtproto {
namespace {

using namespace exchange_test;

/// A client put together by hand: the right queries, whose parts a test may change.
class by_hand {
 public:
  explicit by_hand(std::uint64_t seed = 11) : random_(seed) {
    nonce = random_.array<16>();
    random_.fill(new_nonce);
    random_.fill(b);
  }

  tl::int128 nonce;
  tl::int128 server_nonce;
  core::byte_buffer pq, p, q;
  std::array<core::byte, 32> new_nonce{};
  std::array<core::byte, 256> b{};
  crypto::aes_key_iv aes;
  core::byte_buffer g_a;
  service::server_DH_inner_data answer;

  template <class Query>
  core::byte_buffer packet(const Query& query) {
    return plain_packet(next_id(), tl::encode(query));
  }

  std::int64_t next_id() { return msg_id_ += 4; }

  core::byte_buffer ask_pq() {
    service::req_pq_multi query;
    query.nonce = nonce;
    return packet(query);
  }

  void take_res_pq(core::byte_view reply) {
    const auto res_pq = object_of<service::resPQ>(reply);
    server_nonce = res_pq.server_nonce;
    pq.assign(res_pq.pq.begin(), res_pq.pq.end());
    const auto factors = crypto::factorize(core::load_be<std::uint64_t>(pq.data()));
    p.resize(4);
    q.resize(4);
    core::store_be(p.data(), static_cast<std::uint32_t>(factors.value().p));
    core::store_be(q.data(), static_cast<std::uint32_t>(factors.value().q));
  }

  template <class Inner>
  Inner inner() const {
    Inner data;
    data.pq = pq;
    data.p = p;
    data.q = q;
    data.nonce = nonce;
    data.server_nonce = server_nonce;
    data.new_nonce = new_nonce;
    if constexpr (requires { data.dc; }) data.dc = 2;
    if constexpr (requires { data.expires_in; }) data.expires_in = 3600;
    return data;
  }

  /// req_DH_params around any inner data.
  template <class Inner>
  service::req_DH_params dh_query(const Inner& data, bool old_scheme = false) {
    service::req_DH_params query;
    query.nonce = nonce;
    query.server_nonce = server_nonce;
    query.p = p;
    query.q = q;
    query.public_key_fingerprint = server_public_key().fingerprint();
    const core::byte_buffer bytes = tl::encode(data);
    query.encrypted_data =
        *(old_scheme ? crypto::rsa_sha1_encrypt(server_public_key(), bytes, random_)
                     : crypto::rsa_pad_encrypt(server_public_key(), bytes, random_));
    return query;
  }
  service::req_DH_params dh_query() { return dh_query(inner<service::p_q_inner_data_dc>()); }

  void take_dh_params(core::byte_view reply) {
    const auto params = object_of<service::server_DH_params_ok>(reply);
    aes = crypto::derive_tmp_aes(new_nonce, server_nonce.view());
    const auto data = detail::reveal(params.encrypted_answer, aes);
    ASSERT_TRUE(data);
    const auto decoded = tl::decode_view<service::server_DH_inner_data>(data->view());
    ASSERT_TRUE(decoded);
    answer = **decoded;
    g_a.assign(answer.g_a.begin(), answer.g_a.end());
  }

  service::client_DH_inner_data client_inner(std::int64_t retry_id = 0) const {
    service::client_DH_inner_data data;
    data.nonce = nonce;
    data.server_nonce = server_nonce;
    data.retry_id = retry_id;
    data.g_b = crypto::dh_pow(3, b, crypto::known_prime()).view();
    return data;
  }

  service::set_client_DH_params key_query(const service::client_DH_inner_data& data) {
    service::set_client_DH_params query;
    query.nonce = nonce;
    query.server_nonce = server_nonce;
    query.encrypted_data = detail::hide(tl::encode(data), aes, random_);
    return query;
  }
  service::set_client_DH_params key_query() { return key_query(client_inner()); }

  [[nodiscard]] auth_key key() const {
    return auth_key(crypto::dh_pow(g_a, b, crypto::known_prime()));
  }

 private:
  recorded_random random_;
  std::int64_t msg_id_ = std::int64_t{1767268800} << 32;
};

/// A server, and a client that has come some way with it.
class KeyExchangeServer : public ::testing::Test {
 protected:
  explicit KeyExchangeServer(key_exchange_server_config config = server_config())
      : server_(2, std::move(config)) {}

  void to_pq() { client_.take_res_pq(server_.reply(client_.ask_pq(), now_)); }
  void to_dh() {
    to_pq();
    client_.take_dh_params(server_.reply(client_.packet(client_.dh_query()), now_));
  }

  template <class Query>
  void expect_refused(const Query& query, std::int32_t code = -404) {
    EXPECT_EQ(server_.refusal(client_.packet(query), now_), code);
    EXPECT_EQ(server_.keys.size(), 0U);
  }

  server_side server_;
  by_hand client_;
  core::instant now_ = noon();
};

//= AK-02 test
//= AK-03 test
//= AK-04 test
TEST(KeyExchangeServerReplies, ResPqHasFreshNoncesAndProductsOfTwoPrimesOfFourBytes) {
  auto config = server_config();
  config.keys.push_back(other_key());
  server_side server(2, std::move(config));
  std::set<core::byte_buffer> seen;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    by_hand client(seed);
    const auto reply = object_of<service::resPQ>(server.reply(client.ask_pq(), noon()));
    EXPECT_TRUE(reply.nonce == client.nonce);
    EXPECT_TRUE(seen.insert({reply.server_nonce.begin(), reply.server_nonce.end()}).second);
    EXPECT_TRUE(seen.insert({reply.pq.begin(), reply.pq.end()}).second);
    ASSERT_EQ(reply.pq.size(), 8U);
    const auto pq = core::load_be<std::uint64_t>(reply.pq.data());
    EXPECT_GT(pq, std::uint64_t{1} << 56);
    EXPECT_LT(pq, std::uint64_t{1} << 63);
    const auto factors = crypto::factorize(pq);
    ASSERT_TRUE(factors);
    EXPECT_LT(factors->p, factors->q);
    EXPECT_GE(factors->p, std::uint64_t{1} << 24);
    EXPECT_LT(factors->q, std::uint64_t{1} << 32);
    ASSERT_EQ(reply.server_public_key_fingerprints.size(), 2U);
    EXPECT_EQ(reply.server_public_key_fingerprints[0], server_public_key().fingerprint());
    EXPECT_EQ(reply.server_public_key_fingerprints[1], other_key().public_key().fingerprint());
  }
}

//= AK-56 test
//= DIV-08 test
TEST(KeyExchangeServerReplies, TheOlderQueryGetsOneFingerprint) {
  auto config = server_config();
  config.keys.push_back(other_key());
  server_side server(2, std::move(config));
  by_hand client;
  service::req_pq query;
  query.nonce = client.nonce;
  const auto reply = object_of<service::resPQ>(server.reply(client.packet(query), noon()));
  ASSERT_EQ(reply.server_public_key_fingerprints.size(), 1U);
  EXPECT_EQ(reply.server_public_key_fingerprints[0], server_public_key().fingerprint());
  const auto broken = server.events<violation>();
  ASSERT_EQ(broken.size(), 1U);
  EXPECT_EQ(broken[0].which, rule::current_pq_query);
}

TEST(KeyExchangeServerReplies, EachKeyOpensWhatWasEncryptedForIt) {
  auto server_keys = server_config();
  server_keys.keys.push_back(other_key());
  server_side server(2, std::move(server_keys));
  auto config = client_config();
  config.keys = {other_key().public_key()};
  client_side client(1, std::move(config));
  line wire(client, server);
  expect_agreement(wire.run(), server);
}

//= AK-27 test
//= AK-28 test
TEST_F(KeyExchangeServer, ItsDhParamsAreTheKnownPrimeWithThreeAndAFreshValue) {
  std::set<core::byte_buffer> values;
  for (int i = 0; i < 5; ++i) {
    to_dh();
    EXPECT_TRUE(client_.answer.nonce == client_.nonce);
    EXPECT_TRUE(client_.answer.server_nonce == client_.server_nonce);
    EXPECT_EQ(client_.answer.g, 3);
    EXPECT_EQ(client_.answer.dh_prime, crypto::known_prime());
    EXPECT_TRUE(crypto::check_dh_public(client_.g_a, crypto::known_prime()));
    EXPECT_EQ(client_.answer.server_time,
              std::chrono::floor<std::chrono::seconds>(now_.wall).count());
    EXPECT_TRUE(values.insert(client_.g_a).second);
  }
}

//= AK-54 test
TEST_F(KeyExchangeServer, AReplyIsForgottenOnceTheNextQueryProvesThatItArrived) {
  to_pq();
  const auto query = client_.dh_query();
  client_.take_dh_params(server_.reply(client_.packet(query), now_));
  EXPECT_EQ(server_.refusal(client_.packet(query), now_), 0);
  EXPECT_EQ(server_.refusal(client_.packet(client_.key_query()), now_), 0);
  EXPECT_EQ(server_.refusal(client_.packet(query), now_), -404);
}

//= AK-58 test
TEST_F(KeyExchangeServer, RepliesHaveIncreasingIdsOfReplies) {
  std::int64_t last = 0;
  for (int i = 0; i < 5; ++i) {
    const core::byte_buffer reply = server_.reply(client_.ask_pq(), now_);
    const auto message = decode_plain(reply);
    ASSERT_TRUE(message);
    EXPECT_TRUE(check_plain_msg_id(message->msg_id, role::server));
    EXPECT_GT(message->msg_id, last);
    last = message->msg_id;
  }
}

//= AK-52 test
//= AK-04 test
TEST_F(KeyExchangeServer, AnIdenticalQueryGetsTheSameReplyAtEachStep) {
  const auto same_twice = [&](const core::byte_buffer& query, const core::byte_buffer& again) {
    const core::byte_buffer first = server_.reply(query, now_);
    const core::byte_buffer second = server_.reply(again, core::later(now_, 60s));
    EXPECT_EQ(core::to_hex(body_of(first)), core::to_hex(body_of(second)));
    return first;
  };
  client_.take_res_pq(same_twice(client_.ask_pq(), client_.ask_pq()));
  const auto dh_query = client_.dh_query();
  client_.take_dh_params(same_twice(client_.packet(dh_query), client_.packet(dh_query)));
  const auto key_query = client_.key_query();
  same_twice(client_.packet(key_query), client_.packet(key_query));
  EXPECT_EQ(server_.keys.size(), 1U);
  EXPECT_EQ(server_.events<key_agreed>().size(), 1U);

  // The run is over, so the same nonce begins another one.
  const tl::int128 used = client_.server_nonce;
  client_.take_res_pq(server_.reply(client_.ask_pq(), now_));
  EXPECT_FALSE(client_.server_nonce == used);
}

//= AK-52 test
//= AK-24 test
TEST_F(KeyExchangeServer, AMerelySimilarQueryIsNoRepetition) {
  to_pq();
  const auto query = client_.dh_query();
  EXPECT_EQ(server_.refusal(client_.packet(query), now_), 0);
  // The same data under RSA again, with other padding.
  expect_refused(client_.dh_query());
  // And with that the run is over, for the identical query, too.
  expect_refused(query);
}

//= AK-53 test
//= DIV-10 test
TEST_F(KeyExchangeServer, ARunIsRememberedForTenMinutesFromItsFirstQuery) {
  to_pq();
  const auto query = client_.dh_query();
  const core::instant second_query = core::later(now_, 5min);
  client_.take_dh_params(server_.reply(client_.packet(query), second_query));
  EXPECT_EQ(server_.machine.poll_deadline(), now_.steady + 10min);
  EXPECT_EQ(server_.refusal(client_.packet(query), core::later(now_, 9min)), 0);
  EXPECT_EQ(server_.machine.runs(), 1U);
  EXPECT_EQ(server_.refusal(client_.packet(query), core::later(now_, 11min)), -404);
  EXPECT_EQ(server_.machine.runs(), 0U);
  EXPECT_EQ(server_.refusal(client_.packet(client_.key_query()), core::later(now_, 11min)), -404);
  EXPECT_EQ(server_.keys.size(), 0U);
}

TEST_F(KeyExchangeServer, AClientThatNeverFinishesIsForgottenAtItsDeadline) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    by_hand client(seed);
    const auto now = core::later(now_, std::chrono::seconds(seed));
    EXPECT_TRUE(std::holds_alternative<core::byte_buffer>(
        server_.machine.handle_packet(client.ask_pq(), now, seed)));
  }
  EXPECT_EQ(server_.machine.runs(), 50U);
  server_.machine.handle_timeout({*server_.machine.poll_deadline(), now_.wall});
  EXPECT_EQ(server_.machine.runs(), 49U);
  server_.machine.handle_timeout(core::later(now_, 11min));
  EXPECT_EQ(server_.machine.runs(), 0U);
  EXPECT_FALSE(server_.machine.poll_deadline());
}

TEST(KeyExchangeServerLimits, OfTooManyRunsTheOldestIsForgotten) {
  auto config = server_config();
  config.max_runs = 3;
  server_side server(2, std::move(config));
  std::vector<by_hand> clients;
  for (std::uint64_t seed = 0; seed < 4; ++seed) {
    clients.emplace_back(seed);
    clients.back().take_res_pq(server.reply(clients.back().ask_pq(), noon()));
    EXPECT_LE(server.machine.runs(), 3U);
  }
  // All began at the same time, so which one had to go is open; the latest one is there.
  EXPECT_EQ(server.refusal(clients[3].packet(clients[3].dh_query()), noon()), 0);
  int gone = 0;
  for (by_hand& client : clients)
    if (server.refusal(client.packet(client.dh_query()), noon()) == -404) ++gone;
  // The fourth has asked something else the second time.
  EXPECT_EQ(gone, 2);
}

//= AK-22 test
//= AK-24 test
//= SCH-08 test
//= TR-28 test
TEST(KeyExchangeServerRefuses, WhateverIsWrongInReqDhParamsAndThenTheRightOneToo) {
  using service::p_q_inner_data_dc;
  const std::pair<const char*, std::function<service::req_DH_params(by_hand&)>> cases[] = {
      {"p",
       [](by_hand& c) {
         auto x = c.dh_query();
         x.p = core::byte_buffer{1, 2, 3, 5};
         return x;
       }},
      {"q",
       [](by_hand& c) {
         auto x = c.dh_query();
         x.q = core::byte_buffer{1, 2, 3, 5};
         return x;
       }},
      {"p and q swapped",
       [](by_hand& c) {
         auto x = c.dh_query();
         std::swap(x.p, x.q);
         return x;
       }},
      {"p with a leading zero",
       [](by_hand& c) {
         auto x = c.dh_query();
         x.p = core::concat(core::byte_buffer{0}, c.p);
         return x;
       }},
      {"fingerprint",
       [](by_hand& c) {
         auto x = c.dh_query();
         ++x.public_key_fingerprint;
         return x;
       }},
      {"encrypted_data garbled",
       [](by_hand& c) {
         auto x = c.dh_query();
         core::byte_buffer bytes(x.encrypted_data.begin(), x.encrypted_data.end());
         bytes[100] ^= 4;
         x.encrypted_data = bytes;
         return x;
       }},
      {"encrypted_data empty",
       [](by_hand& c) {
         auto x = c.dh_query();
         x.encrypted_data = core::byte_buffer{};
         return x;
       }},
      {"encrypted_data too long",
       [](by_hand& c) {
         auto x = c.dh_query();
         x.encrypted_data = core::concat(x.encrypted_data, core::byte_buffer(4));
         return x;
       }},
      {"encrypted_data above the modulus",
       [](by_hand& c) {
         auto x = c.dh_query();
         x.encrypted_data = core::byte_buffer(256, 0xff);
         return x;
       }},
      {"another object inside", [](by_hand& c) { return c.dh_query(service::pong()); }},
      {"inner pq",
       [](by_hand& c) {
         auto x = c.inner<p_q_inner_data_dc>();
         x.pq = c.p;
         return c.dh_query(x);
       }},
      {"inner p",
       [](by_hand& c) {
         auto x = c.inner<p_q_inner_data_dc>();
         x.p = c.q;
         return c.dh_query(x);
       }},
      {"inner q",
       [](by_hand& c) {
         auto x = c.inner<p_q_inner_data_dc>();
         x.q = c.p;
         return c.dh_query(x);
       }},
      {"inner nonce",
       [](by_hand& c) {
         auto x = c.inner<p_q_inner_data_dc>();
         x.nonce.bytes[3] ^= 1;
         return c.dh_query(x);
       }},
      {"inner server_nonce",
       [](by_hand& c) {
         auto x = c.inner<p_q_inner_data_dc>();
         x.server_nonce.bytes[3] ^= 1;
         return c.dh_query(x);
       }},
      {"expires_in of nothing",
       [](by_hand& c) {
         auto x = c.inner<service::p_q_inner_data_temp_dc>();
         x.expires_in = 0;
         return c.dh_query(x);
       }},
      {"expires_in in the past",
       [](by_hand& c) {
         auto x = c.inner<service::p_q_inner_data_temp>();
         x.expires_in = -1;
         return c.dh_query(x);
       }},
      {"bytes after the object in the older scheme",
       [](by_hand& c) {
         // A pong after the inner data is part of what the SHA1 covers.
         auto x = c.dh_query();
         const auto bytes =
             core::concat(tl::encode(c.inner<p_q_inner_data_dc>()), tl::encode(service::pong()));
         core::test_random random(3);
         x.encrypted_data = *crypto::rsa_sha1_encrypt(server_public_key(), bytes, random);
         return x;
       }},
  };
  for (const auto& [what, make] : cases) {
    SCOPED_TRACE(what);
    server_side server;
    by_hand client;
    client.take_res_pq(server.reply(client.ask_pq(), noon()));
    EXPECT_EQ(server.refusal(client.packet(make(client)), noon()), -404);
    EXPECT_EQ(server.refusal(client.packet(client.dh_query()), noon()), -404);
    EXPECT_EQ(server.machine.runs(), 0U);
  }
}

//= AK-09 test
TEST_F(KeyExchangeServer, NoncesOfNoRunGet404AndHarmNobody) {
  to_pq();
  auto query = client_.dh_query();
  query.nonce.bytes[0] ^= 1;
  expect_refused(query);
  query = client_.dh_query();
  query.server_nonce.bytes[0] ^= 1;
  expect_refused(query);
  client_.take_dh_params(server_.reply(client_.packet(client_.dh_query()), now_));
  auto key_query = client_.key_query();
  key_query.nonce.bytes[0] ^= 1;
  expect_refused(key_query);
  key_query = client_.key_query();
  key_query.server_nonce.bytes[0] ^= 1;
  expect_refused(key_query);
  EXPECT_EQ(server_.refusal(client_.packet(client_.key_query()), now_), 0);
  EXPECT_EQ(server_.keys.size(), 1U);
}

TEST_F(KeyExchangeServer, StepsCannotBeSkippedOrTakenTwice) {
  to_pq();
  client_.aes = crypto::derive_tmp_aes(client_.new_nonce, client_.server_nonce.view());
  expect_refused(client_.key_query());
  expect_refused(client_.dh_query());

  to_dh();
  EXPECT_EQ(server_.refusal(client_.packet(client_.key_query()), now_), 0);
  EXPECT_EQ(server_.keys.size(), 1U);
  // Not a repetition: the padding is another one.
  EXPECT_EQ(server_.refusal(client_.packet(client_.key_query()), now_), -404);
  EXPECT_EQ(server_.keys.size(), 1U);
}

core::byte_buffer number(std::size_t exponent) {
  core::byte_buffer power(256);
  power[255 - exponent / 8] = static_cast<core::byte>(1U << exponent % 8);
  return power;
}

//= AK-09 test
//= AK-24 test
//= AK-36 test
//= AK-37 test
//= AK-40 test
//= SEC-01 test
TEST(KeyExchangeServerRefuses, WhateverIsWrongInSetClientDhParamsAndThenTheRightOneToo) {
  using service::client_DH_inner_data;
  const core::byte_buffer prime(crypto::known_prime().begin(), crypto::known_prime().end());
  core::byte_buffer prime_minus_one = prime;
  prime_minus_one.back() ^= 1;
  const auto value = [](core::byte_buffer g_b) {
    return [g_b = std::move(g_b)](by_hand& c) {
      auto x = c.client_inner();
      x.g_b = g_b;
      return c.key_query(x);
    };
  };
  const std::pair<const char*, std::function<service::set_client_DH_params(by_hand&)>> cases[] = {
      {"garbled",
       [](by_hand& c) {
         auto x = c.key_query();
         core::byte_buffer bytes(x.encrypted_data.begin(), x.encrypted_data.end());
         bytes[100] ^= 4;
         x.encrypted_data = bytes;
         return x;
       }},
      {"empty",
       [](by_hand& c) {
         auto x = c.key_query();
         x.encrypted_data = core::byte_buffer{};
         return x;
       }},
      {"inner nonce",
       [](by_hand& c) {
         auto x = c.client_inner();
         x.nonce.bytes[15] ^= 0x80;
         return c.key_query(x);
       }},
      {"inner server_nonce",
       [](by_hand& c) {
         auto x = c.client_inner();
         x.server_nonce.bytes[15] ^= 0x80;
         return c.key_query(x);
       }},
      {"retry_id", [](by_hand& c) { return c.key_query(c.client_inner(1)); }},
      {"another object",
       [](by_hand& c) {
         auto x = c.key_query();
         core::test_random random(3);
         x.encrypted_data = detail::hide(tl::encode(service::pong()), c.aes, random);
         return x;
       }},
      {"g_b = nothing", value({})},
      {"g_b = 0", value({0})},
      {"g_b = 1", value({1})},
      {"g_b = 2", value({2})},
      {"g_b = 2^1983", value(number(1983))},
      {"g_b = p - 1", value(prime_minus_one)},
      {"g_b = p", value(prime)},
      {"g_b = 2^2048 - 1", value(core::byte_buffer(256, 0xff))},
      {"g_b of 257 bytes", value(core::byte_buffer(257, 0x7f))},
  };
  for (const auto& [what, make] : cases) {
    SCOPED_TRACE(what);
    server_side server;
    by_hand client;
    client.take_res_pq(server.reply(client.ask_pq(), noon()));
    client.take_dh_params(server.reply(client.packet(client.dh_query()), noon()));
    EXPECT_EQ(server.refusal(client.packet(make(client)), noon()), -404);
    EXPECT_EQ(server.refusal(client.packet(client.key_query()), noon()), -404);
    EXPECT_EQ(server.keys.size(), 0U);
    EXPECT_EQ(server.machine.runs(), 0U);
  }
}

//= DESC-06 test
TEST_F(KeyExchangeServer, OnlyTheFourQueriesOfTheKeyExchangeAreHeard) {
  expect_refused(service::ping());
  expect_refused(service::resPQ());
  expect_refused(service::dh_gen_ok());
  expect_refused(service::server_DH_params_ok());
  EXPECT_EQ(server_.refusal({}, now_), -404);
  EXPECT_EQ(server_.refusal(core::byte_buffer(20), now_), -404);
  EXPECT_EQ(server_.refusal(core::byte_buffer(40, 0x11), now_), -404);
  EXPECT_EQ(server_.refusal(plain_packet(client_.next_id(), core::byte_buffer(4)), now_), -404);
  core::byte_buffer encrypted = client_.ask_pq();
  encrypted[0] = 1;
  EXPECT_EQ(server_.refusal(encrypted, now_), -404);
  EXPECT_EQ(server_.machine.runs(), 0U);
}

TEST_F(KeyExchangeServer, EveryPrefixOfEveryQueryIsRefused) {
  const auto refuse_prefixes = [&](const core::byte_buffer& whole) {
    for (std::size_t size = 0; size < whole.size(); ++size) {
      const core::byte_buffer prefix(whole.begin(),
                                     whole.begin() + static_cast<std::ptrdiff_t>(size));
      EXPECT_EQ(server_.refusal(prefix, now_), -404) << size;
    }
  };
  refuse_prefixes(client_.ask_pq());
  to_pq();
  refuse_prefixes(client_.packet(client_.dh_query()));
  client_.take_dh_params(server_.reply(client_.packet(client_.dh_query()), now_));
  refuse_prefixes(client_.packet(client_.key_query()));
  // What cannot be read belongs to no run and ends none.
  EXPECT_EQ(server_.refusal(client_.packet(client_.key_query()), now_), 0);
}

/// One request of a key with this inner data, and how it is answered.
template <class Inner>
std::int32_t outcome_of(key_exchange_server_config config,
                        const std::function<void(Inner&)>& change = {}, bool old_scheme = false,
                        std::vector<violation>* violations = nullptr) {
  server_side server(2, std::move(config));
  by_hand client;
  client.take_res_pq(server.reply(client.ask_pq(), noon()));
  auto inner = client.inner<Inner>();
  if (change) change(inner);
  const std::int32_t code =
      server.refusal(client.packet(client.dh_query(inner, old_scheme)), noon());
  if (violations != nullptr) *violations = server.events<violation>();
  return code;
}

template <class Inner>
std::int32_t outcome_for_dc(std::int32_t dc, bool test_server, policy strictness) {
  auto config = server_config();
  config.test_dc = test_server;
  config.strictness = strictness;
  return outcome_of<Inner>(std::move(config), [=](Inner& inner) { inner.dc = dc; });
}

//= AK-12 test
//= AK-26 test
//= TR-30 test
//= DIV-09 test
TEST(KeyExchangeServerPolicy, TheDataCentreIsJudgedAsTheServerIsTold) {
  using dc_inner = service::p_q_inner_data_dc;
  const policy standard;
  const policy strict(strictness::strict);
  const policy lax(strictness::lax);
  constexpr auto smallest = std::numeric_limits<std::int32_t>::min();
  struct {
    std::int32_t dc;
    bool test_server;
    std::int32_t by_standard;
    std::int32_t when_strict;
  } const cases[] = {
      {2, false, 0, 0},
      {-2, false, 0, 0},
      {10002, true, 0, 0},
      {-10002, true, 0, 0},
      {10002, false, -444, -444},
      {2, true, -444, -444},
      {77, false, 0, -444},
      {0, false, 0, -444},
      {10077, true, 0, -444},
      {-3, false, 0, -444},
      {smallest, false, -444, -444},
      {smallest, true, 0, -444},
  };
  for (const auto& row : cases) {
    SCOPED_TRACE(row.dc);
    EXPECT_EQ(outcome_for_dc<dc_inner>(row.dc, row.test_server, standard), row.by_standard);
    EXPECT_EQ(outcome_for_dc<dc_inner>(row.dc, row.test_server, strict), row.when_strict);
    EXPECT_EQ(outcome_for_dc<dc_inner>(row.dc, row.test_server, lax), 0);
    EXPECT_EQ(outcome_for_dc<service::p_q_inner_data_temp_dc>(row.dc, row.test_server, strict),
              row.when_strict);
  }
}

/// Expects that something breaks one rule: refused by a strict server, let through by a lax one,
/// and noted by one that records.
void expect_rule(rule which, const std::function<std::int32_t(key_exchange_server_config,
                                                              std::vector<violation>*)>& attempt) {
  SCOPED_TRACE(info(which).name);
  for (const strictness how : {strictness::strict, strictness::lax, strictness::record}) {
    auto config = server_config();
    config.strictness = policy(strictness::lax).set(which, how);
    std::vector<violation> violations;
    const std::int32_t code = attempt(std::move(config), &violations);
    EXPECT_EQ(code, how == strictness::strict ? -404 : 0);
    ASSERT_EQ(violations.size(), how == strictness::lax ? 0U : 1U);
    if (violations.empty()) continue;
    EXPECT_EQ(violations[0].which, which);
    EXPECT_EQ(violations[0].refused, how == strictness::strict);
    EXPECT_FALSE(violations[0].what.empty());
  }
}

//= AK-13 test
//= DIV-07 test
TEST(KeyExchangeServerPolicy, OlderInnerDataAndTheOlderSchemeAreRulesOfTheirOwn) {
  expect_rule(rule::rsa_pad, [](auto config, auto* found) {
    return outcome_of<service::p_q_inner_data_dc>(std::move(config), {}, true, found);
  });
  expect_rule(rule::inner_data_names_dc, [](auto config, auto* found) {
    return outcome_of<service::p_q_inner_data>(std::move(config), {}, false, found);
  });
  expect_rule(rule::inner_data_names_dc, [](auto config, auto* found) {
    return outcome_of<service::p_q_inner_data_temp>(std::move(config), {}, false, found);
  });
}

/// The outcome of one packet as the first of an exchange.
std::int32_t outcome_of_packet(key_exchange_server_config config, core::byte_view packet,
                               std::vector<violation>* violations) {
  server_side server(2, std::move(config));
  const std::int32_t code = server.refusal(packet, noon());
  *violations = server.events<violation>();
  return code;
}

//= DIV-03 test
//= AK-58 test
//= SER-06 test
TEST(KeyExchangeServerPolicy, TheFormOfUnencryptedQueriesIsRulesOfItsOwn) {
  by_hand client;
  expect_rule(rule::plain_trailing_bytes, [&](auto config, auto* found) {
    core::byte_buffer packet = client.ask_pq();
    packet.resize(packet.size() + 16, 0x33);
    core::store_le<std::int32_t>(packet.data() + 16, 36);
    return outcome_of_packet(std::move(config), packet, found);
  });
  for (const core::byte low : {core::byte{1}, core::byte{2}, core::byte{3}})
    expect_rule(rule::plain_message_id, [&](auto config, auto* found) {
      core::byte_buffer packet = client.ask_pq();
      packet[8] |= low;
      return outcome_of_packet(std::move(config), packet, found);
    });
  expect_rule(rule::current_pq_query, [&](auto config, auto* found) {
    service::req_pq query;
    query.nonce = client.nonce;
    return outcome_of_packet(std::move(config), client.packet(query), found);
  });
  expect_rule(rule::plain_encoding, [](auto config, auto* found) {
    server_side server(2, std::move(config));
    by_hand asking;
    asking.take_res_pq(server.reply(asking.ask_pq(), noon()));
    core::byte_buffer packet = asking.packet(asking.dh_query());
    // After the number and both nonces: the length byte of p, p, and three bytes of padding.
    packet[plain_header_size + 4 + 32 + 1 + 4 + 2] = 1;
    const std::int32_t code = server.refusal(packet, noon());
    *found = server.events<violation>();
    return code;
  });
}

//= AK-44 test
//= AK-40 test
TEST_F(KeyExchangeServer, AfterDhGenRetryTheRetryIdIsTheAuxHashOfTheRefusedKey) {
  server_.machine.force_answers({dh_answer::retry});
  to_dh();
  const auto reply =
      object_of<service::dh_gen_retry>(server_.reply(client_.packet(client_.key_query()), now_));
  const auth_key refused = client_.key();
  EXPECT_TRUE(detail::same_nonce(
      reply.new_nonce_hash2,
      detail::new_nonce_hash(client_.new_nonce, detail::hash_number::retry, refused)));
  EXPECT_EQ(server_.keys.size(), 0U);

  client_.b[200] ^= 1;
  const auto ok = object_of<service::dh_gen_ok>(server_.reply(
      client_.packet(client_.key_query(client_.client_inner(refused.aux_hash()))), now_));
  EXPECT_TRUE(detail::same_nonce(
      ok.new_nonce_hash1,
      detail::new_nonce_hash(client_.new_nonce, detail::hash_number::ok, client_.key())));
  EXPECT_TRUE(server_.keys.contains(client_.key().id()));
}

//= AK-40 test
TEST_F(KeyExchangeServer, AfterDhGenRetryAnyOtherRetryIdEndsTheRun) {
  server_.machine.force_answers({dh_answer::retry});
  to_dh();
  EXPECT_EQ(server_.refusal(client_.packet(client_.key_query()), now_), 0);
  client_.b[200] ^= 1;
  expect_refused(client_.key_query(client_.client_inner(0)));
}

//= AK-44 test
//= DIV-05 test
TEST(KeyExchangeServerLimits, AfterAsManyRetriesAsItMayARunFails) {
  auto config = server_config();
  config.max_retries = 2;
  config.report_stages = true;
  server_side server(2, std::move(config));
  server.machine.force_answers({dh_answer::retry, dh_answer::retry, dh_answer::retry});
  client_side client;
  line wire(client, server);
  expect_error(wire.run(), errc::key_refused);
  EXPECT_EQ(wire.queries.size(), 5U);
  EXPECT_EQ(server.keys.size(), 0U);
  std::vector<std::string_view> names;
  for (const auto& stage : server.events<key_exchange_stage>()) names.push_back(stage.name);
  const std::vector<std::string_view> expected = {
      "req_pq_multi",         "req_DH_params",        "server_DH_params_ok",
      "set_client_DH_params", "dh_gen_retry",         "set_client_DH_params",
      "dh_gen_retry",         "set_client_DH_params", "dh_gen_fail"};
  EXPECT_EQ(names, expected);
}

//= AK-49 test
//= AK-55 test
TEST_F(KeyExchangeServer, AKeyIsStoredWithItsSaltAndItsEnd) {
  to_pq();
  const auto inner = client_.inner<service::p_q_inner_data_temp_dc>();
  client_.take_dh_params(server_.reply(client_.packet(client_.dh_query(inner)), now_));
  server_.reply(client_.packet(client_.key_query()), core::later(now_, 7s));
  const stored_key* stored = server_.keys.find(client_.key().id());
  ASSERT_NE(stored, nullptr);
  EXPECT_EQ(stored->key, client_.key());
  EXPECT_EQ(stored->first_salt, core::load_le<std::int64_t>(client_.new_nonce.data()) ^
                                    core::load_le<std::int64_t>(client_.server_nonce.data()));
  ASSERT_TRUE(stored->expiry);
  EXPECT_EQ(stored->expiry->deadline, now_.steady + 7s + 3600s);
  const auto agreed = server_.events<key_agreed>();
  ASSERT_EQ(agreed.size(), 1U);
  EXPECT_EQ(agreed[0].auth_key_id, client_.key().id());
  EXPECT_EQ(agreed[0].expiry->expires_at, stored->expiry->expires_at);
  EXPECT_EQ(server_.keys.handle_timeout(core::later(now_, 3607s)).size(), 1U);
}

TEST_F(KeyExchangeServer, AnEndBeyond2038IsANumberWithoutASign) {
  to_pq();
  auto inner = client_.inner<service::p_q_inner_data_temp_dc>();
  inner.expires_in = std::numeric_limits<std::int32_t>::max();
  client_.take_dh_params(server_.reply(client_.packet(client_.dh_query(inner)), now_));
  server_.reply(client_.packet(client_.key_query()), now_);
  const std::int32_t end = server_.keys.find(client_.key().id())->expiry->expires_at;
  EXPECT_EQ(from_wire_time(end), std::chrono::floor<std::chrono::seconds>(now_.wall) +
                                     std::chrono::seconds(inner.expires_in));
  EXPECT_LT(end, 0);
}

//= DIV-03 test
TEST(KeyExchangeServerReplies, RandomTailsAreCountedInTheLength) {
  auto config = server_config();
  config.random_tails = true;
  server_side server(2, std::move(config));
  std::set<std::size_t> sizes;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    by_hand client(seed);
    const core::byte_buffer reply = server.reply(client.ask_pq(), noon());
    const auto message = decode_plain(reply);
    ASSERT_TRUE(message);
    EXPECT_EQ(message->body.size() + plain_header_size, reply.size());
    EXPECT_TRUE(object_of<service::resPQ>(reply).nonce == client.nonce);
    sizes.insert(reply.size());
  }
  EXPECT_GT(sizes.size(), 16U);
}

}  // namespace
}  // namespace corogram::mtproto

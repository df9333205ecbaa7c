// Client against server on a virtual clock: every way in which an exchange can go well, and keys
// that begin with zeros.

#include "exchange_support.hpp"

#include <corogram/crypto/dh.hpp>
#include <corogram/mtproto/errc.hpp>
#include <corogram/service/functions/set_client_DH_params.hpp>
#include <corogram/service/types/Server_DH_Params.hpp>

#include <gtest/gtest.h>
#include <openssl/bn.h>

#include <algorithm>
#include <memory>
#include <set>
#include <tuple>
#include <vector>

namespace corogram::mtproto {
namespace {

using namespace exchange_test;

/// temporary, old query, old inner data, old RSA scheme, random tails.
using combination = std::tuple<bool, bool, bool, bool, bool>;

class KeyExchangeCombination : public ::testing::TestWithParam<combination> {
 protected:
  KeyExchangeCombination() {
    const auto& [temporary, old_query, old_inner, old_rsa, tails] = GetParam();
    auto client = client_config();
    if (temporary) client.expires_in = 86400s;
    client.dialect = {old_query, old_inner, old_rsa};
    client_.emplace(1, std::move(client));
    auto server = server_config();
    server.random_tails = tails;
    server_.emplace(2, std::move(server));
    line_.emplace(*client_, *server_);
  }

  std::optional<client_side> client_;
  std::optional<server_side> server_;
  std::optional<line> line_;
};

//= GEN-07 test
//= AK-10 test
//= AK-11 test
//= AK-13 test
//= PFS-01 test
TEST_P(KeyExchangeCombination, BothSidesAgree) {
  const auto outcome = line_->run();
  expect_agreement(outcome, *server_);
  EXPECT_EQ(line_->queries.size(), 3U);
  EXPECT_EQ(outcome->expiry.has_value(), std::get<0>(GetParam()));
  EXPECT_EQ(server_->keys.size(), 1U);
}

INSTANTIATE_TEST_SUITE_P(, KeyExchangeCombination,
                         ::testing::Combine(::testing::Bool(), ::testing::Bool(), ::testing::Bool(),
                                            ::testing::Bool(), ::testing::Bool()));

//= AK-40 test
//= AK-44 test
//= AK-48 test
//= DIV-04 test
TEST(KeyExchange, BothSidesAgreeAfterThreeRetries) {
  for (const bool older : {false, true}) {
    auto config = client_config();
    if (older) config.dialect = {true, true, true};
    client_side client(1, std::move(config));
    server_side server;
    server.machine.force_answers({dh_answer::retry, dh_answer::retry, dh_answer::retry});
    line wire(client, server);
    expect_agreement(wire.run(), server);
    ASSERT_EQ(wire.queries.size(), 6U);
    // A new b each time, under the same nonces.
    std::set<core::byte_buffer> hidden;
    for (std::size_t i = 2; i < 6; ++i) {
      const auto query = object_of<service::set_client_DH_params>(wire.queries[i]);
      EXPECT_TRUE(query.server_nonce ==
                  object_of<service::server_DH_params_ok>(wire.replies[1]).server_nonce);
      hidden.insert({query.encrypted_data.begin(), query.encrypted_data.end()});
    }
    EXPECT_EQ(hidden.size(), 4U);
  }
}

TEST(KeyExchange, OneRetryIsNoTrouble) {
  client_side client;
  server_side server;
  server.machine.force_answers({dh_answer::retry});
  line wire(client, server);
  expect_agreement(wire.run(), server);
  EXPECT_EQ(wire.queries.size(), 4U);
}

TEST(KeyExchange, TheClientTakesNoMoreRetriesThanItIsToldTo) {
  auto config = client_config();
  config.retries = 2;
  client_side client(1, std::move(config));
  server_side server;
  server.machine.force_answers({dh_answer::retry, dh_answer::retry, dh_answer::retry});
  line wire(client, server);
  expect_error(wire.run(), errc::too_many_attempts);
  EXPECT_EQ(wire.queries.size(), 5U);
  EXPECT_EQ(server.keys.size(), 0U);
}

//= AK-44 test
//= AK-45 test
TEST(KeyExchange, DhGenFailEndsIt) {
  client_side client;
  server_side server;
  server.machine.force_answers({dh_answer::fail});
  line wire(client, server);
  expect_error(wire.run(), errc::key_refused);
  EXPECT_EQ(server.keys.size(), 0U);
}

//= DESC-04 test
//= AK-44 test
TEST(KeyExchange, AKeyWhoseIdIsTakenIsNegotiatedAgain) {
  // With the same randomness a second server would come to the same key, were it not there already.
  client_side first_client;
  server_side first_server;
  line first(first_client, first_server);
  const auto taken = first.run();
  ASSERT_TRUE(taken);

  client_side client;
  server_side server;
  server.keys.insert(stored_key(taken->key.clone(), 0));
  line wire(client, server);
  const auto outcome = wire.run();
  ASSERT_TRUE(outcome);
  EXPECT_NE(outcome->key.id(), taken->key.id());
  EXPECT_EQ(wire.queries.size(), 4U);
  EXPECT_EQ(server.keys.size(), 2U);
  expect_agreement(outcome, server);
}

TEST(KeyExchange, PacketsThatArriveTwiceDoNoHarm) {
  const auto twice = [](const core::byte_buffer& packet) {
    return std::vector<core::byte_buffer>{packet, packet};
  };
  for (const bool queries : {true, false}) {
    client_side client;
    server_side server;
    server.machine.force_answers({dh_answer::retry});
    line wire(client, server);
    (queries ? wire.to_server : wire.to_client) = twice;
    expect_agreement(wire.run(), server);
    EXPECT_EQ(server.keys.size(), 1U);
    EXPECT_TRUE(wire.errors.empty());
  }
}

TEST(KeyExchange, LossDelayAndRepetitionBySeedEndInAgreementOrInATimeOut) {
  int agreed = 0;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    SCOPED_TRACE(seed);
    core::test_random chance(seed);
    auto config = client_config();
    config.sends = 6;
    client_side client(seed, std::move(config));
    server_side server(seed + 1000);
    line wire(client, server);
    const auto bad_line = [&](const core::byte_buffer& packet) {
      const std::uint64_t copies = chance.below(4) == 0 ? 0 : 1 + chance.below(2);
      wire.now = core::later(wire.now, std::chrono::milliseconds(chance.below(900)));
      return std::vector<core::byte_buffer>(copies, packet);
    };
    wire.to_server = bad_line;
    wire.to_client = bad_line;
    const auto outcome = wire.run();
    if (outcome) {
      ++agreed;
      expect_agreement(outcome, server);
    } else {
      expect_error(outcome, errc::timed_out);
    }
    EXPECT_LE(server.keys.size(), 1U);
  }
  EXPECT_GT(agreed, 50);
}

//= PFS-02 test
TEST(KeyExchange, APermanentAndATemporaryKeyAreNegotiatedAtTheSameTime) {
  client_side permanent(1);
  auto config = client_config();
  config.expires_in = 3600s;
  client_side temporary(3, std::move(config));
  server_side server;
  permanent.machine.start(noon());
  temporary.machine.start(noon());
  for (int i = 0; i < 3; ++i) {
    for (client_side* client : {&permanent, &temporary})
      client->machine.handle_packet(server.reply(client->query(), noon()), noon());
  }
  const auto first = permanent.machine.poll_outcome();
  const auto second = temporary.machine.poll_outcome();
  expect_agreement(*first, server);
  expect_agreement(*second, server);
  EXPECT_EQ(server.keys.size(), 2U);
  EXPECT_FALSE((*first)->expiry);
  EXPECT_TRUE((*second)->expiry);
  EXPECT_EQ(server.events<key_agreed>().size(), 2U);
}

TEST(KeyExchange, SeveralKeysComeFromOneServerOneAfterTheOther) {
  server_side server;
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    client_side client(seed);
    line wire(client, server);
    expect_agreement(wire.run(), server);
  }
  EXPECT_EQ(server.keys.size(), 5U);
}

TEST(KeyExchange, AServerOfAnotherDataCentreSaysSo) {
  auto config = client_config();
  config.dc = wire_dc(2, true, false);
  client_side client(1, std::move(config));
  server_side server;
  line wire(client, server);
  expect_error(wire.run(), errc::wrong_dc);
  EXPECT_EQ(wire.errors, std::vector<std::int32_t>{-444});
}

TEST(KeyExchange, AKeyFileThatDoesNotFitIsSaidSo) {
  auto config = client_config();
  config.keys = {other_key().public_key()};
  client_side client(1, std::move(config));
  server_side server;
  line wire(client, server);
  expect_error(wire.run(), errc::no_known_key);
}

// Values that begin with zeros: one in 256 by chance, so they are looked for. With g^x at hand,
// g^(x+1) is one multiplication away.

using bignum = std::unique_ptr<BIGNUM, decltype(&BN_free)>;

bignum number(core::byte_view bytes) {
  return {BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), nullptr), BN_free};
}

core::byte_buffer bytes_of(const bignum& value) {
  core::byte_buffer bytes(256);
  EXPECT_EQ(BN_bn2binpad(value.get(), bytes.data(), 256), 256);
  return bytes;
}

/// An exponent from `start` on for which base^exponent, of 256 bytes, has `zeros` zeros in front.
core::byte_buffer exponent_with_zeros(core::byte_view base, core::byte_view start, int zeros) {
  const std::unique_ptr<BN_CTX, decltype(&BN_CTX_free)> context(BN_CTX_new(), BN_CTX_free);
  const bignum prime = number(crypto::known_prime());
  const bignum factor = number(base);
  bignum exponent = number(start);
  const bignum power = number({});
  BN_mod_exp(power.get(), factor.get(), exponent.get(), prime.get(), context.get());
  while (BN_num_bytes(power.get()) > 256 - zeros) {
    BN_mod_mul(power.get(), power.get(), factor.get(), prime.get(), context.get());
    BN_add_word(exponent.get(), 1);
  }
  return bytes_of(exponent);
}

core::byte_buffer power(core::byte_view base, core::byte_view exponent) {
  const std::unique_ptr<BN_CTX, decltype(&BN_CTX_free)> context(BN_CTX_new(), BN_CTX_free);
  const bignum result = number({});
  BN_mod_exp(result.get(), number(base).get(), number(exponent).get(),
             number(crypto::known_prime()).get(), context.get());
  return bytes_of(result);
}

core::byte_buffer random_exponent(std::uint64_t seed) {
  core::byte_buffer bytes(256);
  core::test_random(seed).fill(bytes);
  bytes[0] &= 0x7f;
  return bytes;
}

/// An exchange with these exponents. Checks that both sides have the key that OpenSSL computes.
core::byte_buffer exchange_with(const core::byte_buffer& a, const core::byte_buffer& b) {
  client_side client;
  client.random.plan(b);
  server_side server;
  server.random.plan(a);
  line wire(client, server);
  const auto outcome = wire.run();
  expect_agreement(outcome, server);
  EXPECT_TRUE(client.random.is_plan_used_up());
  EXPECT_TRUE(server.random.is_plan_used_up());
  const core::byte_buffer expected = power(power(core::byte_buffer{3}, a), b);
  EXPECT_TRUE(outcome && core::equal(outcome->key.view(), expected));
  return expected;
}

//= AK-43 test
TEST(KeyExchange, SharedKeysThatBeginWithZerosHave256BytesOnBothSides) {
  // Three server exponents with sixteen client exponents each: 48 keys with one zero byte, and one
  // each with two.
  for (std::uint64_t seed = 0; seed < 3; ++seed) {
    const core::byte_buffer a = random_exponent(seed);
    const core::byte_buffer g_a = power(core::byte_buffer{3}, a);
    for (std::uint64_t i = 0; i < 17; ++i) {
      const int zeros = i == 16 ? 2 : 1;
      const core::byte_buffer b =
          exponent_with_zeros(g_a, random_exponent(100 * (seed + 1) + i), zeros);
      const core::byte_buffer key = exchange_with(a, b);
      EXPECT_TRUE(
          std::all_of(key.begin(), key.begin() + zeros, [](auto byte) { return byte == 0; }));
    }
  }
}

//= AK-43 test
TEST(KeyExchange, PublicValuesThatBeginWithZerosAreNoTrouble) {
  for (std::uint64_t seed = 0; seed < 8; ++seed) {
    const core::byte_buffer short_value =
        exponent_with_zeros(core::byte_buffer{3}, random_exponent(seed), 1);
    exchange_with(short_value, random_exponent(seed + 50));
    exchange_with(random_exponent(seed + 50), short_value);
  }
}

}  // namespace
}  // namespace corogram::mtproto

// Shared keys that begin with zero bytes: one exchange in 256 comes to one, and whoever drops the
// zeros hashes another key than the other side. Exponents are chosen here so that every exchange
// is such a one. The environment variable COROGRAM_ZERO_LED_EXCHANGES sets how many there are.

#include "exchange_support.hpp"

#include <corogram/crypto/dh.hpp>
#include <corogram/mtproto/envelope.hpp>

#include <gtest/gtest.h>
#include <openssl/bn.h>

#include <cstdlib>
#include <iostream>
#include <memory>

namespace corogram::mtproto {
namespace {

using namespace exchange_test;

struct bn_free {
  void operator()(BIGNUM* number) const { BN_free(number); }
  void operator()(BN_CTX* context) const { BN_CTX_free(context); }
};
using bn = std::unique_ptr<BIGNUM, bn_free>;

/// The exponents of an exchange and the key that follows, by plain arithmetic of OpenSSL.
struct chosen {
  core::byte_buffer fixed;
  core::byte_buffer found;
  core::byte_buffer key;
};

/// Draws one side's exponent and looks for one of the other side's with which the shared key is
/// led by `zeros` zero bytes or more. Each further candidate costs one multiplication:
/// (g^f)^(x + 1) = (g^f)^x * g^f.
chosen choose(core::test_random& random, int zeros) {
  const std::unique_ptr<BN_CTX, bn_free> context(BN_CTX_new());
  const auto prime = crypto::known_prime();
  const bn p(BN_bin2bn(prime.data(), static_cast<int>(prime.size()), nullptr));
  const auto fixed = random.array<256>();
  auto start = random.array<256>();
  // Room to count up in.
  start.front() &= 0x7f;
  const bn f(BN_bin2bn(fixed.data(), 256, nullptr));
  const bn x(BN_bin2bn(start.data(), 256, nullptr));
  const bn g(BN_new()), base(BN_new()), power(BN_new());
  BN_set_word(g.get(), 3);
  BN_mod_exp(base.get(), g.get(), f.get(), p.get(), context.get());
  BN_mod_exp(power.get(), base.get(), x.get(), p.get(), context.get());
  while (BN_num_bits(power.get()) > (256 - zeros) * 8) {
    BN_add_word(x.get(), 1);
    BN_mod_mul(power.get(), power.get(), base.get(), p.get(), context.get());
  }
  chosen result{{fixed.begin(), fixed.end()}, core::byte_buffer(256), core::byte_buffer(256)};
  BN_bn2binpad(x.get(), result.found.data(), 256);
  BN_bn2binpad(power.get(), result.key.data(), 256);
  return result;
}

int wanted_exchanges() {
  constexpr int by_default = 24;
  const char* const text = std::getenv("COROGRAM_ZERO_LED_EXCHANGES");
  return text == nullptr ? by_default : std::atoi(text);
}

/// Whether each side reads what the other encrypts under its copy of the key.
void expect_understanding(const auth_key& client, const auth_key& server) {
  core::test_random random(3);
  const core::byte_buffer body(16, 0x5a);
  for (const role sender : {role::client, role::server}) {
    core::byte_buffer packet;
    seal_packet(sender == role::client ? client : server, sender, {1, 2}, {4, 1, body}, random,
                packet);
    const auto opened = open_packet(sender == role::client ? server : client, sender, packet);
    ASSERT_TRUE(opened);
    EXPECT_TRUE(core::equal(opened->message.body, body));
  }
}

//= AK-43 test
//= AK-46 test
//= DESC-03 test
TEST(ZeroLedKey, IsTheSameOnBothSidesWhicheverSideChoosesTheExponent) {
  core::test_random random(43);
  const int exchanges = wanted_exchanges();
  int agreed = 0, twice_led = 0;
  for (int i = 0; i < exchanges; ++i) {
    SCOPED_TRACE(i);
    const bool client_searches = i % 2 == 0;
    // A second zero byte costs 65536 candidates, so few exchanges have it.
    const chosen exponents = choose(random, i % 100 == 5 ? 2 : 1);
    ASSERT_EQ(exponents.key.front(), 0);
    twice_led += exponents.key[1] == 0 ? 1 : 0;

    client_side client(random.next());
    server_side server(random.next());
    client.random.plan(client_searches ? exponents.found : exponents.fixed);
    server.random.plan(client_searches ? exponents.fixed : exponents.found);
    const exchange_outcome outcome = line(client, server).run();
    ASSERT_TRUE(outcome) << outcome.error().message();
    ASSERT_TRUE(client.random.is_plan_used_up() && server.random.is_plan_used_up());
    expect_agreement(outcome, server);
    EXPECT_TRUE(core::equal(outcome->key.view(), exponents.key));
    const stored_key* const stored = server.keys.find(outcome->key.id());
    ASSERT_NE(stored, nullptr);
    expect_understanding(outcome->key, stored->key);
    ++agreed;
  }
  EXPECT_EQ(agreed, exchanges);
  EXPECT_GE(twice_led, exchanges / 100);
  std::cout << agreed << " of " << exchanges << " exchanges agree on a key led by a zero byte, "
            << twice_led << " of them by two\n";
}

}  // namespace
}  // namespace corogram::mtproto

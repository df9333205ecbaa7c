// The official samples, replayed through the machines as far as the page gives their randomness.

#include "exchange_support.hpp"

#include <corogram/core/endian.hpp>
#include <corogram/crypto/dh.hpp>
#include <corogram/crypto/errc.hpp>
#include <corogram/crypto/hash.hpp>
#include <corogram/mtproto/errc.hpp>
#include <corogram/service/functions/req_DH_params.hpp>
#include <corogram/service/types/ResPQ.hpp>
#include <corogram/service/types/Server_DH_Params.hpp>
#include <corogram/tl/codec.hpp>

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace corogram::mtproto {
namespace {

using namespace exchange_test;

constexpr core::byte exponent_65537[] = {1, 0, 1};

key_exchange_client_config sample_config(core::byte_view modulus) {
  key_exchange_client_config config;
  config.keys = {*crypto::rsa_public_key::from_numbers(modulus, exponent_65537)};
  return config;
}

/// The reply of the page: its header, the object, and as many other bytes as the header counts.
core::byte_buffer reply_of_page(core::byte_view header, core::byte_view object) {
  core::byte_buffer packet = core::concat(header, object);
  packet.resize(plain_header_size + core::load_le<std::uint32_t>(header.data() + 16), 0x5a);
  return packet;
}

core::byte_view header_of(const core::byte_buffer& packet) {
  return core::byte_view(packet).first(plain_header_size);
}

std::string sha256_hex(core::byte_view bytes) {
  return core::to_hex(crypto::sha256(bytes));
}

core::byte_buffer params_ok(const test::vectors& values) {
  service::server_DH_params_ok reply;
  reply.nonce = values["nonce"];
  reply.server_nonce = values["server_nonce"];
  reply.encrypted_answer = values["encrypted_answer"];
  return tl::encode(reply);
}

/// Sample b, with the replies as on the page, random bytes at the end included, or without those.
void replay_sample_b(bool with_tails) {
  const auto values = sample_values('b');
  const auto packets = sample_packets('b');
  const auto rsa = crypto_data("rsa_pad.txt");
  const auto reply = [&](core::byte_view header, core::byte_view object) {
    if (with_tails) return reply_of_page(header, object);
    return plain_packet(core::load_le<std::int64_t>(header.data() + 8), object);
  };

  client_side client(1, sample_config(rsa["n"]));
  // All randomness of the page, and temp_key, which the page does not show.
  for (const char* name : {"nonce", "new_nonce", "random_padding"})
    client.random.plan(values[name]);
  client.random.plan(rsa["temp_key"]);
  client.random.plan(values["b"]);
  client.random.plan(values["client_pad"]);
  // Two seconds after the server's time on the page.
  const core::instant now{1s, std::chrono::seconds(packets.number("server_time")) + 2s};

  client.machine.start(now);
  //= AK-01 test
  EXPECT_EQ(core::to_hex(body_of(client.query())), core::to_hex(body_of(packets["req_pq_multi"])));

  const core::byte_buffer res_pq = packets["resPQ"];
  client.machine.handle_packet(reply(header_of(res_pq), body_of(res_pq)), now);
  const core::byte_buffer asked = client.query();
  const auto query = object_of<service::req_DH_params>(asked);
  //= AK-07 test
  //= AK-08 test
  EXPECT_EQ(query.p, values["p"]);
  EXPECT_EQ(query.q, values["q"]);
  //= AK-05 test
  //= AK-06 test
  EXPECT_EQ(query.public_key_fingerprint,
            core::load_le<std::int64_t>(packets.array<8>("fingerprint").data()));
  EXPECT_EQ(query.encrypted_data, rsa["encrypted_data"]);
  //= AK-23 test
  // With the page's own RSA block in place of ours the query is the page's.
  service::req_DH_params of_page = query;
  of_page.encrypted_data = values["rsa_encrypted"];
  EXPECT_EQ(sha256_hex(tl::encode(of_page)), packets.text("req_DH_params_sha256"));
  EXPECT_EQ(core::byte_view(asked).size(), 20U + 320U);

  const core::byte_buffer ok = params_ok(values);
  EXPECT_EQ(sha256_hex(ok), packets.text("server_DH_params_ok_sha256"));
  client.machine.handle_packet(reply(packets["server_DH_params_ok_header"], ok), now);
  //= AK-39 test
  //= AK-42 test
  EXPECT_EQ(sha256_hex(body_of(client.query())), packets.text("set_client_DH_params_sha256"));
  EXPECT_TRUE(client.random.is_plan_used_up());

  const core::byte_buffer gen_ok = packets["dh_gen_ok"];
  client.machine.handle_packet(reply(header_of(gen_ok), body_of(gen_ok)), now);
  const auto outcome = client.machine.poll_outcome();
  ASSERT_TRUE(outcome);
  ASSERT_TRUE(*outcome) << outcome->error().message();
  const key_exchange_result& result = **outcome;
  //= AK-43 test
  EXPECT_EQ(core::to_hex(result.key.view()), core::to_hex(values["auth_key"]));
  //= AK-49 test
  EXPECT_EQ(result.server_salt,
            core::load_le<std::int64_t>(packets.array<8>("server_salt").data()));
  //= AK-50 test
  EXPECT_EQ(result.server_time_offset, -2s);
  EXPECT_FALSE(result.expiry);
}

//= DIV-03 test
//= SEC-04 test
TEST(KeyExchangeSample, TheClientComesToTheKeyOfSampleB) {
  replay_sample_b(true);
}
TEST(KeyExchangeSample, TheClientComesToTheKeyOfSampleBWithoutTheRandomTails) {
  replay_sample_b(false);
}

/// Sample a up to the point where its server's DH values are to be judged.
class SampleA : public ::testing::Test {
 protected:
  SampleA() : values_(sample_values('a')), packets_(sample_packets('a')) {}

  client_side& client_before_dh_params() {
    auto config = sample_config(packets_["n"]);
    config.dialect = {true, true, true};
    client_.emplace(1, std::move(config));
    client_->random.plan(values_["nonce"]);
    client_->random.plan(values_["new_nonce"]);
    client_->machine.start(noon());
    EXPECT_EQ(core::to_hex(body_of(client_->query())), core::to_hex(body_of(packets_["req_pq"])));
    client_->machine.handle_packet(packets_["resPQ"], noon());
    return *client_;
  }

  test::vectors values_;
  test::vectors packets_;
  std::optional<client_side> client_;
};

//= AK-13 test
//= AK-56 test
TEST_F(SampleA, TheOlderDialectAsksAsThePageDoes) {
  auto of_page = object_of<service::req_DH_params>(client_before_dh_params().query());
  of_page.encrypted_data = values_["rsa_encrypted"];
  EXPECT_EQ(sha256_hex(tl::encode(of_page)), packets_.text("req_DH_params_sha256"));
}

//= AK-34 test
//= DIV-01 test
TEST_F(SampleA, ItsGeneratorIsRefused) {
  client_side& client = client_before_dh_params();
  EXPECT_FALSE(client.query().empty());
  const core::byte_buffer ok = params_ok(values_);
  EXPECT_EQ(sha256_hex(ok), packets_.text("server_DH_params_ok_sha256"));
  client.machine.handle_packet(plain_packet(0x51e57ac9'00000001, ok), noon());
  EXPECT_TRUE(client.query().empty());
  expect_error(*client.machine.poll_outcome(), crypto::errc::dh_bad_generator);
}

//= AK-43 test
TEST_F(SampleA, ItsArithmeticIsRightAllTheSame) {
  const auto key = crypto::dh_pow(values_["g_a"], values_["b"], crypto::known_prime());
  EXPECT_EQ(core::to_hex(key.view()), core::to_hex(values_["auth_key"]));
  const auto g_b = crypto::dh_pow(2, values_["b"], crypto::known_prime());
  EXPECT_EQ(core::to_hex(g_b.view()), core::to_hex(values_["g_b"]));
}

//= AK-02 test
// The server's private key and its exponent a are not on the page, so of its replies only resPQ can
// be made again; the others are held against the page part by part in hidden_data_test.cpp.
TEST(KeyExchangeSample, TheServerMakesTheResPqOfBothSamples) {
  for (const char sample : {'a', 'b'}) {
    const auto values = sample_values(sample);
    const auto packets = sample_packets(sample);
    server_side server;
    server.random.plan(values["server_nonce"]);
    for (const char* prime : {"p", "q"}) {
      // The machine reads a little-endian integer.
      core::byte_buffer bytes = values[prime];
      std::ranges::reverse(bytes);
      server.random.plan(bytes);
    }
    const core::byte_buffer reply =
        server.reply(packets[sample == 'a' ? "req_pq" : "req_pq_multi"], noon());
    // The fingerprints are those of keys that we do not have.
    const std::size_t before_fingerprints = 4 + 16 + 16 + 12;
    EXPECT_TRUE(core::equal(body_of(reply).first(before_fingerprints),
                            body_of(packets["resPQ"]).first(before_fingerprints)));
  }
}

}  // namespace
}  // namespace corogram::mtproto

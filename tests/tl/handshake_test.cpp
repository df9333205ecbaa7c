// The messages of the official key exchange, from their fields and back.

#include "bytes.hpp"
#include "support/vectors.hpp"

#include <corogram/service/service.hpp>
#include <corogram/tl/codec.hpp>

#include <gtest/gtest.h>
#include <openssl/sha.h>

#include <array>

namespace corogram::tl {
namespace {

using test::hex;

class handshake : public testing::Test {
 protected:
  test::vectors sample_ = test::read_vectors(COROGRAM_TEST_DATA "/key_exchange.txt");

  /// agrees holds an object and its official bytes against each other, both ways.
  template <class T>
  void agrees(const T& object, const core::byte_buffer& wire) const {
    EXPECT_EQ(hex(encode(object)), hex(wire));
    auto back = decode<T>(wire);
    ASSERT_TRUE(back) << back.error().message();
    EXPECT_TRUE(equal(**back, object));
  }

  static std::string sha256(core::byte_view bytes) {
    std::array<core::byte, SHA256_DIGEST_LENGTH> digest;
    SHA256(bytes.data(), bytes.size(), digest.data());
    return hex(digest);
  }
  static std::string sha1(core::byte_view bytes) {
    std::array<core::byte, SHA_DIGEST_LENGTH> digest;
    SHA1(bytes.data(), bytes.size(), digest.data());
    return hex(digest);
  }
};

//= TL-21 test
//= SCH-06 test
TEST_F(handshake, req_pq_multi_has_the_official_bytes) {
  service::req_pq_multi call;
  call.nonce = sample_["nonce"];
  // The page prints the packet of req_pq_multi with a nonce.
  agrees(call, sample_["req_pq_multi"]);
}

//= GEN-01 test
//= SCH-02 test
//= SCH-05 test
TEST_F(handshake, resPQ_has_the_official_bytes) {
  service::resPQ answer;
  answer.nonce = sample_["nonce"];
  answer.server_nonce = sample_["server_nonce"];
  answer.pq = test::bytes("256595edb7766797");
  answer.server_public_key_fingerprints = {0x0bc35f3509f7b7a5,
                                           static_cast<std::int64_t>(0xc3b42b026ce86b21),
                                           static_cast<std::int64_t>(0xd09d1d85de64fd85)};
  agrees(answer, sample_["resPQ"]);
}

//= SCH-06 test
TEST_F(handshake, p_q_inner_data_dc_has_the_official_bytes) {
  service::p_q_inner_data_dc inner;
  inner.pq = test::bytes("256595edb7766797");
  inner.p = test::bytes("5a300d4b");
  inner.q = test::bytes("6a26db65");
  inner.nonce = sample_["nonce"];
  inner.server_nonce = sample_["server_nonce"];
  inner.new_nonce = sample_["new_nonce"];
  inner.dc = 2;
  agrees(inner, sample_["p_q_inner_data_dc"]);
}

//= SCH-06 test
TEST_F(handshake, dh_gen_ok_has_the_official_bytes) {
  service::dh_gen_ok answer;
  answer.nonce = sample_["nonce"];
  answer.server_nonce = sample_["server_nonce"];
  answer.new_nonce_hash1 = sample_["new_nonce_hash1"];
  agrees(answer, sample_["dh_gen_ok"]);
}

//= SCH-05 test
TEST_F(handshake, long_messages_have_the_official_hashes) {
  service::req_DH_params call;
  call.nonce = sample_["nonce"];
  call.server_nonce = sample_["server_nonce"];
  call.p = test::bytes("5a300d4b");
  call.q = test::bytes("6a26db65");
  call.public_key_fingerprint = static_cast<std::int64_t>(0xd09d1d85de64fd85);
  call.encrypted_data = sample_["rsa_encrypted"];
  EXPECT_EQ(sha256(encode(call)), sample_.text("sha256_of_req_DH_params"));
  agrees(call, encode(call));

  service::server_DH_params_ok answer;
  answer.nonce = sample_["nonce"];
  answer.server_nonce = sample_["server_nonce"];
  answer.encrypted_answer = sample_["encrypted_answer"];
  EXPECT_EQ(sha256(encode(answer)), sample_.text("sha256_of_server_DH_params_ok"));

  service::set_client_DH_params last;
  last.nonce = sample_["nonce"];
  last.server_nonce = sample_["server_nonce"];
  last.encrypted_data = sample_["client_enc"];
  EXPECT_EQ(sha256(encode(last)), sample_.text("sha256_of_set_client_DH_params"));
}

TEST_F(handshake, inner_data_have_the_official_hashes) {
  service::server_DH_inner_data server;
  server.nonce = sample_["nonce"];
  server.server_nonce = sample_["server_nonce"];
  server.g = 3;
  server.dh_prime = sample_["dh_prime"];
  server.g_a = sample_["g_a"];
  server.server_time = 1707425105;
  EXPECT_EQ(encode(server).size(), 564U);
  EXPECT_EQ(sha1(encode(server)), sample_.text("sha1_of_server_DH_inner_data"));
  agrees(server, encode(server));

  service::client_DH_inner_data client;
  client.nonce = sample_["nonce"];
  client.server_nonce = sample_["server_nonce"];
  client.g_b = sample_["g_b"];
  EXPECT_EQ(encode(client).size(), 304U);
  EXPECT_EQ(sha1(encode(client)), sample_.text("sha1_of_client_DH_inner_data"));
  agrees(client, encode(client));
}

}  // namespace
}  // namespace corogram::tl

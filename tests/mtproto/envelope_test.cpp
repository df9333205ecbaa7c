#include "session_support.hpp"
#include "support/scripted_random.hpp"
#include "support/vectors.hpp"

#include <corogram/core/hex.hpp>
#include <corogram/crypto/ige.hpp>
#include <corogram/crypto/kdf.hpp>
#include <corogram/mtproto/envelope.hpp>
#include <corogram/mtproto/errc.hpp>

#include <gtest/gtest.h>

#include <cstring>
#include <memory>

namespace corogram::mtproto {
namespace {

using session_test::make_key;
using session_test::opened_copy;

test::vectors data() {
  return test::read_vectors(COROGRAM_TEST_DATA "/envelope.txt");
}

auth_key sample_key(const test::vectors& vectors) {
  return auth_key(core::secret_array<256>(vectors.array<256>("auth_key")));
}

constexpr std::int64_t session_id = 0x0807060504030201;
constexpr std::int64_t client_msg_id = 0x65C53D5212345678;
constexpr std::int64_t server_msg_id = 0x65C53D5223456789;

std::int64_t salt_of(const test::vectors& vectors) {
  return core::load_le<std::int64_t>(vectors["client_plaintext"].data());
}

core::byte_buffer padding(core::byte first, std::size_t size) {
  core::byte_buffer bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<core::byte>(first + i);
  return bytes;
}

//= DESC-01 test
//= DESC-02 test
//= DESC-30 test
//= DESC-31 test
//= DESC-32 test
//= DESC-33 test
//= DESC-35 test
//= TR-20 test
TEST(Envelope, SealsTheClientsMessageOfTheVectorToItsBytes) {
  const auto vectors = data();
  const auto key = sample_key(vectors);
  const auto plaintext = vectors["client_plaintext"];
  const auto body = core::byte_view(plaintext).subspan(32, 12);
  test::scripted_random random(padding(0, 20));
  core::byte_buffer packet;
  const auto token = seal_packet(key, role::client, {salt_of(vectors), session_id},
                                 {client_msg_id, 0, body}, random, packet);
  EXPECT_EQ(core::to_hex(packet), core::to_hex(vectors["client_packet"]));
  EXPECT_EQ(random.left(), 0u);
  EXPECT_EQ(token, core::load_le<std::uint32_t>(vectors["client_quick_ack_token_LE_wire"].data()));
}

TEST(Envelope, OpensTheClientsPacketOfTheVector) {
  const auto vectors = data();
  const opened_copy opened(sample_key(vectors), role::client, vectors["client_packet"]);
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->header.salt, salt_of(vectors));
  EXPECT_EQ(opened->header.session_id, session_id);
  EXPECT_EQ(opened->message.msg_id, client_msg_id);
  EXPECT_EQ(opened->message.seq_no, 0);
  const auto ping = tl::decode_view<service::ping>(opened->message.body);
  ASSERT_TRUE(ping);
  EXPECT_EQ((*ping)->ping_id, 0x1122334455667788);
}

//= DESC-34 test
TEST(Envelope, SealsAndOpensTheServersMessageOfTheVector) {
  const auto vectors = data();
  const auto key = sample_key(vectors);
  service::pong pong;
  pong.msg_id = client_msg_id;
  pong.ping_id = 0x1122334455667788;
  const auto body = tl::encode(pong);
  test::scripted_random random(padding(0x40, 12));
  core::byte_buffer packet;
  seal_packet(key, role::server, {salt_of(vectors), session_id}, {server_msg_id, 0, body}, random,
              packet);
  const auto expected = core::concat(core::byte_view(vectors["client_auth_key_id"]),
                                     core::byte_view(vectors["server_msg_key"]),
                                     core::byte_view(vectors["server_ciphertext"]));
  EXPECT_EQ(core::to_hex(packet), core::to_hex(expected));
  const opened_copy opened(key, role::server, packet);
  ASSERT_TRUE(opened);
  EXPECT_TRUE(core::equal(opened->message.body, body));
  EXPECT_FALSE(opened_copy(key, role::client, packet));
}

//= DESC-36 test
TEST(Envelope, OpensWhatItSealsAtEverySizeAndPadsBy12To27Bytes) {
  const auto key = make_key(3);
  core::test_random random(4);
  for (std::size_t size = 0; size <= 200; size += 4) {
    core::byte_buffer body(size);
    random.fill(body);
    core::byte_buffer packet;
    const auto token = seal_packet(key, role::server, {1, 2}, {3, 4, body}, random, packet);
    EXPECT_EQ((packet.size() - 24) % 16, 0u);
    EXPECT_GE(packet.size(), 24 + 32 + size + 12);
    EXPECT_LE(packet.size(), 24 + 32 + size + 27);
    const opened_copy opened(key, role::server, packet);
    ASSERT_TRUE(opened) << size;
    EXPECT_TRUE(core::equal(opened->message.body, body));
    EXPECT_EQ(opened->quick_ack_token, token);
    EXPECT_NE(token & 0x80000000u, 0u);
  }
}

//= DESC-41 test
//= SEC-06 test
//= SEC-10 test
//= SEC-16 test
TEST(Envelope, TakesNoPacketWithAnySingleBitFlipped) {
  const auto vectors = data();
  const auto key = sample_key(vectors);
  const auto good = vectors["client_packet"];
  for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
    auto bad = good;
    bad[bit / 8] ^= static_cast<core::byte>(1u << (bit % 8));
    const opened_copy opened(key, role::client, bad);
    ASSERT_FALSE(opened) << "bit " << bit;
    EXPECT_EQ(opened.error().code, errc::bad_packet);
  }
}

//= DESC-37 test
TEST(Envelope, TakesNoPacketWhosePaddingIsNotTheOneThatWasHashed) {
  const auto vectors = data();
  const auto key = sample_key(vectors);
  // The message key of the vector over a plaintext with one bit of padding changed.
  auto text = vectors["client_plaintext"];
  text.back() ^= 1;
  const auto msg_key = vectors.array<16>("client_msg_key");
  const auto aes = crypto::derive_v2(key.view(), msg_key, crypto::direction::client_to_server);
  crypto::ige_encrypt(aes.key.view(), aes.iv.view(), text, text);
  const auto packet = core::concat(core::byte_view(vectors["client_auth_key_id"]),
                                   core::byte_view(msg_key), core::byte_view(text));
  EXPECT_FALSE(opened_copy(key, role::client, packet));
}

//= SEC-08 test
TEST(Envelope, HasOneErrorForEveryPrefixAndForEmptyInput) {
  const auto vectors = data();
  const auto key = sample_key(vectors);
  const auto good = vectors["client_packet"];
  for (std::size_t size = 0; size < good.size(); ++size) {
    // An exact-size heap block, so that the address sanitizer sees a read past the end.
    const auto block = std::make_unique<core::byte[]>(size);
    std::copy_n(good.begin(), size, block.get());
    const auto opened = open_packet(key, role::client, {block.get(), size});
    ASSERT_FALSE(opened) << size;
    EXPECT_EQ(opened.error().code, errc::bad_packet);
    EXPECT_EQ(opened.error().offset, core::error::no_offset);
  }
}

TEST(Envelope, PassesOverWhatATransportLeftBehindThePacket) {
  const auto vectors = data();
  const auto key = sample_key(vectors);
  auto packet = vectors["client_packet"];
  for (int i = 0; i < 15; ++i) {
    packet.push_back(0xee);
    EXPECT_TRUE(opened_copy(key, role::client, packet));
  }
  packet.push_back(0xee);
  EXPECT_FALSE(opened_copy(key, role::client, packet));
}

/// Opens a packet whose message key is right, whatever else is wrong.
bool opens(std::size_t body_size, std::int32_t declared, std::size_t padding_size) {
  const auto key = make_key(3);
  const core::byte_buffer body(body_size, 0xab);
  core::byte_buffer packet;
  test_seal_packet(key, role::server, {1, 2}, {3, 4, body}, declared, padding(0, padding_size),
                   packet);
  const opened_copy opened(key, role::server, packet);
  if (!opened) {
    EXPECT_EQ(opened.error().code, errc::bad_packet);
    return false;
  }
  EXPECT_EQ(opened->message.body.size(), static_cast<std::size_t>(declared));
  return true;
}

//= SEC-09 test
//= DESC-36 test
//= GEN-02 test
TEST(Envelope, ChecksLengthAndPaddingOfPacketsThatAreRightlyKeyed) {
  EXPECT_TRUE(opens(20, 20, 12));
  EXPECT_TRUE(opens(0, 0, 16));
  EXPECT_TRUE(opens(16, 16, 1024));
  EXPECT_FALSE(opens(20, -4, 12));
  EXPECT_FALSE(opens(20, 1, 28));
  EXPECT_FALSE(opens(20, 18, 12));
  EXPECT_FALSE(opens(20, 24, 12));          // padding 8
  EXPECT_FALSE(opens(21, 21, 11));          // 11, and a length that is no multiple of 4
  EXPECT_FALSE(opens(24, 24, 8));           // 8
  EXPECT_FALSE(opens(20, 36, 12));          // beyond the padding
  EXPECT_FALSE(opens(20, 0x7ffffffc, 12));  // far beyond
  EXPECT_FALSE(opens(12, 8, 1028));         // 1032
  EXPECT_FALSE(opens(15, 15, 1025));        // 1025
  EXPECT_TRUE(opens(1024, 16, 16));         // 1024 declared as padding
  EXPECT_FALSE(opens(1024, 12, 16));        // 1028
}

//= DESC-38 test
TEST(Envelope, DependsOnTheFirstHalfOfTheKeyAlone) {
  const auto vectors = data();
  auto bytes = vectors.array<256>("auth_key");
  for (std::size_t i = 128; i < 256; ++i) bytes[i] ^= 0xff;
  const auto other_key = auth_key(core::secret_array<256>(bytes));
  const auto plaintext = vectors["client_plaintext"];
  test::scripted_random random(padding(0, 20));
  core::byte_buffer packet;
  seal_packet(other_key, role::client, {salt_of(vectors), session_id},
              {client_msg_id, 0, core::byte_view(plaintext).subspan(32, 12)}, random, packet);
  EXPECT_TRUE(core::equal(core::byte_view(packet).subspan(8),
                          core::byte_view(vectors["client_packet"]).subspan(8)));
  EXPECT_NE(packet_key_id(packet), packet_key_id(vectors["client_packet"]));
}

TEST(Envelope, OpensAPacketInItsPlace) {
  const auto vectors = data();
  auto packet = vectors["client_packet"];
  const auto opened = open_packet(sample_key(vectors), role::client, packet);
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->message.body.data(), packet.data() + 24 + 32);
  EXPECT_TRUE(core::equal(core::byte_view(packet).subspan(24), vectors["client_plaintext"]));
}

//= SEC-08 test
TEST(Envelope, LeavesOfAPacketThatFailsNothingButWhatCame) {
  const auto vectors = data();
  const auto key = sample_key(vectors);
  const auto good = vectors["client_packet"];
  for (std::size_t at = 0; at < good.size(); ++at) {
    auto bad = good;
    bad[at] ^= 1;
    const auto came = bad;
    ASSERT_FALSE(open_packet(key, role::client, bad));
    EXPECT_EQ(bad, came) << at;
  }
}

TEST(Envelope, SealsSeveralPacketsAtOnceAsOneAfterTheOther) {
  constexpr std::size_t count = 20;
  core::test_random random(9);
  core::test_random same_random(9);
  std::vector<auth_key> keys;
  std::vector<core::byte_buffer> bodies(count);
  std::vector<core::byte_buffer> packets(count);
  std::vector<packet_to_seal> to_seal;
  for (std::size_t i = 0; i < count; ++i) keys.push_back(make_key(i % 4 + 1));
  const auto side = [](std::size_t i) { return i % 3 == 0 ? role::server : role::client; };
  for (std::size_t i = 0; i < count; ++i) {
    bodies[i].assign(i * i * 4, static_cast<core::byte>(i));
    core::writer out(packets[i]);
    begin_packet({5, 6}, 8, 3, bodies[i].size(), out);
    out.bytes(bodies[i]);
    end_packet(bodies[i].size(), random, out);
    EXPECT_EQ(packets[i].size(), packet_size(bodies[i].size()));
    to_seal.push_back({keys[i], side(i), packets[i]});
  }
  seal_packets(to_seal);
  seal_packets({});
  for (std::size_t i = 0; i < count; ++i) {
    core::byte_buffer alone;
    const auto token = seal_packet(keys[i], side(i), {5, 6}, {8, 3, bodies[i]}, same_random, alone);
    EXPECT_EQ(packets[i], alone) << i;
    EXPECT_EQ(to_seal[i].quick_ack_token, token);
    const auto opened = open_packet(keys[i], side(i), packets[i]);
    ASSERT_TRUE(opened) << i;
    EXPECT_TRUE(core::equal(opened->message.body, bodies[i])) << i;
  }
}

TEST(Envelope, TellsAPacketOfTheOldVersionFromRubbish) {
  const auto key = make_key(3);
  core::byte_buffer text;
  core::writer(text).le(std::int64_t{1}).le(std::int64_t{2}).le(std::int64_t{4}).le(0).le(12);
  core::writer(text).extend(12);
  const auto msg_key = crypto::msg_key_v1(text);
  text.resize(48);
  const auto aes = crypto::derive_v1(key.view(), msg_key, crypto::direction::client_to_server);
  crypto::ige_encrypt(aes.key.view(), aes.iv.view(), text, text);
  core::byte_buffer packet;
  core::writer(packet).le(key.id()).bytes(msg_key).bytes(text);
  EXPECT_TRUE(is_version_1(key, role::client, packet));
  EXPECT_FALSE(opened_copy(key, role::client, packet));
  packet[30] ^= 1;
  EXPECT_FALSE(is_version_1(key, role::client, packet));
  EXPECT_FALSE(is_version_1(key, role::client, data()["client_packet"]));
  EXPECT_FALSE(is_version_1(key, role::client, core::byte_view(packet).first(40)));
}

}  // namespace
}  // namespace corogram::mtproto

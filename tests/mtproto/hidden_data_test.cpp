#include "exchange_support.hpp"
#include "support/scripted_random.hpp"

#include <corogram/core/endian.hpp>
#include <corogram/crypto/dh.hpp>
#include <corogram/crypto/errc.hpp>
#include <corogram/crypto/hash.hpp>
#include <corogram/crypto/ige.hpp>
#include <corogram/crypto/tmp_aes.hpp>
#include <corogram/mtproto/detail/hidden_data.hpp>
#include <corogram/mtproto/errc.hpp>

#include <gtest/gtest.h>

#include <string>

namespace corogram::mtproto::detail {
namespace {

using exchange_test::sample_packets;
using exchange_test::sample_values;

crypto::aes_key_iv sample_aes(char sample) {
  const auto values = sample_values(sample);
  return crypto::derive_tmp_aes(values.array<32>("new_nonce"), values.array<16>("server_nonce"));
}

std::string sha1_hex(core::byte_view data) {
  return core::to_hex(crypto::sha1(data));
}

//= AK-29 test
//= AK-30 test
//= AK-31 test
//= AK-32 test
//= AK-41 test
TEST(HiddenData, BothOfficialSamplesAreRevealedAndHiddenAgainByteForByte) {
  for (const char sample : {'a', 'b'}) {
    const auto values = sample_values(sample);
    const auto packets = sample_packets(sample);
    const auto aes = sample_aes(sample);

    const auto answer = reveal(values["encrypted_answer"], aes);
    ASSERT_TRUE(answer) << answer.error().message();
    EXPECT_EQ(answer->size(), 564U);
    EXPECT_EQ(sha1_hex(answer->view()), values.text("server_inner_sha1"));
    test::scripted_random server_padding(packets["server_inner_padding"]);
    EXPECT_EQ(hide(answer->view(), aes, server_padding), values["encrypted_answer"]);

    const auto data = reveal(values["client_enc"], aes);
    ASSERT_TRUE(data) << data.error().message();
    EXPECT_EQ(data->size(), 304U);
    EXPECT_EQ(sha1_hex(data->view()), values.text("client_inner_sha1"));
    test::scripted_random client_padding(sample == 'b' ? values["client_pad"]
                                                       : packets["client_inner_padding"]);
    EXPECT_EQ(hide(data->view(), aes, client_padding), values["client_enc"]);
  }
}

//= AK-45 test
TEST(HiddenData, TheThreeHashesOfTheNewNonceAreThoseOfTheSamples) {
  for (const char sample : {'a', 'b'}) {
    const auto values = sample_values(sample);
    const auto packets = sample_packets(sample);
    const auto new_nonce = values.array<32>("new_nonce");
    const auth_key key(
        core::secret_array<256>(std::span<const core::byte, 256>(values.array<256>("auth_key"))));
    const std::pair<hash_number, const char*> numbers[] = {{hash_number::ok, "new_nonce_hash1"},
                                                           {hash_number::retry, "new_nonce_hash2"},
                                                           {hash_number::fail, "new_nonce_hash3"}};
    for (const auto& [number, name] : numbers)
      EXPECT_EQ(core::to_hex(new_nonce_hash(new_nonce, number, key).view()), packets.text(name));
  }
}

//= AK-49 test
TEST(HiddenData, TheFirstSaltIsThatOfTheSamples) {
  for (const char sample : {'a', 'b'}) {
    const auto values = sample_values(sample);
    EXPECT_EQ(first_salt(values.array<32>("new_nonce"), values.array<16>("server_nonce")),
              core::load_le<std::int64_t>(sample_packets(sample).array<8>("server_salt").data()));
  }
}

/// IGE over hash, data and padding, whatever they are.
core::byte_buffer encrypted(core::byte_view plain, const crypto::aes_key_iv& aes) {
  core::byte_buffer out(plain.size());
  crypto::ige_encrypt(aes.key.view(), aes.iv.view(), plain, out);
  return out;
}

//= SEC-02 test
TEST(HiddenData, LessThanABlockOfPaddingIsAccepted) {
  const auto aes = sample_aes('b');
  core::test_random random(5);
  for (std::size_t words = 1; words <= 20; ++words) {
    core::byte_buffer data(words * 4);
    random.fill(data);
    core::byte_buffer plain = core::concat(crypto::sha1(data), data);
    while (plain.size() % 16 != 0) plain.push_back(0x77);

    const auto shown = reveal(encrypted(plain, aes), aes);
    ASSERT_TRUE(shown) << words;
    EXPECT_TRUE(core::equal(shown->view(), data));

    plain.resize(plain.size() + 16, 0x77);
    EXPECT_EQ(reveal(encrypted(plain, aes), aes).error().code, make_error_code(errc::hash_mismatch))
        << words;
  }
}

TEST(HiddenData, DataOfNoWordsIsNoData) {
  const auto aes = sample_aes('b');
  core::byte_buffer plain = core::concat(crypto::sha1(core::byte_view{}));
  plain.resize(32);
  EXPECT_FALSE(reveal(encrypted(plain, aes), aes));
}

TEST(HiddenData, OtherLengthsAreRefused) {
  const auto aes = sample_aes('b');
  const auto hidden = sample_values('b')["client_enc"];
  for (std::size_t size = 0; size < hidden.size(); ++size)
    EXPECT_FALSE(reveal(core::byte_view(hidden).first(size), aes)) << size;
}

//= SEC-02 test
TEST(HiddenData, EveryFlippedBitIsNoticed) {
  const auto aes = sample_aes('b');
  auto hidden = sample_values('b')["encrypted_answer"];
  for (std::size_t bit = 0; bit < hidden.size() * 8; ++bit) {
    const auto mask = static_cast<core::byte>(1U << bit % 8);
    hidden[bit / 8] ^= mask;
    EXPECT_FALSE(reveal(hidden, aes)) << bit;
    hidden[bit / 8] ^= mask;
  }
}

//= AK-36 test
//= AK-38 test
TEST(HiddenData, AnExponentWhoseValueTheOtherSideWouldRefuseIsDrawnAgain) {
  exchange_test::recorded_random random(6);
  random.plan(core::byte_buffer(256));
  const auto pair = make_dh_pair(3, crypto::known_prime(), random);
  ASSERT_TRUE(pair);
  EXPECT_EQ(random.drawn().size(), 2U);
  EXPECT_TRUE(core::equal(pair->exponent.view(), random.drawn().back()));
  EXPECT_TRUE(crypto::check_dh_public(pair->value.view(), crypto::known_prime()));
  EXPECT_EQ(pair->value, crypto::dh_pow(3, pair->exponent.view(), crypto::known_prime()));
}

TEST(HiddenData, ASourceWithoutRandomnessIsAnError) {
  exchange_test::recorded_random random(6);
  for (int i = 0; i < 16; ++i) random.plan(core::byte_buffer(256));
  const auto pair = make_dh_pair(3, crypto::known_prime(), random);
  ASSERT_FALSE(pair);
  EXPECT_EQ(pair.error().code, make_error_code(crypto::errc::unusable_randomness));
}

}  // namespace
}  // namespace corogram::mtproto::detail

#include "data.hpp"
#include "pem.hpp"
#include "support/rsa_test_key.hpp"
#include "support/scripted_random.hpp"

#include <corogram/core/random.hpp>
#include <corogram/crypto/errc.hpp>
#include <corogram/crypto/hash.hpp>
#include <corogram/crypto/rsa_pad.hpp>

#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <string>

namespace corogram::crypto {
namespace {

using core::byte_buffer;
using core::byte_view;
using number = std::array<core::byte, rsa_size>;

const rsa_private_key& test_key() {
  static const rsa_private_key key = *rsa_private_key::from_pem(test::rsa_test_key);
  return key;
}

// Its modulus is just above 2^2047, so half of all temp_keys do not fit.
const rsa_private_key& low_key() {
  static const rsa_private_key key =
      *rsa_private_key::from_pem(pem("PRIVATE KEY", data("rsa_keys.txt").text("low_modulus")));
  return key;
}

std::error_code code_of(const auto& outcome) {
  return outcome ? std::error_code() : outcome.error().code;
}

byte_buffer some_data(std::size_t size) {
  byte_buffer bytes(size);
  core::test_random(11).fill(bytes);
  return bytes;
}

//= AK-16 test
//= AK-17 test
//= AK-18 test
//= AK-19 test
//= AK-21 test
TEST(RsaPad, MakesTheCiphertextOfTheVectorFromItsPaddingAndTempKey) {
  const test::vectors known = data("rsa_pad.txt"), sample = data("key_exchange_b.txt");
  const auto key = rsa_public_key::from_numbers(known["n"], known["e"]);
  test::scripted_random random(core::concat(sample["random_padding"], known["temp_key"]));
  const auto encrypted = rsa_pad_encrypt(*key, sample["data"], random);
  EXPECT_EQ(*encrypted, known.array<rsa_size>("encrypted_data"));
  EXPECT_EQ(random.left(), 0u);

  // The vector's number before RSA, encrypted by itself, leads to the same.
  EXPECT_EQ(*key->encrypt_raw(known.array<rsa_size>("key_aes_encrypted")), *encrypted);
}

//= AK-22 test
TEST(RsaPad, ComesBackFromTheServersSideWithItsPadding) {
  for (const std::size_t size : {0u, 1u, 96u, 100u, 144u}) {
    const byte_buffer bytes = some_data(size);
    core::test_random random(size);
    const auto encrypted = rsa_pad_encrypt(test_key().public_key(), bytes, random);
    const auto decrypted = rsa_pad_decrypt(test_key(), *encrypted);
    ASSERT_TRUE(decrypted) << size;
    EXPECT_EQ(decrypted->size(), 192u);
    EXPECT_TRUE(core::equal(decrypted->view().first(size), bytes)) << size;
    byte_buffer padding(192 - size);
    core::test_random(size).fill(padding);
    EXPECT_TRUE(core::equal(decrypted->view().subspan(size), padding)) << size;
  }
}

//= AK-15 test
TEST(RsaPad, Takes144BytesAndNotOneMore) {
  core::test_random random(12);
  EXPECT_TRUE(rsa_pad_encrypt(test_key().public_key(), some_data(144), random));
  EXPECT_EQ(code_of(rsa_pad_encrypt(test_key().public_key(), some_data(145), random)),
            errc::data_too_long);
}

//= AK-20 test
TEST(RsaPad, TriesNewTempKeysUntilTheNumberIsBelowTheModulus) {
  const byte_buffer bytes = some_data(100);
  constexpr std::size_t most_tries = 40;
  int first_try = 0, later_try = 0;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    byte_buffer script(92 + most_tries * 32);
    core::test_random(seed).fill(script);
    test::scripted_random random(script);
    const auto encrypted = rsa_pad_encrypt(low_key().public_key(), bytes, random);
    const auto decrypted = rsa_pad_decrypt(low_key(), *encrypted);
    ASSERT_TRUE(decrypted) << seed;
    EXPECT_TRUE(core::equal(decrypted->view().first(100), bytes)) << seed;
    // The padding stays, only the temp_key is drawn again.
    EXPECT_TRUE(core::equal(decrypted->view().subspan(100), byte_view(script).first(92))) << seed;

    const std::size_t tries = (script.size() - 92 - random.left()) / 32;
    ++(tries == 1 ? first_try : later_try);
    // Given from the start, the last temp_key fits at once, and the first one that failed does not.
    const byte_view padding = byte_view(script).first(92);
    const auto temp_key = [&](std::size_t i) { return byte_view(script).subspan(92 + 32 * i, 32); };
    test::scripted_random last_only(core::concat(padding, temp_key(tries - 1)));
    EXPECT_EQ(*rsa_pad_encrypt(low_key().public_key(), bytes, last_only), *encrypted) << seed;
  }
  // One half each, give or take four standard deviations.
  EXPECT_GT(first_try, 7);
  EXPECT_GT(later_try, 7);
}

TEST(RsaPad, GivesUpOnARandomSourceThatRepeatsItself) {
  class constant final : public core::random_source {
   public:
    explicit constant(core::byte value) : value_(value) {}
    void fill(core::byte_span bytes) noexcept override { std::ranges::fill(bytes, value_); }

   private:
    core::byte value_;
  };
  // Some constants fit at once; the others never will.
  int accepted = 0, refused = 0;
  for (unsigned value = 0; value < 16; ++value) {
    constant random(static_cast<core::byte>(value));
    const auto encrypted = rsa_pad_encrypt(low_key().public_key(), some_data(100), random);
    if (!encrypted) {
      EXPECT_EQ(encrypted.error().code, errc::unusable_randomness);
    }
    ++(encrypted ? accepted : refused);
  }
  EXPECT_GT(accepted, 0);
  EXPECT_GT(refused, 0);
}

//= AK-22 test
TEST(RsaPad, RefusesEverySingleBitFlip) {
  core::test_random random(13);
  const auto encrypted = rsa_pad_encrypt(test_key().public_key(), some_data(100), random);
  for (std::size_t bit = 0; bit < rsa_size * 8; bit += 17) {
    number flipped = *encrypted;
    flipped[bit / 8] = static_cast<core::byte>(flipped[bit / 8] ^ (1 << bit % 8));
    EXPECT_EQ(code_of(rsa_pad_decrypt(test_key(), flipped)), errc::decryption_failed) << bit;
    EXPECT_EQ(code_of(rsa_decrypt_any(test_key(), flipped)), errc::decryption_failed) << bit;
  }
}

// Flips before RSA reach each part of the padding by itself: the masked key, data, padding, hash.
TEST(RsaPad, RefusesEverySingleBitFlipUnderRsaToo) {
  core::test_random random(14);
  const auto encrypted = rsa_pad_encrypt(test_key().public_key(), some_data(100), random);
  const auto plain = test_key().decrypt_raw(*encrypted);
  for (std::size_t bit = 8; bit < rsa_size * 8; bit += 13) {
    number flipped;
    std::ranges::copy(plain->view(), flipped.begin());
    flipped[bit / 8] = static_cast<core::byte>(flipped[bit / 8] ^ (1 << bit % 8));
    const auto again = test_key().public_key().encrypt_raw(flipped);
    EXPECT_EQ(code_of(rsa_pad_decrypt(test_key(), *again)), errc::decryption_failed) << bit;
  }
}

TEST(RsaPad, RefusesOtherLengthsOtherKeysAndRubbish) {
  core::test_random random(15);
  const auto encrypted = rsa_pad_encrypt(low_key().public_key(), some_data(100), random);
  EXPECT_EQ(code_of(rsa_pad_decrypt(test_key(), *encrypted)), errc::decryption_failed);
  for (const std::size_t size : {0u, 1u, 255u, 257u, 512u})
    EXPECT_EQ(code_of(rsa_pad_decrypt(test_key(), byte_buffer(size))), errc::decryption_failed);
  EXPECT_EQ(code_of(rsa_pad_decrypt(test_key(), byte_buffer(256, 0xff))), errc::decryption_failed);
  for (int round = 0; round < 20; ++round)
    EXPECT_EQ(code_of(rsa_decrypt_any(test_key(), random.array<256>())), errc::decryption_failed);
}

// DIV-07: the layout of the older scheme, seen from outside.
TEST(RsaSha1, IsAZeroByteTheSha1TheDataAndRandomBytes) {
  const test::vectors sample = data("key_exchange_a.txt");
  const byte_buffer inner = sample["inner_data"];
  const byte_buffer filling = some_data(255 - 20 - inner.size());
  test::scripted_random random(filling);
  const auto encrypted = rsa_sha1_encrypt(test_key().public_key(), inner, random);
  EXPECT_EQ(random.left(), 0u);
  const byte_buffer expected =
      core::concat(byte_buffer{0}, sample["inner_data_sha1"], inner, filling);
  EXPECT_TRUE(core::equal(test_key().decrypt_raw(*encrypted)->view(), expected));
}

TEST(RsaSha1, ComesBackWithoutItsFilling) {
  for (std::size_t size = 0; size <= 232; size += 4) {
    const byte_buffer bytes = some_data(size);
    core::test_random random(size);
    const auto encrypted = rsa_sha1_encrypt(test_key().public_key(), bytes, random);
    const auto decrypted = rsa_sha1_decrypt(test_key(), *encrypted);
    ASSERT_TRUE(decrypted) << size;
    EXPECT_TRUE(core::equal(decrypted->view(), bytes)) << size;
  }
}

TEST(RsaSha1, Takes235BytesAndNotOneMore) {
  core::test_random random(16);
  EXPECT_TRUE(rsa_sha1_encrypt(test_key().public_key(), some_data(235), random));
  EXPECT_EQ(code_of(rsa_sha1_encrypt(test_key().public_key(), some_data(236), random)),
            errc::data_too_long);
}

TEST(RsaSha1, RefusesBitFlipsInHashAndDataButNotInTheFilling) {
  core::test_random random(17);
  const auto encrypted = rsa_sha1_encrypt(test_key().public_key(), some_data(96), random);
  const auto plain = test_key().decrypt_raw(*encrypted);
  constexpr std::size_t filling_begin = 1 + 20 + 96;
  for (std::size_t bit = 1; bit < rsa_size * 8; bit += 11) {
    number flipped;
    std::ranges::copy(plain->view(), flipped.begin());
    flipped[bit / 8] = static_cast<core::byte>(flipped[bit / 8] ^ (0x80 >> bit % 8));
    const auto again = test_key().public_key().encrypt_raw(flipped);
    ASSERT_TRUE(again) << bit;
    const auto decrypted = rsa_sha1_decrypt(test_key(), *again);
    if (bit / 8 < filling_begin) {
      EXPECT_EQ(code_of(decrypted), errc::decryption_failed) << bit;
    } else {
      EXPECT_TRUE(decrypted) << bit;
    }
  }
}

TEST(RsaAny, TellsTheTwoSchemesApart) {
  const byte_buffer bytes = some_data(96);
  core::test_random random(18);
  const auto pad = rsa_pad_encrypt(test_key().public_key(), bytes, random);
  const auto older = rsa_sha1_encrypt(test_key().public_key(), bytes, random);

  const auto opened_pad = rsa_decrypt_any(test_key(), *pad);
  EXPECT_EQ(opened_pad->scheme, rsa_scheme::pad);
  EXPECT_EQ(opened_pad->data, *rsa_pad_decrypt(test_key(), *pad));
  EXPECT_EQ(code_of(rsa_sha1_decrypt(test_key(), *pad)), errc::decryption_failed);

  const auto opened_older = rsa_decrypt_any(test_key(), *older);
  EXPECT_EQ(opened_older->scheme, rsa_scheme::sha1);
  EXPECT_TRUE(core::equal(opened_older->data.view(), bytes));
  EXPECT_EQ(code_of(rsa_pad_decrypt(test_key(), *older)), errc::decryption_failed);
}

}  // namespace
}  // namespace corogram::crypto

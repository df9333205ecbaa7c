#include "data.hpp"

#include <corogram/core/random.hpp>
#include <corogram/crypto/cbc.hpp>

#include <gtest/gtest.h>

#include <cstddef>

namespace corogram::crypto {
namespace {

using core::byte_buffer;
using core::byte_span;

TEST(Cbc, AgreesWithTheStandard) {
  int cases = 0;
  for (const test::vectors& known : data_cases("cbc.txt")) {
    const auto key = known.array<32>("key");
    auto iv = known.array<16>("iv");
    byte_buffer text = known["plaintext"];
    cbc_encrypt(key, iv, text);
    EXPECT_EQ(text, known["ciphertext"]) << known.text("name");
    iv = known.array<16>("iv");
    cbc_decrypt(key, iv, text);
    EXPECT_EQ(text, known["plaintext"]) << known.text("name");
    ++cases;
  }
  EXPECT_EQ(cases, 1);
}

TEST(Cbc, GoesOnFromPieceToPiece) {
  core::test_random random(51);
  const auto key = random.array<32>();
  const auto iv = random.array<16>();
  byte_buffer whole(480);
  random.fill(whole);
  const byte_buffer plain = whole;

  auto iv_of_whole = iv, iv_of_pieces = iv;
  byte_buffer pieces = whole;
  cbc_encrypt(key, iv_of_whole, whole);
  cbc_encrypt(key, iv_of_pieces, byte_span(pieces).first(160));
  cbc_encrypt(key, iv_of_pieces, byte_span(pieces).subspan(160, 0));
  cbc_encrypt(key, iv_of_pieces, byte_span(pieces).subspan(160));
  EXPECT_EQ(pieces, whole);
  EXPECT_EQ(iv_of_pieces, iv_of_whole);

  iv_of_pieces = iv;
  cbc_decrypt(key, iv_of_pieces, byte_span(pieces).first(16));
  cbc_decrypt(key, iv_of_pieces, byte_span(pieces).subspan(16));
  EXPECT_EQ(pieces, plain);
  EXPECT_EQ(iv_of_pieces, iv_of_whole);
}

}  // namespace
}  // namespace corogram::crypto

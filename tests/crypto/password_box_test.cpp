#include <corogram/core/random.hpp>
#include <corogram/crypto/errc.hpp>
#include <corogram/crypto/password_box.hpp>

#include <gtest/gtest.h>
#include <openssl/evp.h>

#include <array>
#include <memory>

namespace corogram::crypto {
namespace {

using core::byte_buffer;
using core::byte_view;

class PasswordBox : public testing::Test {
 protected:
  PasswordBox() { random.fill(key); }

  static constexpr std::uint32_t few_rounds = 3;

  byte_buffer seal() { return seal_by_password(key, password, random, few_rounds); }

  static void expect_failure(byte_view box, byte_view with) {
    const auto opened = open_by_password(box, with);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, make_error_code(errc::decryption_failed));
  }

  core::test_random random{1};
  byte_buffer key = byte_buffer(256);
  byte_view password = core::as_bytes("correct horse");
};

//= DESC-49 test
TEST_F(PasswordBox, GivesTheKeyBackForThePasswordAlone) {
  const byte_buffer box = seal();
  EXPECT_EQ(box.size(), 16u + 4 + 32 + 256);
  const auto opened = open_by_password(box, password);
  ASSERT_TRUE(opened);
  EXPECT_TRUE(core::equal(opened->view(), key));
  expect_failure(box, core::as_bytes("correct horsf"));
  expect_failure(box, {});
  EXPECT_NE(seal(), box);
}

TEST_F(PasswordBox, FailsOnEveryPrefixAndEveryChangedByte) {
  byte_buffer box = seal();
  for (std::size_t size = 0; size < box.size(); ++size)
    expect_failure(byte_buffer(box.begin(), box.begin() + static_cast<std::ptrdiff_t>(size)),
                   password);
  // The bytes of the rounds have a test of their own.
  for (std::size_t at = 20; at < box.size(); at += 7) {
    box[at] ^= 1;
    expect_failure(box, password);
    box[at] ^= 1;
  }
  EXPECT_TRUE(open_by_password(box, password));
}

TEST_F(PasswordBox, RefusesToWorkForAnAbsurdNumberOfRounds) {
  byte_buffer box = seal();
  for (const std::uint32_t rounds : {0u, password_rounds_limit + 1, 0xffffffffu}) {
    core::store_le(box.data() + 16, rounds);
    expect_failure(box, password);
  }
}

// By OpenSSL's own functions, one after the other.
TEST_F(PasswordBox, IsTheDocumentedBytes) {
  const byte_buffer box = seal();
  std::array<core::byte, 48> derived{};
  ASSERT_EQ(PKCS5_PBKDF2_HMAC("correct horse", 13, box.data(), 16, few_rounds, EVP_sha512(), 48,
                              derived.data()),
            1);
  const std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> context(
      EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free);
  byte_buffer plain(box.size() - 20 + 16);
  int size = 0;
  ASSERT_EQ(EVP_DecryptInit_ex(context.get(), EVP_aes_256_cbc(), nullptr, derived.data(),
                               derived.data() + 32),
            1);
  EVP_CIPHER_CTX_set_padding(context.get(), 0);
  ASSERT_EQ(EVP_DecryptUpdate(context.get(), plain.data(), &size, box.data() + 20,
                              static_cast<int>(box.size() - 20)),
            1);
  ASSERT_EQ(size, 288);
  EXPECT_TRUE(core::equal(byte_view(plain).subspan(32, 256), key));
  std::array<core::byte, 32> digest{};
  ASSERT_EQ(EVP_Digest(key.data(), key.size(), digest.data(), nullptr, EVP_sha256(), nullptr), 1);
  EXPECT_TRUE(core::equal(byte_view(plain).first(32), digest));
}

}  // namespace
}  // namespace corogram::crypto

#include "data.hpp"
#include "pem.hpp"
#include "support/rsa_test_key.hpp"

#include <corogram/core/endian.hpp>
#include <corogram/core/hex.hpp>
#include <corogram/core/random.hpp>
#include <corogram/crypto/errc.hpp>
#include <corogram/crypto/rsa.hpp>

#include <gtest/gtest.h>
#include <openssl/bn.h>
#include <openssl/err.h>

#include <array>
#include <cstddef>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace corogram::crypto {
namespace {

using core::byte_buffer;
using core::byte_view;
using number = std::array<core::byte, rsa_size>;

struct bignum_free {
  void operator()(BIGNUM* n) const { BN_free(n); }
  void operator()(BN_CTX* context) const { BN_CTX_free(context); }
};

// The textbook: base^exponent mod modulus, by OpenSSL's plain arithmetic.
number power(byte_view base, byte_view exponent, byte_view modulus) {
  const auto read = [](byte_view digits) {
    return std::unique_ptr<BIGNUM, bignum_free>(
        BN_bin2bn(digits.data(), static_cast<int>(digits.size()), nullptr));
  };
  const std::unique_ptr<BN_CTX, bignum_free> context(BN_CTX_new());
  const auto b = read(base), e = read(exponent), n = read(modulus);
  BN_mod_exp(b.get(), b.get(), e.get(), n.get(), context.get());
  number result;
  BN_bn2binpad(b.get(), result.data(), rsa_size);
  return result;
}

rsa_public_key public_key(const test::vectors& keys) {
  return *rsa_public_key::from_numbers(keys["n"], keys["e"]);
}

std::error_code code_of(const auto& outcome) {
  return outcome ? std::error_code() : outcome.error().code;
}

//= AK-05 test
//= AK-57 test
TEST(Rsa, FingerprintsOfTheServersKeysAreThoseThatTheyOffer) {
  int keys = 0;
  for (const test::vectors& known : data_cases("rsa_fingerprints.txt")) {
    const auto key = rsa_public_key::from_pem(pem("RSA PUBLIC KEY", known.text("pkcs1")));
    ASSERT_TRUE(key) << known.text("fingerprint");
    std::array<core::byte, 8> wire;
    core::store_le(wire.data(), key->fingerprint());
    EXPECT_EQ(core::to_hex(wire), known.text("fingerprint"));
    ++keys;
  }
  EXPECT_EQ(keys, 10);
}

TEST(Rsa, ReadsTheSameKeyFromEachForm) {
  const test::vectors keys = data("rsa_keys.txt");
  const rsa_public_key expected = public_key(keys);
  EXPECT_TRUE(core::equal(expected.modulus(), keys["n"]));
  EXPECT_TRUE(core::equal(expected.exponent(), keys["e"]));
  std::array<core::byte, 8> wire;
  core::store_le(wire.data(), expected.fingerprint());
  EXPECT_EQ(core::to_hex(wire), keys.text("fingerprint"));

  const std::string pkcs1 = pem("RSA PUBLIC KEY", keys.text("public_pkcs1"));
  const std::string spki = pem("PUBLIC KEY", keys.text("public_spki"));
  EXPECT_EQ(*rsa_public_key::from_pem(pkcs1), expected);
  EXPECT_EQ(*rsa_public_key::from_pem(spki), expected);
  EXPECT_EQ(expected.to_pkcs1_pem(), pkcs1);
  EXPECT_EQ(expected.to_pem(), spki);

  const std::string pkcs8 = pem("PRIVATE KEY", keys.text("private_pkcs8"));
  const auto from_pkcs8 = rsa_private_key::from_pem(pkcs8);
  const auto from_pkcs1 =
      rsa_private_key::from_pem(pem("RSA PRIVATE KEY", keys.text("private_pkcs1")));
  EXPECT_EQ(from_pkcs8->public_key(), expected);
  EXPECT_EQ(from_pkcs1->public_key(), expected);
  EXPECT_EQ(core::as_text(from_pkcs8->to_pem().view()), pkcs8);
  EXPECT_EQ(core::as_text(from_pkcs1->to_pem().view()), pkcs8);
}

TEST(Rsa, TextAroundThePemBlockAndWindowsLinesDoNotMatter) {
  const test::vectors keys = data("rsa_keys.txt");
  std::string text = "the server's key\n" + pem("PUBLIC KEY", keys.text("public_spki")) + "\n\n";
  EXPECT_EQ(*rsa_public_key::from_pem(text), public_key(keys));
  std::string windows;
  for (const char letter : text) windows += letter == '\n' ? "\r\n" : std::string(1, letter);
  EXPECT_EQ(*rsa_public_key::from_pem(windows), public_key(keys));
}

TEST(Rsa, LeadingZerosOfTheNumbersDoNotMatter) {
  const test::vectors keys = data("rsa_keys.txt");
  const byte_buffer zeros(3);
  const auto key =
      rsa_public_key::from_numbers(core::concat(zeros, keys["n"]), core::concat(zeros, keys["e"]));
  EXPECT_EQ(*key, public_key(keys));
  EXPECT_EQ(key->fingerprint(), public_key(keys).fingerprint());
}

TEST(Rsa, RefusesWhatIsNoKeyAndLeavesNoErrorsBehind) {
  const test::vectors keys = data("rsa_keys.txt");
  ERR_clear_error();
  const std::string spki = pem("PUBLIC KEY", keys.text("public_spki"));
  for (const std::string& text :
       {std::string(), std::string("not a key"), spki.substr(0, spki.size() / 2),
        pem("PUBLIC KEY", keys.text("ec_public_spki")), pem("PUBLIC KEY", "AAAA"),
        pem("CERTIFICATE", keys.text("public_spki"))})
    EXPECT_EQ(code_of(rsa_public_key::from_pem(text)), errc::bad_rsa_key) << text;
  EXPECT_EQ(code_of(rsa_private_key::from_pem(spki)), errc::bad_rsa_key);
  EXPECT_EQ(code_of(rsa_private_key::from_pem("")), errc::bad_rsa_key);
  EXPECT_EQ(ERR_peek_error(), 0u);
}

TEST(Rsa, AnEncryptedPrivateKeyIsAnErrorAndNoQuestion) {
  const std::string text =
      pem("ENCRYPTED PRIVATE KEY", data("rsa_keys.txt").text("private_encrypted"));
  EXPECT_EQ(code_of(rsa_private_key::from_pem(text)), errc::bad_rsa_key);
}

TEST(Rsa, RefusesAPrivateKeyWhoseNumbersDoNotMatch) {
  std::string body = data("rsa_keys.txt").text("private_pkcs1");
  std::erase(body, ' ');
  // In PKCS#1 the modulus comes first: this letter stands in its middle.
  body[133] = body[133] == 'A' ? 'B' : 'A';
  EXPECT_EQ(code_of(rsa_private_key::from_pem(pem("RSA PRIVATE KEY", body))), errc::bad_rsa_key);
}

TEST(Rsa, APrivateKeyIsNotTakenForAPublicOne) {
  const test::vectors keys = data("rsa_keys.txt");
  EXPECT_EQ(code_of(rsa_public_key::from_pem(pem("PRIVATE KEY", keys.text("private_pkcs8")))),
            errc::bad_rsa_key);
  EXPECT_EQ(code_of(rsa_public_key::from_pem(pem("RSA PRIVATE KEY", keys.text("private_pkcs1")))),
            errc::bad_rsa_key);
}

TEST(Rsa, RefusesKeysOfAnotherLength) {
  const test::vectors keys = data("rsa_keys.txt");
  EXPECT_EQ(code_of(rsa_public_key::from_pem(pem("PUBLIC KEY", keys.text("rsa_1024_public_spki")))),
            errc::bad_rsa_key_size);
  EXPECT_EQ(
      code_of(rsa_private_key::from_pem(pem("PRIVATE KEY", keys.text("rsa_1024_private_pkcs8")))),
      errc::bad_rsa_key_size);
  byte_buffer n = keys["n"];
  EXPECT_EQ(code_of(rsa_public_key::from_numbers({}, keys["e"])), errc::bad_rsa_key_size);
  EXPECT_EQ(code_of(rsa_public_key::from_numbers(byte_view(n).first(255), keys["e"])),
            errc::bad_rsa_key_size);
  EXPECT_EQ(code_of(rsa_public_key::from_numbers(core::concat(n, n), keys["e"])),
            errc::bad_rsa_key_size);
  n[0] = 0x7f;
  EXPECT_EQ(code_of(rsa_public_key::from_numbers(n, keys["e"])), errc::bad_rsa_key_size);
}

TEST(Rsa, RefusesNumbersThatCannotBeAKey) {
  const byte_buffer n = data("rsa_keys.txt")["n"];
  for (const byte_buffer& e : {byte_buffer{}, byte_buffer{0}, byte_buffer{1}, byte_buffer{2},
                               byte_buffer{1, 0, 0}, byte_buffer(n)})
    EXPECT_EQ(code_of(rsa_public_key::from_numbers(n, e)), errc::bad_rsa_key);
  byte_buffer even = n;
  even.back() &= 0xfe;
  EXPECT_EQ(code_of(rsa_public_key::from_numbers(even, byte_buffer{3})), errc::bad_rsa_key);
}

//= AK-21 test
TEST(Rsa, EncryptsByTheTextbookAndKeepsLeadingZeros) {
  const test::vectors keys = data("rsa_keys.txt");
  const rsa_public_key key = public_key(keys);
  core::test_random random(9);
  for (int round = 0; round < 20; ++round) {
    auto plain = random.array<rsa_size>();
    plain[0] = 0;
    EXPECT_EQ(*key.encrypt_raw(plain), power(plain, keys["e"], keys["n"]));
  }
  number zero{}, one{};
  one.back() = 1;
  EXPECT_EQ(*key.encrypt_raw(zero), zero);
  EXPECT_EQ(*key.encrypt_raw(one), one);
}

TEST(Rsa, EncryptsOnlyNumbersBelowTheModulus) {
  const test::vectors keys = data("rsa_keys.txt");
  const rsa_public_key key = public_key(keys);
  number plain = keys.array<rsa_size>("n");
  EXPECT_EQ(code_of(key.encrypt_raw(plain)), errc::data_too_long);
  plain.back() = static_cast<core::byte>(plain.back() - 1);
  number minus_one = plain;
  EXPECT_EQ(*key.encrypt_raw(plain), minus_one);  // (-1)^e = -1, for odd e
}

TEST(Rsa, DecryptsWhatWasEncrypted) {
  const auto key = rsa_private_key::from_pem(test::rsa_test_key);
  core::test_random random(10);
  for (int round = 0; round < 10; ++round) {
    auto plain = random.array<rsa_size>();
    plain[0] = 0;
    if (round % 2 == 0) plain[1] = 0;
    const auto decrypted = key->decrypt_raw(*key->public_key().encrypt_raw(plain));
    EXPECT_TRUE(core::equal(decrypted->view(), plain)) << round;
  }
}

TEST(Rsa, ACloneOutlivesItsOriginal) {
  const test::vectors keys = data("rsa_keys.txt");
  auto key = rsa_private_key::from_pem(pem("PRIVATE KEY", keys.text("private_pkcs8")));
  std::optional<rsa_private_key> original(*std::move(key));
  const rsa_private_key clone = original->clone();
  original.reset();
  EXPECT_EQ(clone.public_key(), public_key(keys));
  number plain{};
  plain.back() = 0x42;
  EXPECT_TRUE(
      core::equal(clone.decrypt_raw(*clone.public_key().encrypt_raw(plain))->view(), plain));
}

TEST(Rsa, DecryptsOnly256BytesBelowTheModulus) {
  const auto key = rsa_private_key::from_pem(test::rsa_test_key);
  const auto modulus = key->public_key().modulus();
  ERR_clear_error();
  EXPECT_EQ(code_of(key->decrypt_raw({})), errc::decryption_failed);
  EXPECT_EQ(code_of(key->decrypt_raw(byte_buffer(255))), errc::decryption_failed);
  EXPECT_EQ(code_of(key->decrypt_raw(byte_buffer(257))), errc::decryption_failed);
  EXPECT_EQ(code_of(key->decrypt_raw(modulus)), errc::decryption_failed);
  EXPECT_EQ(code_of(key->decrypt_raw(byte_buffer(256, 0xff))), errc::decryption_failed);
  EXPECT_TRUE(key->decrypt_raw(byte_buffer(256)));
  EXPECT_EQ(ERR_peek_error(), 0u);
}

TEST(Rsa, AGeneratedKeyWorksAndItsFingerprintHasNoLeadingZeroDigit) {
  const rsa_private_key key = rsa_private_key::generate();
  const auto fingerprint = static_cast<std::uint64_t>(key.public_key().fingerprint());
  EXPECT_NE(fingerprint >> 60, 0u);
  EXPECT_NE(fingerprint >> 4 & 0xf, 0u);
  EXPECT_TRUE(core::equal(key.public_key().exponent(), byte_buffer{1, 0, 1}));

  const auto again = rsa_private_key::from_pem(core::as_text(key.to_pem().view()));
  const number plain{0, 1, 2, 3};
  const auto encrypted = key.public_key().encrypt_raw(plain);
  EXPECT_TRUE(core::equal(again->decrypt_raw(*encrypted)->view(), plain));
}

TEST(Rsa, ThePublicHalfOfAPrivateKeyPrintsNothingPrivate) {
  const auto key = rsa_private_key::from_pem(test::rsa_test_key);
  const std::string printed = key->public_key().to_pem() + key->public_key().to_pkcs1_pem();
  EXPECT_EQ(printed.find("PRIVATE"), std::string::npos);
  EXPECT_LT(printed.size(), 900u);
}

}  // namespace
}  // namespace corogram::crypto

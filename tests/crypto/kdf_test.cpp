#include "data.hpp"

#include <corogram/core/random.hpp>
#include <corogram/crypto/ige.hpp>
#include <corogram/crypto/kdf.hpp>
#include <corogram/crypto/kdf_kernel.hpp>

#include <gtest/gtest.h>

#include <cstddef>
#include <string>

namespace corogram::crypto {
namespace {

using core::byte_buffer;

direction sender_of(const test::vectors& known) {
  return known.text("sender") == "client" ? direction::client_to_server
                                          : direction::server_to_client;
}

template <std::size_t N>
byte_buffer bytes_of(const core::secret_array<N>& secret) {
  return {secret.view().begin(), secret.view().end()};
}

bool has_prefix(const core::secret_array<32>& whole, const byte_buffer& prefix) {
  return core::equal(whole.view().first(prefix.size()), prefix);
}

TEST(KdfKernels, TheOneInUseIsTheOneThatTheEnvironmentAsksFor) {
  RecordProperty("kernel", std::string(kdf_kernel_in_use().name));
  EXPECT_EQ(&kdf_kernel_in_use(), &choose_kernel(kdf_kernels(), forced_kernels()));
}

//= DESC-32 test
//= DESC-33 test
//= DESC-34 test
TEST(KdfKernels, AllDeriveWhatTheReferenceDoes) {
  core::test_random random{34};
  for (const kdf_kernel& kernel : kdf_kernels()) {
    if (!kernel.supported()) continue;
    for (int i = 0; i < 100; ++i) {
      const auto auth_key = random.array<256>();
      const message_key msg_key = random.array<16>();
      const auto sender = i % 2 == 0 ? direction::client_to_server : direction::server_to_client;
      const aes_key_iv expected = kdf_kernels().front().derive_v2(auth_key, msg_key, sender);
      const aes_key_iv made = kernel.derive_v2(auth_key, msg_key, sender);
      EXPECT_EQ(made.key, expected.key) << kernel.name;
      EXPECT_EQ(made.iv, expected.iv) << kernel.name;
    }
  }
}

//= DESC-30 test
//= DESC-31 test
//= DESC-32 test
//= DESC-33 test
//= DESC-34 test
//= V1-01 test
//= V1-02 test
//= V1-03 test
TEST(Kdf, MakesTheKeysOfTheVectorsInBothVersionsAndDirections) {
  int cases = 0;
  for (const test::vectors& known : data_cases("kdf.txt")) {
    const auto auth_key = known.array<256>("auth_key");
    const direction sender = sender_of(known);
    const byte_buffer plaintext = known["plaintext"];
    const auto msg_key = known.array<16>("msg_key");
    aes_key_iv derived;
    if (known.number("version") == 2) {
      const sha256_digest large = msg_key_large(auth_key, sender, plaintext);
      EXPECT_EQ(large, known.array<32>("msg_key_large"));
      EXPECT_EQ(msg_key_from_large(large), msg_key);
      derived = derive_v2(auth_key, msg_key, sender);
    } else {
      EXPECT_EQ(msg_key_v1(plaintext), msg_key);
      derived = derive_v1(auth_key, msg_key, sender);
    }
    EXPECT_EQ(bytes_of(derived.key), known["aes_key"]);
    EXPECT_EQ(bytes_of(derived.iv), known["aes_iv"]);
    ++cases;
  }
  EXPECT_EQ(cases, 4);
}

//= DESC-35 test
TEST(Kdf, AndIgeMakeTheCiphertextOfTheVectors) {
  for (const test::vectors& known : data_cases("kdf.txt")) {
    byte_buffer whole = known["plaintext"];
    if (known.has("padding")) core::append(whole, known["padding"]);
    byte_buffer encrypted(whole.size());
    ige_encrypt(known.array<32>("aes_key"), known.array<32>("aes_iv"), whole, encrypted);
    EXPECT_EQ(encrypted, known["ciphertext"]);
    byte_buffer decrypted(whole.size());
    ige_decrypt(known.array<32>("aes_key"), known.array<32>("aes_iv"), encrypted, decrypted);
    EXPECT_EQ(decrypted, whole);
  }
}

TEST(Kdf, AgreesWithTheVectorsOfAThirdPartyClient) {
  const test::vectors known = data("kdf_prefixes.txt");
  const auto auth_key = known.array<256>("auth_key");
  const auto msg_key = known.array<16>("msg_key");
  const auto check = [&](const std::string& name, const aes_key_iv& derived) {
    EXPECT_TRUE(has_prefix(derived.key, known[name + "_key"])) << name;
    EXPECT_TRUE(has_prefix(derived.iv, known[name + "_iv"])) << name;
  };
  check("v2_client", derive_v2(auth_key, msg_key, direction::client_to_server));
  check("v2_server", derive_v2(auth_key, msg_key, direction::server_to_client));
  check("v1_client", derive_v1(auth_key, msg_key, direction::client_to_server));
  check("v1_server", derive_v1(auth_key, msg_key, direction::server_to_client));
}

//= DESC-38 test
TEST(Kdf, UsesNoneOfTheLast1024BitsOfTheAuthorizationKey) {
  core::test_random random(6);
  const auto auth_key = random.array<256>();
  auto other_key = auth_key;
  for (std::size_t i = 128; i < other_key.size(); ++i)
    other_key[i] = static_cast<core::byte>(other_key[i] ^ 0xff);
  const byte_buffer text(64, 7);
  for (const direction sender : {direction::client_to_server, direction::server_to_client}) {
    const sha256_digest large = msg_key_large(auth_key, sender, text);
    EXPECT_EQ(large, msg_key_large(other_key, sender, text));
    const message_key msg_key = msg_key_from_large(large);
    EXPECT_EQ(derive_v2(auth_key, msg_key, sender).key, derive_v2(other_key, msg_key, sender).key);
    EXPECT_EQ(derive_v2(auth_key, msg_key, sender).iv, derive_v2(other_key, msg_key, sender).iv);
  }
}

//= DESC-37 test
TEST(Kdf, TheMessageKeyOfVersion2DependsOnEveryBitOfThePadding) {
  core::test_random random(7);
  const auto auth_key = random.array<256>();
  byte_buffer text(48);
  random.fill(text);
  const sha256_digest large = msg_key_large(auth_key, direction::client_to_server, text);
  for (std::size_t bit = 32 * 8; bit < text.size() * 8; ++bit) {
    byte_buffer changed = text;
    changed[bit / 8] = static_cast<core::byte>(changed[bit / 8] ^ (1 << bit % 8));
    EXPECT_NE(msg_key_large(auth_key, direction::client_to_server, changed), large) << bit;
  }
}

}  // namespace
}  // namespace corogram::crypto

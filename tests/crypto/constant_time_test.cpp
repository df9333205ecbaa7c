// Runs under valgrind, which knows of each bit whether it was ever set: secrets are declared to be
// unset, and any branch or index that depends on one of their bits then counts as an error.
// See A. Langley, "ctgrind" (2010), for the idea.

#include <corogram/core/random.hpp>
#include <corogram/core/secret.hpp>
#include <corogram/crypto/ctr_kernel.hpp>
#include <corogram/crypto/detail/fixed_base.hpp>
#include <corogram/crypto/detail/montgomery_2048.hpp>
#include <corogram/crypto/dh.hpp>
#include <corogram/crypto/hash.hpp>
#include <corogram/crypto/hash_kernel.hpp>
#include <corogram/crypto/hmac.hpp>
#include <corogram/crypto/ige_batch.hpp>
#include <corogram/crypto/ige_kernel.hpp>
#include <corogram/crypto/kdf.hpp>
#include <corogram/crypto/message_kernel.hpp>
#include <corogram/crypto/rsa_pad.hpp>
#include <corogram/crypto/tmp_aes.hpp>

#include <gtest/gtest.h>
#include <valgrind/memcheck.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <vector>

namespace corogram::crypto {
namespace {

using core::byte_buffer;
using core::byte_view;

void make_secret(byte_view bytes) {
  (void)VALGRIND_MAKE_MEM_UNDEFINED(bytes.data(), bytes.size());
}

void make_public(byte_view bytes) {
  (void)VALGRIND_MAKE_MEM_DEFINED(bytes.data(), bytes.size());
}

template <std::size_t N>
std::array<core::byte, N> secret(core::random_source& random) {
  const auto bytes = random.array<N>();
  make_secret(bytes);
  return bytes;
}

unsigned errors() {
  return VALGRIND_COUNT_ERRORS;
}

class ConstantTime : public testing::Test {
 protected:
  /// uses counts the branches on secrets since the test began.
  [[nodiscard]] unsigned uses() const { return errors() - before_; }

  core::test_random random{26};

 private:
  unsigned before_ = errors();
};

// If this fails, the others prove nothing: valgrind is missing, or blind.
TEST_F(ConstantTime, ABranchOnASecretIsSeen) {
  const auto key = secret<32>(random);
  if (key[7] == 3) random.next();
  EXPECT_EQ(uses(), 1u);
}

TEST_F(ConstantTime, ComparisonBranchesOnItsOutcomeAlone) {
  const auto a = secret<64>(random), b = secret<64>(random);
  bool outcome = core::equal_constant_time(a, b);
  (void)VALGRIND_MAKE_MEM_DEFINED(&outcome, sizeof outcome);
  EXPECT_FALSE(outcome);
  EXPECT_EQ(uses(), 0u);
}

TEST_F(ConstantTime, EveryKernelOfIge) {
  for (const ige_kernel& kernel : ige_kernels()) {
    if (!kernel.supported()) continue;
    const auto key = secret<32>(random), iv = secret<32>(random);
    byte_buffer text(160);
    random.fill(text);
    make_secret(text);
    kernel.encrypt(key, iv, text, text);
    kernel.decrypt(key, iv, text, text);
    EXPECT_EQ(uses(), 0u) << kernel.name;
  }
}

// The counter is public: it went over the wire, or is counted from there.
TEST_F(ConstantTime, EveryKernelOfCtr) {
  for (const ctr_kernel& kernel : ctr_kernels()) {
    if (!kernel.supported()) continue;
    ctr_stream stream(secret<32>(random), random.array<16>(), kernel);
    byte_buffer text(700);
    random.fill(text);
    make_secret(text);
    for (const std::size_t size : {5u, 60u, 200u, 16u, 333u})
      stream.apply(core::byte_span(text).first(size));
    EXPECT_EQ(uses(), 0u) << kernel.name;
  }
}

TEST_F(ConstantTime, EveryKernelOfTheHashes) {
  for (const hash_kernel& kernel : hash_kernels()) {
    if (!kernel.supported()) continue;
    for (const std::size_t size : {5u, 60u, 200u}) {
      byte_buffer text(size);
      random.fill(text);
      make_secret(text);
      const std::array parts{byte_view(text).first(3), byte_view(text).subspan(3)};
      (void)kernel.sha1(parts);
      (void)kernel.sha256(parts);
    }
    EXPECT_EQ(uses(), 0u) << kernel.name;
  }
}

TEST_F(ConstantTime, EveryKernelOfMessages) {
  const auto auth_key = secret<256>(random);
  for (const std::size_t size : {48u, 1024u}) {
    std::vector<byte_buffer> texts(13, byte_buffer(size));
    const auto run = [&]<class Message>(const message_kernel<Message>& kernel, Message empty) {
      std::vector<Message> messages(texts.size(), empty);
      for (std::size_t i = 0; i < texts.size(); ++i) {
        random.fill(texts[i]);
        make_secret(texts[i]);
        messages[i].text = texts[i];
      }
      kernel.run(messages);
      EXPECT_EQ(uses(), 0u) << kernel.name;
    };
    for (const open_kernel& kernel : open_kernels())
      if (kernel.supported()) run(kernel, {auth_key, direction::client_to_server, {}, {}});
    for (const seal_kernel& kernel : seal_kernels())
      if (kernel.supported()) run(kernel, {auth_key, direction::server_to_client, {}});
  }
}

TEST_F(ConstantTime, EveryKernelOfManyTextsOfIge) {
  for (const ige_batch_kernel& kernel : ige_batch_kernels()) {
    if (!kernel.supported()) continue;
    const auto key = secret<32>(random), iv = secret<32>(random);
    std::vector<byte_buffer> texts(13, byte_buffer(160));
    std::vector<ige_text> jobs;
    for (byte_buffer& text : texts) {
      random.fill(text);
      make_secret(text);
      jobs.push_back({key, iv, text});
    }
    kernel.encrypt(jobs);
    kernel.decrypt(jobs);
    EXPECT_EQ(uses(), 0u) << kernel.name;
  }
}

// OpenSSL's own exponentiation is left out: it looks at leading zeros of the exponent and of the
// result while it converts them (dh_pow.cpp).
TEST_F(ConstantTime, PowersByTable) {
  for (const detail::multiply_2048 multiply :
       {detail::multiply_2048_portable
#ifdef __x86_64__
        ,
        detail::multiply_2048_adx_supported() ? detail::multiply_2048_adx
                                              : detail::multiply_2048_portable
#endif
       }) {
    const detail::fixed_base table(3, known_prime(), multiply);
    auto exponent = random.array<dh_size>();
    const auto expected = table.power(exponent);
    make_secret(exponent);
    const auto power = table.power(exponent);
    EXPECT_EQ(uses(), 0u);
    make_public(power.view());
    EXPECT_EQ(power, expected);
  }
}

TEST_F(ConstantTime, DerivationOfMessageKeys) {
  const auto auth_key = secret<256>(random);
  byte_buffer text(64);
  random.fill(text);
  make_secret(text);
  for (const direction sender : {direction::client_to_server, direction::server_to_client}) {
    message_key msg_key = msg_key_from_large(msg_key_large(auth_key, sender, text));
    make_public(msg_key);
    (void)derive_v2(auth_key, msg_key, sender);
    msg_key = msg_key_v1(text);
    make_public(msg_key);
    (void)derive_v1(auth_key, msg_key, sender);
  }
  EXPECT_EQ(uses(), 0u);
}

TEST_F(ConstantTime, DerivationOfTheKeyExchangesAesKey) {
  const auto new_nonce = secret<32>(random);
  (void)derive_tmp_aes(new_nonce, random.array<16>());
  EXPECT_EQ(uses(), 0u);
}

//= AK-22 test
//= SEC-19 test
TEST_F(ConstantTime, WhatIsUnderRsaIsCheckedWholeInBothSchemes) {
  // Of no scheme; and one of each.
  const auto noise = secret<rsa_size>(random);
  core::secret_array<rsa_pad_padded_size> padded;
  bool outcome = detail::unpad(noise, padded.span());
  make_public({reinterpret_cast<const core::byte*>(&outcome), sizeof outcome});
  EXPECT_FALSE(outcome);
  std::size_t end = detail::sha1_end(noise);
  make_public({reinterpret_cast<const core::byte*>(&end), sizeof end});
  EXPECT_EQ(end, 0u);

  for (const std::size_t size : {0u, 40u, 232u}) {
    auto plain = random.array<rsa_size>();
    plain[0] = 0;
    std::ranges::copy(sha1(byte_view(plain).subspan(21, size)), plain.begin() + 1);
    make_secret(plain);
    end = detail::sha1_end(plain);
    make_public({reinterpret_cast<const core::byte*>(&end), sizeof end});
    EXPECT_EQ(end, size + 1);
  }
  EXPECT_EQ(uses(), 0u);
}

TEST_F(ConstantTime, Hmac) {
  const auto key = secret<16>(random);
  (void)hmac_sha256(key, random.array<32>());
  EXPECT_EQ(uses(), 0u);
}

}  // namespace
}  // namespace corogram::crypto

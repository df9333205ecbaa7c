// The one place that uses OpenSSL's own IGE, as a judge: it is deprecated and not to be built upon.
#define OPENSSL_SUPPRESS_DEPRECATED

#include "data.hpp"

#include <corogram/core/random.hpp>
#include <corogram/crypto/ige.hpp>
#include <corogram/crypto/ige_kernel.hpp>

#include <gtest/gtest.h>
#include <openssl/aes.h>

#include <array>
#include <cstddef>
#include <string>
#include <vector>

namespace corogram::crypto {
namespace {

using core::byte_buffer;
using core::byte_span;
using core::byte_view;

using block = std::array<core::byte, aes_block_size>;

block block_at(byte_view from, std::size_t index) {
  block copied;
  std::copy_n(from.begin() + static_cast<std::ptrdiff_t>(index * copied.size()), copied.size(),
              copied.begin());
  return copied;
}

block operator^(block a, const block& b) {
  for (std::size_t i = 0; i < a.size(); ++i) a[i] = static_cast<core::byte>(a[i] ^ b[i]);
  return a;
}

enum class way { encrypt = AES_ENCRYPT, decrypt = AES_DECRYPT };

byte_buffer judged(byte_view key, byte_view iv, byte_view in, way direction) {
  AES_KEY schedule;
  const int bits = static_cast<int>(key.size() * 8);
  if (direction == way::encrypt)
    AES_set_encrypt_key(key.data(), bits, &schedule);
  else
    AES_set_decrypt_key(key.data(), bits, &schedule);
  byte_buffer changing_iv(iv.begin(), iv.end()), out(in.size());
  AES_ige_encrypt(in.data(), out.data(), in.size(), &schedule, changing_iv.data(),
                  static_cast<int>(direction));
  return out;
}

TEST(IgeJudge, KnowsThePublishedVectorsOfAes128) {
  for (const test::vectors& known : data_cases("ige.txt")) {
    const byte_buffer plain = known["plaintext"], encrypted = known["ciphertext"];
    EXPECT_EQ(judged(known["key"], known["iv"], plain, way::encrypt), encrypted);
    EXPECT_EQ(judged(known["key"], known["iv"], encrypted, way::decrypt), plain);
  }
}

TEST(IgeKernels, TheReferenceIsFirstAndAlwaysSupported) {
  EXPECT_EQ(ige_kernels().front().name, "reference");
  EXPECT_TRUE(ige_kernels().front().supported());
}

// Meson runs these tests once more for each kernel, with COROGRAM_KERNEL set.
TEST(IgeKernels, TheOneInUseIsTheOneThatTheEnvironmentAsksFor) {
  const ige_kernel& used = ige_kernel_in_use();
  RecordProperty("kernel", std::string(used.name));
  EXPECT_EQ(&used, &choose_kernel(ige_kernels(), forced_kernels()));
}

std::vector<ige_kernel> supported_kernels() {
  std::vector<ige_kernel> supported;
  for (const ige_kernel& kernel : ige_kernels())
    if (kernel.supported()) supported.push_back(kernel);
  return supported;
}

/// Everything below runs for each kernel that this machine supports.
class Ige : public testing::TestWithParam<ige_kernel> {
 protected:
  byte_buffer encrypt(std::span<const core::byte, 32> key, std::span<const core::byte, 32> iv,
                      byte_view in) const {
    byte_buffer out(in.size());
    kernel.encrypt(key, iv, in, out);
    return out;
  }

  byte_buffer decrypt(std::span<const core::byte, 32> key, std::span<const core::byte, 32> iv,
                      byte_view in) const {
    byte_buffer out(in.size());
    kernel.decrypt(key, iv, in, out);
    return out;
  }

  const ige_kernel kernel = GetParam();
  core::test_random random{8};
};

INSTANTIATE_TEST_SUITE_P(Kernel, Ige, testing::ValuesIn(supported_kernels()),
                         [](const auto& tested) { return std::string(tested.param.name); });

// The standard's pairs of blocks p[i], c[i] are made into an IGE text by XORs alone: with
// in[i] = p[i] ^ out[i-1], the definition demands out[i] = c[i] ^ in[i-1].
TEST_P(Ige, FollowsFromTheStandardsSingleBlocks) {
  const test::vectors known = data("aes256_blocks.txt");
  const auto key = known.array<32>("key");
  const byte_buffer p = known["plaintext"], c = known["ciphertext"];
  const auto iv = random.array<32>();

  block last_out = block_at(iv, 0), last_in = block_at(iv, 1);
  byte_buffer plain, encrypted;
  for (std::size_t i = 0; i < p.size() / aes_block_size; ++i) {
    const block in = block_at(p, i) ^ last_out;
    const block out = block_at(c, i) ^ last_in;
    core::append(plain, in);
    core::append(encrypted, out);
    last_in = in;
    last_out = out;
  }
  EXPECT_EQ(encrypt(key, iv, plain), encrypted);
  EXPECT_EQ(decrypt(key, iv, encrypted), plain);
}

//= DESC-35 test
TEST_P(Ige, DecryptsAndEncryptsTheOfficialKeyExchanges) {
  for (const char* const file : {"key_exchange_a.txt", "key_exchange_b.txt"}) {
    const test::vectors known = data(file);
    const auto key = known.array<32>("tmp_aes_key"), iv = known.array<32>("tmp_aes_iv");
    for (const char* const message : {"encrypted_answer", "client_enc"}) {
      const byte_buffer encrypted = known[message];
      const byte_buffer plain = decrypt(key, iv, encrypted);
      EXPECT_EQ(plain, judged(key, iv, encrypted, way::decrypt)) << file << " " << message;
      EXPECT_EQ(encrypt(key, iv, plain), encrypted) << file << " " << message;
    }
  }
}

TEST_P(Ige, AgreesWithOpenSslAtEveryLengthUpTo64Blocks) {
  for (std::size_t blocks = 0; blocks <= 64; ++blocks) {
    const auto key = random.array<32>(), iv = random.array<32>();
    byte_buffer in(blocks * aes_block_size);
    random.fill(in);
    EXPECT_EQ(encrypt(key, iv, in), judged(key, iv, in, way::encrypt)) << blocks;
    EXPECT_EQ(decrypt(key, iv, in), judged(key, iv, in, way::decrypt)) << blocks;
  }
}

TEST_P(Ige, AgreesWithOpenSslOnLongTexts) {
  for (int round = 0; round < 8; ++round) {
    const auto key = random.array<32>(), iv = random.array<32>();
    byte_buffer in((1000 + random.below(10'000)) * aes_block_size);
    random.fill(in);
    EXPECT_TRUE(encrypt(key, iv, in) == judged(key, iv, in, way::encrypt)) << in.size();
    EXPECT_TRUE(decrypt(key, iv, in) == judged(key, iv, in, way::decrypt)) << in.size();
  }
}

// Input, output, key and initialisation vector at every alignment; in place and not; nothing is
// written outside the output.
TEST_P(Ige, TakesUnalignedAndOverlappingBuffersAndWritesOnlyItsOutput) {
  constexpr std::size_t guard = 32;
  constexpr core::byte guard_value = 0xa5;
  for (std::size_t shift = 0; shift < 16; ++shift) {
    const std::size_t size = (1 + random.below(20)) * aes_block_size;
    byte_buffer secrets(shift + 64);
    random.fill(secrets);
    const std::span<const core::byte, 32> key(secrets.data() + shift, 32);
    const std::span<const core::byte, 32> iv(secrets.data() + shift + 32, 32);
    byte_buffer in(shift + size);
    random.fill(in);
    const byte_view text = byte_view(in).subspan(shift);

    for (const way direction : {way::encrypt, way::decrypt}) {
      const auto function = direction == way::encrypt ? kernel.encrypt : kernel.decrypt;
      const byte_buffer expected = judged(key, iv, text, direction);

      byte_buffer guarded(guard + shift + size + guard, guard_value);
      const byte_span out = byte_span(guarded).subspan(guard + shift, size);
      function(key, iv, text, out);
      EXPECT_TRUE(core::equal(out, expected)) << shift;

      std::ranges::copy(text, out.begin());
      function(key, iv, out, out);
      EXPECT_TRUE(core::equal(out, expected)) << shift << " in place";

      for (std::size_t i = 0; i < guarded.size(); ++i) {
        if (i < guard + shift || i >= guard + shift + size) {
          EXPECT_EQ(guarded[i], guard_value) << i;
        }
      }
    }
  }
}

}  // namespace
}  // namespace corogram::crypto

#include "data.hpp"

#include <corogram/core/random.hpp>
#include <corogram/crypto/hash.hpp>
#include <corogram/crypto/hash_kernel.hpp>

#include <gtest/gtest.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace corogram::crypto {
namespace {

using core::byte_buffer;
using core::byte_view;

template <class Digest>
Digest judged(const char* name, byte_view text) {
  Digest digest;
  std::size_t size = 0;
  EXPECT_EQ(EVP_Q_digest(nullptr, name, nullptr, text.data(), text.size(), digest.data(), &size),
            1);
  EXPECT_EQ(size, digest.size());
  return digest;
}

TEST(HashKernels, TheReferenceIsFirstAndAlwaysSupported) {
  EXPECT_EQ(hash_kernels().front().name, "reference");
  EXPECT_TRUE(hash_kernels().front().supported());
}

// Meson runs these tests once more for each kernel, with COROGRAM_KERNEL set.
TEST(HashKernels, TheOneInUseIsTheOneThatTheEnvironmentAsksFor) {
  const hash_kernel& used = hash_kernel_in_use();
  RecordProperty("kernel", std::string(used.name));
  EXPECT_EQ(&used, &choose_kernel(hash_kernels(), forced_kernels()));
}

std::vector<hash_kernel> supported_kernels() {
  std::vector<hash_kernel> supported;
  for (const hash_kernel& kernel : hash_kernels())
    if (kernel.supported()) supported.push_back(kernel);
  return supported;
}

/// For each kernel that this machine supports.
class HashKernel : public testing::TestWithParam<hash_kernel> {
 protected:
  sha1_digest sha1_of(byte_view text) const { return kernel.sha1(std::span(&text, 1)); }
  sha256_digest sha256_of(byte_view text) const { return kernel.sha256(std::span(&text, 1)); }

  const hash_kernel kernel = GetParam();
  core::test_random random{1};
};

INSTANTIATE_TEST_SUITE_P(Each, HashKernel, testing::ValuesIn(supported_kernels()),
                         [](const auto& tested) { return std::string(tested.param.name); });

TEST_P(HashKernel, AgreesWithTheStandard) {
  for (const test::vectors& known : data_cases("hash.txt")) {
    const byte_buffer text = known["text"];
    EXPECT_EQ(sha1_of(text), known.array<20>("sha1"));
    EXPECT_EQ(sha256_of(text), known.array<32>("sha256"));
  }
}

TEST_P(HashKernel, AgreesWithOpenSslAtEveryLengthAndAlignment) {
  for (std::size_t size = 0; size <= 300; ++size) {
    byte_buffer text(size + size % 16);
    random.fill(text);
    const byte_view shifted = byte_view(text).last(size);
    ASSERT_EQ(sha1_of(shifted), judged<sha1_digest>("SHA1", shifted)) << size;
    ASSERT_EQ(sha256_of(shifted), judged<sha256_digest>("SHA256", shifted)) << size;
  }
}

TEST_P(HashKernel, AgreesWithOpenSslOnALongText) {
  byte_buffer text(100'003);
  random.fill(text);
  EXPECT_EQ(sha1_of(text), judged<sha1_digest>("SHA1", text));
  EXPECT_EQ(sha256_of(text), judged<sha256_digest>("SHA256", text));
}

TEST_P(HashKernel, TakesATextInPartsCutAnywhere) {
  byte_buffer text(200);
  random.fill(text);
  const byte_view whole(text);
  const auto sha1_expected = judged<sha1_digest>("SHA1", text);
  const auto sha256_expected = judged<sha256_digest>("SHA256", text);
  for (std::size_t first = 0; first <= 200; ++first)
    for (const std::size_t second : {std::size_t{0}, std::size_t{1}, std::size_t{63},
                                     std::size_t{64}, std::size_t{65}, std::size_t{128}}) {
      if (first + second > whole.size()) continue;
      const std::array parts{whole.first(first), whole.subspan(first, second),
                             whole.subspan(first + second)};
      ASSERT_EQ(kernel.sha1(parts), sha1_expected) << first << " " << second;
      ASSERT_EQ(kernel.sha256(parts), sha256_expected) << first << " " << second;
    }
}

TEST_P(HashKernel, CompressesLikeTheReferenceFromAnyState) {
  const hash_kernel& reference = hash_kernels().front();
  for (std::size_t count = 0; count <= 20; ++count) {
    byte_buffer blocks(count * detail::hash_block_size + count % 16);
    random.fill(blocks);
    const core::byte* const from = blocks.data() + count % 16;
    detail::sha1_state sha1_state, expected_sha1;
    for (std::uint32_t& word : sha1_state) word = random.integer<std::uint32_t>();
    expected_sha1 = sha1_state;
    kernel.sha1_compress(sha1_state, from, count);
    reference.sha1_compress(expected_sha1, from, count);
    EXPECT_EQ(sha1_state, expected_sha1) << count;

    detail::sha256_state sha256_state, expected_sha256;
    for (std::uint32_t& word : sha256_state) word = random.integer<std::uint32_t>();
    expected_sha256 = sha256_state;
    kernel.sha256_compress(sha256_state, from, count);
    reference.sha256_compress(expected_sha256, from, count);
    EXPECT_EQ(sha256_state, expected_sha256) << count;
  }
}

TEST(Hash, AgreesWithTheStandard) {
  for (const test::vectors& known : data_cases("hash.txt")) {
    const byte_buffer text = known["text"];
    EXPECT_EQ(sha1(text), known.array<20>("sha1"));
    EXPECT_EQ(sha256(text), known.array<32>("sha256"));
    if (known.has("sha512")) {
      EXPECT_EQ(sha512(text), known.array<64>("sha512"));
    }
  }
}

TEST(Hash, AgreesWithOpenSslAtEveryLengthAcrossTwoBlocks) {
  core::test_random random(1);
  for (std::size_t size = 0; size <= 260; ++size) {
    byte_buffer text(size);
    random.fill(text);
    EXPECT_EQ(sha1(text), judged<sha1_digest>("SHA1", text)) << size;
    EXPECT_EQ(sha256(text), judged<sha256_digest>("SHA256", text)) << size;
    EXPECT_EQ(sha512(text), judged<sha512_digest>("SHA512", text)) << size;
  }
}

TEST(Hash, OfManyBlocksIsTheCompressionsOfTheKernelInUse) {
  core::test_random random(3);
  byte_buffer blocks(5 * detail::hash_block_size);
  random.fill(blocks);
  detail::sha256_state state = detail::sha256_initial, expected = detail::sha256_initial;
  detail::sha256_compress(state, blocks.data(), 5);
  hash_kernel_in_use().sha256_compress(expected, blocks.data(), 5);
  EXPECT_EQ(state, expected);
}

TEST(Hash, OfPartsIsTheHashOfTheirConcatenation) {
  const byte_buffer whole{1, 2, 3, 4, 5, 6, 7};
  const byte_view view(whole);
  const std::array<core::byte, 2> middle{3, 4};
  EXPECT_EQ(sha1(view.first(2), middle, view.subspan(4)), sha1(whole));
  EXPECT_EQ(sha256(view.first(2), middle, byte_buffer{}, view.subspan(4)), sha256(whole));
  EXPECT_EQ(sha512(view.first(2), middle, view.subspan(4)), sha512(whole));
  EXPECT_EQ(sha256(), sha256(byte_buffer{}));
}

TEST(Hash, HasherTakesPiecesOfAnySizeAndStartsAgainAfterFinish) {
  core::test_random random(2);
  sha256_hasher hasher;
  for (int round = 0; round < 20; ++round) {
    byte_buffer text(random.below(1000));
    random.fill(text);
    for (byte_view rest = text; !rest.empty();) {
      const std::size_t size = std::min<std::size_t>(rest.size(), random.below(100));
      hasher.update(rest.first(size));
      rest = rest.subspan(size);
    }
    EXPECT_EQ(hasher.finish(), sha256(text)) << round;
  }
}

}  // namespace
}  // namespace corogram::crypto

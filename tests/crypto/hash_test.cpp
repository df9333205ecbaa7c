#include "data.hpp"

#include <corogram/core/random.hpp>
#include <corogram/crypto/hash.hpp>

#include <gtest/gtest.h>
#include <openssl/evp.h>

#include <array>
#include <cstddef>

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

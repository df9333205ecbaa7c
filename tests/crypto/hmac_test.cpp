#include "support/vectors.hpp"

#include <corogram/crypto/hmac.hpp>

#include <gtest/gtest.h>

namespace corogram::crypto {
namespace {

TEST(HmacSha256, AgreesWithTheVectors) {
  for (const auto& vector :
       corogram::test::read_vector_cases(COROGRAM_TEST_DATA "/hmac_sha256.txt")) {
    const core::byte_buffer key = vector["key"];
    const core::byte_buffer data = vector["data"];
    const auto expected = vector.array<32>("hmac");
    EXPECT_EQ(hmac_sha256(key, data), expected);
    const core::byte_view view(data);
    EXPECT_EQ(hmac_sha256(key, view.first(3), core::byte_view(), view.subspan(3)), expected);
  }
}

}  // namespace
}  // namespace corogram::crypto

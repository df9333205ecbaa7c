#include <corogram/core/base64.hpp>

#include <gtest/gtest.h>

#include <utility>

namespace corogram::core {
namespace {

// The test vectors of RFC 4648, section 10.
constexpr std::pair<std::string_view, std::string_view> vectors[] = {
    {"", ""},
    {"f", "Zg=="},
    {"fo", "Zm8="},
    {"foo", "Zm9v"},
    {"foob", "Zm9vYg=="},
    {"fooba", "Zm9vYmE="},
    {"foobar", "Zm9vYmFy"},
};

TEST(Base64, AgreesWithTheVectors) {
  for (const auto& [plain, encoded] : vectors) {
    EXPECT_EQ(to_base64(as_bytes(plain)), encoded);
    const auto decoded = from_base64(encoded);
    ASSERT_TRUE(decoded) << encoded;
    EXPECT_EQ(as_text(*decoded), plain);
  }
}

TEST(Base64, ReadsWithoutPadding) {
  EXPECT_EQ(as_text(*from_base64("Zg")), "f");
  EXPECT_EQ(as_text(*from_base64("Zm8")), "fo");
}

TEST(Base64, ReadsBothAlphabets) {
  const byte_buffer bytes{0xfb, 0xff, 0xbf};
  EXPECT_EQ(to_base64(bytes), "+/+/");
  EXPECT_EQ(*from_base64("+/+/"), bytes);
  EXPECT_EQ(*from_base64("-_-_"), bytes);
}

TEST(Base64, NamesThePositionOfWhatDoesNotBelong) {
  for (const auto& [text, offset] :
       {std::pair("Zm9*", 3u), std::pair("Z", 0u), std::pair("Zm9vY", 4u), std::pair("Z===", 1u),
        std::pair("Zg=", 2u), std::pair("=", 0u), std::pair("Zm9v Zg=", 4u)}) {
    const auto decoded = from_base64(text);
    ASSERT_FALSE(decoded) << text;
    EXPECT_EQ(decoded.error().code, errc::bad_base64) << text;
    EXPECT_EQ(decoded.error().offset, offset) << text;
  }
}

}  // namespace
}  // namespace corogram::core

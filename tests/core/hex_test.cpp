#include <corogram/core/hex.hpp>

#include <gtest/gtest.h>

namespace corogram::core {
namespace {

TEST(Hex, PrintsTwoLowerCaseDigitsForEachByte) {
  EXPECT_EQ(to_hex(byte_buffer{0x00, 0x0f, 0xa5, 0xff}), "000fa5ff");
  EXPECT_EQ(to_hex({}), "");
}

TEST(Hex, PrintsIdsInTheOrderOfTheWire) {
  EXPECT_EQ(wire_hex(0x0102030405060708), "0807060504030201");
}

TEST(Hex, ReadsBothCasesAndSkipsWhiteSpaceBetweenPairs) {
  const auto bytes = from_hex("00 0F\n\tfF ");
  ASSERT_TRUE(bytes);
  EXPECT_EQ(*bytes, (byte_buffer{0x00, 0x0f, 0xff}));
}

TEST(Hex, NamesThePositionOfWhatIsNotHexadecimal) {
  const auto lone = from_hex("00f");
  ASSERT_FALSE(lone);
  EXPECT_EQ(lone.error().code, errc::bad_hex);
  EXPECT_EQ(lone.error().offset, 2u);

  const auto first = from_hex("g0");
  ASSERT_FALSE(first);
  EXPECT_EQ(first.error().offset, 0u);

  const auto split_pair = from_hex("00 1 1");
  ASSERT_FALSE(split_pair);
  EXPECT_EQ(split_pair.error().offset, 4u);
}

}  // namespace
}  // namespace corogram::core

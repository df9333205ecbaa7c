#include <corogram/core/reader.hpp>
#include <corogram/core/writer.hpp>

#include <gtest/gtest.h>

#include <limits>
#include <memory>

namespace corogram::core {
namespace {

//= GEN-01 test
TEST(Writer, PutsTheLeastSignificantByteFirst) {
  byte_buffer out;
  writer(out).le(std::uint32_t{0x01020304}).be(std::uint16_t{0x0506}).le(std::int8_t{-1});
  EXPECT_EQ(out, (byte_buffer{4, 3, 2, 1, 5, 6, 0xff}));
}

TEST(Reader, ReadsWhatTheWriterWrote) {
  byte_buffer out;
  writer(out).le(std::numeric_limits<std::int64_t>::min()).be(std::uint32_t{0xdeadbeef});
  reader in(out);
  EXPECT_EQ(*in.le<std::int64_t>(), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(*in.be<std::uint32_t>(), 0xdeadbeef);
  EXPECT_TRUE(in.finish());
}

TEST(Reader, FailsAtEveryPrefixWithoutMoving) {
  for (std::size_t size = 0; size < 8; ++size) {
    // An exact-size heap block, so that the address sanitizer sees a read past the end.
    const auto block = std::make_unique<byte[]>(size);
    reader in(byte_view(block.get(), size));
    const auto value = in.le<std::uint64_t>();
    ASSERT_FALSE(value);
    EXPECT_EQ(value.error().code, errc::truncated);
    EXPECT_EQ(value.error().offset, 0u);
    EXPECT_EQ(in.remaining(), size);
    EXPECT_FALSE(in.take(size + 1));
    EXPECT_FALSE(in.take(std::numeric_limits<std::size_t>::max()));
    EXPECT_TRUE(in.take(size));
  }
}

TEST(Reader, FinishNamesWhereTheLeftoverBegins) {
  const byte_buffer bytes(5);
  reader in(bytes);
  ASSERT_TRUE(in.array<3>());
  EXPECT_EQ(in.finish().error().code, errc::trailing_bytes);
  EXPECT_EQ(in.finish().error().offset, 3u);
}

}  // namespace
}  // namespace corogram::core

#include "session_support.hpp"

#include <corogram/core/hex.hpp>
#include <corogram/mtproto/errc.hpp>
#include <corogram/mtproto/packed.hpp>
#include <corogram/tl/gzip.hpp>

#include <gtest/gtest.h>

namespace corogram::mtproto {
namespace {

using namespace session_test;

//= SM-43 test
TEST(Packed, GivesBackWhatWasPacked) {
  auto object = call_body(1, 3000);
  EXPECT_FALSE(is_packed(object));
  ASSERT_TRUE(pack(object));
  EXPECT_TRUE(is_packed(object));
  EXPECT_EQ(object.size() % 4, 0u);
  EXPECT_LT(object.size(), 100u);
  const auto inside = unpack(object, 4000);
  ASSERT_TRUE(inside);
  EXPECT_EQ(inside->object, call_body(1, 3000));
  EXPECT_FALSE(inside->by_zlib);
}

//= SM-43 test
TEST(Packed, IsReadAsOthersWriteIt) {
  // Python's gzip and zlib, of the bytes 0d 0c 0b 0a 07 00 00 00.
  const auto by_gzip = *core::from_hex(
      "a1cf7230"
      "1c1f8b0800000000000203e3e5e1e66267606000001770278408000000000000");
  const auto inside = unpack(by_gzip, 100);
  ASSERT_TRUE(inside);
  EXPECT_EQ(core::to_hex(inside->object), "0d0c0b0a07000000");
  const auto by_zlib = *core::from_hex(
      "a1cf7230"
      "10789ce3e5e1e662676060000001540036000000");
  const auto other = unpack(by_zlib, 100);
  ASSERT_TRUE(other);
  EXPECT_EQ(core::to_hex(other->object), "0d0c0b0a07000000");
  EXPECT_TRUE(other->by_zlib);
}

//= INV-16 test
TEST(Packed, LeavesWhatWouldNotGetShorter) {
  core::byte_buffer noise(1000);
  core::test_random(1).fill(noise);
  auto copy = noise;
  EXPECT_FALSE(pack(copy));
  EXPECT_EQ(copy, noise);
}

//= SM-46 test
TEST(Packed, FailsOnBombsOnCutsAndOnWhatIsPackedTwice) {
  auto object = call_body(1, 3000);
  ASSERT_TRUE(pack(object));
  EXPECT_FALSE(unpack(object, 3007));
  EXPECT_TRUE(unpack(object, 3008));
  for (std::size_t size = 0; size < object.size(); ++size)
    EXPECT_FALSE(unpack(core::byte_view(object).first(size), 4000)) << size;
  service::gzip_packed again;
  again.packed_data = tl::gzip(object);
  const auto outcome = unpack(tl::encode(again), 4000);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, errc::bad_packing);
}

}  // namespace
}  // namespace corogram::mtproto

#include "bytes.hpp"

#include <corogram/core/random.hpp>
#include <corogram/tl/gzip.hpp>

#include <gtest/gtest.h>
#include <zlib.h>

#include <optional>

namespace corogram::tl {
namespace {

core::byte_buffer zlib_packed(core::byte_view plain) {
  uLongf size = compressBound(plain.size());
  core::byte_buffer packed(size);
  EXPECT_EQ(compress(packed.data(), &size, plain.data(), plain.size()), Z_OK);
  packed.resize(size);
  return packed;
}

//= SM-43 test
TEST(gzip, comes_back_as_it_was) {
  core::test_random random(1);
  for (const std::size_t size : {0U, 1U, 255U, 256U, 4096U, 1'000'000U}) {
    core::byte_buffer noise(size);
    random.fill(noise);
    for (const core::byte_buffer& plain : {noise, core::byte_buffer(size, 7)}) {
      const auto back = gunzip(gzip(plain), size);
      ASSERT_TRUE(back) << size << ": " << back.error().message();
      EXPECT_TRUE(*back == plain);
    }
  }
}

TEST(gzip, reads_what_other_programs_write) {
  // printf hello | gzip -n
  const auto hello = gunzip(test::bytes("1f8b0800000000000003cb48cdc9c9070086a6103605000000"), 100);
  ASSERT_TRUE(hello) << hello.error().message();
  EXPECT_EQ(core::as_text(*hello), "hello");
}

TEST(gzip, takes_both_wrappers_and_tells_which) {
  const core::byte_buffer plain = test::counting(1000);
  gzip_wrapper found{};
  ASSERT_TRUE(gunzip(gzip(plain), 1000, &found));
  EXPECT_EQ(found, gzip_wrapper::gzip);
  const auto back = gunzip(zlib_packed(plain), 1000, &found);
  ASSERT_TRUE(back);
  EXPECT_EQ(found, gzip_wrapper::zlib);
  EXPECT_EQ(*back, plain);
}

//= SM-46 test
TEST(gzip, refuses_to_inflate_beyond_the_limit) {
  const core::byte_buffer bomb = gzip(core::byte_buffer(50'000'000));
  EXPECT_LT(bomb.size(), 100'000U);
  const auto refused = gunzip(bomb, 1'000'000);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, errc::too_large);
  EXPECT_EQ(gunzip(bomb).error().code, errc::too_large);
  const core::byte_buffer exact = gzip(core::byte_buffer(1000));
  EXPECT_TRUE(gunzip(exact, 1000));
  EXPECT_EQ(gunzip(exact, 999).error().code, errc::too_large);
  EXPECT_EQ(gunzip(exact, 0).error().code, errc::too_large);
}

//= SM-46 test
TEST(gzip, refuses_every_prefix_and_anything_after_the_end) {
  const core::byte_buffer plain = test::counting(300);
  for (const core::byte_buffer& packed : {gzip(plain), zlib_packed(plain)}) {
    for (std::size_t size = 0; size < packed.size(); ++size) {
      const auto cut = gunzip(core::byte_view(packed).first(size), 1000);
      ASSERT_FALSE(cut) << size;
      EXPECT_EQ(cut.error().code, errc::bad_gzip);
    }
    const auto longer = gunzip(core::concat(packed, test::bytes("00")), 1000);
    ASSERT_FALSE(longer);
    EXPECT_EQ(longer.error().code, errc::trailing_bytes);
    EXPECT_EQ(longer.error().offset, packed.size());
    EXPECT_EQ(gunzip(core::concat(packed, packed), 1000).error().code, errc::trailing_bytes);
  }
}

TEST(gzip, notices_damage) {
  const core::byte_buffer packed = gzip(test::counting(300));
  // Bytes 3 to 9 are flags, time and system: damage there changes nothing, or what is skipped.
  for (std::size_t at = 10; at < packed.size(); ++at) {
    core::byte_buffer damaged = packed;
    damaged[at] ^= 0x10;
    EXPECT_FALSE(gunzip(damaged, 1000)) << at;
  }
  EXPECT_EQ(gunzip(test::counting(100), 1000).error().code, errc::bad_gzip);
}

}  // namespace
}  // namespace corogram::tl

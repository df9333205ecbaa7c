#include "support.hpp"

#include <corogram/transport/detect.hpp>
#include <corogram/transport/errc.hpp>

#include <gtest/gtest.h>

namespace corogram::transport {
namespace {

using namespace test;

constexpr std::size_t limit = 1 << 20;

/// What detect says, as one word.
std::string verdict(core::byte_view first) {
  const auto found = detect(first, limit);
  if (!found) return found.error().code == errc::unknown_protocol ? "refused" : "other error";
  if (const incomplete* more = std::get_if<incomplete>(&*found))
    return "needs " + std::to_string(more->needed);
  if (const plain_start* plain = std::get_if<plain_start>(&*found))
    return std::string(to_string(plain->kind)) + " after " + std::to_string(plain->tag_size);
  if (const http_start* method = std::get_if<http_start>(&*found))
    return method->is_get ? "http get" : "http";
  return std::holds_alternative<tls_start>(*found) ? "tls" : "obfuscated";
}

TEST(Detect, KnowsEachTagAndWaitsForNoMore) {
  EXPECT_EQ(verdict({}), "needs 1");
  EXPECT_EQ(verdict(bytes("ef")), "abridged after 1");
  EXPECT_EQ(verdict(bytes("ef000000000000000000")), "abridged after 1");
  EXPECT_EQ(verdict(bytes("ee")), "needs 4");
  EXPECT_EQ(verdict(bytes("eeeeee")), "needs 4");
  EXPECT_EQ(verdict(bytes("eeeeeeee")), "intermediate after 4");
  EXPECT_EQ(verdict(bytes("dddddd")), "needs 4");
  EXPECT_EQ(verdict(bytes("dddddddd")), "padded_intermediate after 4");
}

//= TR-18 test
TEST(Detect, KnowsFullFramingByItsFirstNumber) {
  EXPECT_EQ(verdict(bytes("34000000")), "needs 8");
  EXPECT_EQ(verdict(bytes("34000000000000")), "needs 8");
  EXPECT_EQ(verdict(bytes("3400000000000000")), "full after 0");
  EXPECT_EQ(verdict(bytes("1000000000000000")), "full after 0");
  EXPECT_EQ(verdict(bytes("0c00100000000000")), "full after 0");
  // Not a length; above the limit.
  EXPECT_EQ(verdict(bytes("0000000000000000")), "refused");
  EXPECT_EQ(verdict(bytes("0c00000000000000")), "refused");
  EXPECT_EQ(verdict(bytes("3500000000000000")), "refused");
  EXPECT_EQ(verdict(bytes("1000100000000000")), "refused");
}

TEST(Detect, TakesNoiseForObfuscationOnceThereAre64Bytes) {
  core::byte_buffer block = noise(64);
  for (std::size_t size = 8; size < 64; ++size)
    EXPECT_EQ(verdict(core::byte_view(block).first(size)), "needs 64");
  EXPECT_EQ(verdict(block), "obfuscated");
  // Half of a tag is no tag.
  block[0] = 0xee;
  block[1] = 0xee;
  EXPECT_EQ(verdict(block), "obfuscated");
}

//= GEN-10 test
TEST(Detect, KnowsTheMethodsOfHttp) {
  EXPECT_EQ(verdict(core::as_bytes("POS")), "needs 4");
  EXPECT_EQ(verdict(core::as_bytes("POST")), "http");
  EXPECT_EQ(verdict(core::as_bytes("HEAD")), "http");
  EXPECT_EQ(verdict(core::as_bytes("OPTIONS /apiw")), "http");
  EXPECT_EQ(verdict(core::as_bytes("GET ")), "http get");
}

TEST(Detect, KnowsAClientHello) {
  EXPECT_EQ(verdict(bytes("16030102")), "needs 8");
  EXPECT_EQ(verdict(bytes("1603010200010001")), "needs 11");
  EXPECT_EQ(verdict(bytes("16030102000100 01fc 0303")), "tls");
  EXPECT_EQ(verdict(bytes("16030106b9010006b50303")), "tls");
  // What an obfuscated header may have by chance.
  EXPECT_EQ(verdict(bytes("16030106b9020006b50303")), "needs 64");
  core::byte_buffer block = noise(64);
  std::ranges::copy(bytes("16030106"), block.begin());
  EXPECT_EQ(verdict(block), "obfuscated");
}

//= TR-35 test
TEST(Detect, RefusesTheBeginningThatNoHeaderHas) {
  core::byte_buffer block = noise(64);
  std::ranges::copy(bytes("16030102"), block.begin());
  EXPECT_EQ(verdict(block), "refused");
}

}  // namespace
}  // namespace corogram::transport

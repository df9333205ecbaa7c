#include "data.hpp"

#include <corogram/core/random.hpp>
#include <corogram/crypto/crc32.hpp>

#include <gtest/gtest.h>

#include <cstddef>
#include <string>

namespace corogram::crypto {
namespace {

using core::byte_buffer;
using core::byte_view;

// The definition: a division of polynomials, bit by bit.
std::uint32_t by_definition(byte_view bytes) {
  std::uint32_t crc = 0xffffffff;
  for (const core::byte value : bytes) {
    crc ^= value;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xedb88320u : 0u);
  }
  return ~crc;
}

TEST(Crc32, GivesTheNumbersOfTheOfficialSchemas) {
  const test::vectors known = data("crc32.txt");
  ASSERT_EQ(known.entries().size(), 86u);
  for (const auto& [number, text] : known.entries())
    EXPECT_EQ(crc32(core::as_bytes(text)), std::stoul(number, nullptr, 16)) << text;
}

TEST(Crc32, GivesTheCheckValueOfItsDefinition) {
  EXPECT_EQ(crc32(core::as_bytes("123456789")), 0xcbf43926u);
  EXPECT_EQ(crc32({}), 0u);
}

TEST(Crc32, AgreesWithTheDefinitionAtEveryLengthAndAlignment) {
  core::test_random random(4);
  byte_buffer bytes(300);
  random.fill(bytes);
  for (std::size_t begin = 0; begin < 9; ++begin)
    for (std::size_t size = 0; begin + size <= 100; ++size) {
      const byte_view part = byte_view(bytes).subspan(begin, size);
      EXPECT_EQ(crc32(part), by_definition(part)) << begin << "+" << size;
    }
}

TEST(Crc32, GoesOnFromWhatWasComputedBefore) {
  core::test_random random(5);
  byte_buffer bytes(200);
  random.fill(bytes);
  const byte_view whole(bytes);
  for (std::size_t cut = 0; cut <= whole.size(); ++cut)
    EXPECT_EQ(crc32(whole.subspan(cut), crc32(whole.first(cut))), crc32(whole)) << cut;
}

}  // namespace
}  // namespace corogram::crypto

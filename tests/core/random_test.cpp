#include <corogram/core/random.hpp>

#include <gtest/gtest.h>

namespace corogram::core {
namespace {

// The first outputs of SplitMix64 for the seed 1234567, as published with its reference code
// and repeated by the Rosetta Code entry "Pseudo-random numbers/Splitmix64".
TEST(TestRandom, IsSplitMix64) {
  test_random random(1234567);
  EXPECT_EQ(random.next(), 6457827717110365317u);
  EXPECT_EQ(random.next(), 3203168211198807973u);
  EXPECT_EQ(random.next(), 9817491932198370423u);
}

TEST(TestRandom, FillsEveryLength) {
  for (std::size_t size = 0; size < 40; ++size) {
    byte_buffer bytes(size + 1, 0xee);
    test_random(size).fill(byte_span(bytes).first(size));
    EXPECT_EQ(bytes[size], 0xee);
    if (size >= 8) {
      EXPECT_EQ(load_le<std::uint64_t>(bytes.data()), test_random(size).next());
    }
  }
}

}  // namespace
}  // namespace corogram::core

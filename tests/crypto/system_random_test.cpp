#include <corogram/crypto/system_random.hpp>

#include <gtest/gtest.h>

#include <cstddef>
#include <set>

namespace corogram::crypto {
namespace {

TEST(SystemRandom, DoesNotRepeatItself) {
  system_random random;
  std::set<std::array<core::byte, 16>> seen;
  for (int i = 0; i < 1000; ++i) EXPECT_TRUE(seen.insert(random.array<16>()).second);
}

TEST(SystemRandom, FillsEveryByte) {
  system_random random;
  core::byte_buffer ever_set(64);
  for (int i = 0; i < 64; ++i) {
    core::byte_buffer drawn(ever_set.size());
    random.fill(drawn);
    for (std::size_t k = 0; k < drawn.size(); ++k)
      ever_set[k] = static_cast<core::byte>(ever_set[k] | drawn[k]);
  }
  // Each bit was 1 at least once in 64 draws: it fails by chance once in 2^55.
  EXPECT_EQ(ever_set, core::byte_buffer(64, 0xff));
}

TEST(SystemRandom, TakesAnEmptyRequest) {
  system_random().fill({});
}

}  // namespace
}  // namespace corogram::crypto

#include <corogram/core/secret.hpp>

#include <gtest/gtest.h>

#include <new>
#include <sstream>

namespace corogram::core {
namespace {

using secret = secret_array<4>;
constexpr std::array<byte, 4> sample{1, 2, 3, 4};

TEST(Secret, PrintsAsStars) {
  std::ostringstream out;
  out << secret(sample) << secret_buffer(byte_view(sample));
  EXPECT_EQ(out.str(), "******");
}

TEST(Secret, MovingWipesTheSource) {
  secret from(sample);
  const secret to = std::move(from);
  EXPECT_EQ(to, secret(sample));
  EXPECT_EQ(from, secret());
}

TEST(Secret, DestructionWipesTheBytes) {
  alignas(secret) std::array<byte, sizeof(secret)> storage;
  auto* const living = new (storage.data()) secret(sample);
  living->~secret();
  EXPECT_EQ(storage, (std::array<byte, 4>{}));
}

TEST(Secret, WipeOnExitClearsTheScopesBytes) {
  std::array<byte, 4> bytes = sample;
  {
    const wipe_on_exit wiper(bytes);
  }
  EXPECT_EQ(bytes, (std::array<byte, 4>{}));
}

TEST(Secret, ConstantTimeComparisonSeesEveryBit) {
  const byte_buffer a(33, 0x5a);
  EXPECT_TRUE(equal_constant_time(a, byte_buffer(a)));
  EXPECT_FALSE(equal_constant_time(a, byte_view(a).first(32)));
  for (std::size_t bit = 0; bit < a.size() * 8; ++bit) {
    byte_buffer b = a;
    b[bit / 8] = static_cast<byte>(b[bit / 8] ^ (1 << bit % 8));
    EXPECT_FALSE(equal_constant_time(a, b));
  }
}

}  // namespace
}  // namespace corogram::core

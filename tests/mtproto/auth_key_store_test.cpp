#include <corogram/core/random.hpp>
#include <corogram/mtproto/auth_key_store.hpp>

#include <gtest/gtest.h>

#include <chrono>

namespace corogram::mtproto {
namespace {

using namespace std::chrono_literals;

auth_key key_from(std::uint64_t seed) {
  core::secret_array<256> bytes;
  core::test_random(seed).fill(bytes.span());
  return auth_key(std::move(bytes));
}

stored_key permanent(std::uint64_t seed) {
  return {key_from(seed), 7};
}

stored_key temporary(std::uint64_t seed, core::deadline end) {
  return {key_from(seed), 8, key_expiry{end, 1'800'000'000}};
}

//= DESC-04 test
TEST(AuthKeyStore, AnIdIsGivenOnce) {
  auth_key_store keys;
  EXPECT_TRUE(keys.insert(permanent(1)));
  EXPECT_FALSE(keys.insert(permanent(1)));
  EXPECT_FALSE(keys.insert(temporary(1, 5s)));
  EXPECT_EQ(keys.size(), 1U);
  const std::int64_t id = key_from(1).id();
  ASSERT_TRUE(keys.contains(id));
  EXPECT_EQ(keys.find(id)->key, key_from(1));
  EXPECT_EQ(keys.find(id)->first_salt, 7);
  EXPECT_FALSE(keys.find(id)->is_temporary());
  EXPECT_FALSE(keys.poll_deadline());
  EXPECT_TRUE(keys.erase(id));
  EXPECT_FALSE(keys.erase(id));
  EXPECT_EQ(keys.find(id), nullptr);
}

//= AK-55 test
TEST(AuthKeyStore, ATemporaryKeyIsGoneWhenItsTimeIsUp) {
  auth_key_store keys;
  keys.insert(permanent(1));
  keys.insert(temporary(2, 20s));
  keys.insert(temporary(3, 10s));
  EXPECT_EQ(keys.poll_deadline(), core::deadline(10s));
  EXPECT_TRUE(keys.handle_timeout({10s - 1ns, {}}).empty());
  EXPECT_EQ(keys.handle_timeout({10s, {}}), std::vector{key_from(3).id()});
  EXPECT_FALSE(keys.contains(key_from(3).id()));
  EXPECT_EQ(keys.poll_deadline(), core::deadline(20s));
  EXPECT_TRUE(keys.erase(key_from(2).id()));
  EXPECT_FALSE(keys.poll_deadline());
  EXPECT_TRUE(keys.contains(key_from(1).id()));
}

//= PFS-14 test
TEST(AuthKeyStore, APermanentKeyHasOneTemporaryKeyAtMost) {
  auth_key_store keys;
  for (const std::uint64_t seed : {1U, 2U}) keys.insert(permanent(seed));
  for (const std::uint64_t seed : {3U, 4U}) keys.insert(temporary(seed, 10s));
  const auto id = [](std::uint64_t seed) { return key_from(seed).id(); };
  const auto partner = [&](std::uint64_t seed) { return keys.find(id(seed))->bound_to; };

  EXPECT_TRUE(keys.bind(id(3), id(1)));
  EXPECT_EQ(partner(3), id(1));
  EXPECT_EQ(partner(1), id(3));

  EXPECT_TRUE(keys.bind(id(4), id(1)));
  EXPECT_EQ(partner(3), 0);
  EXPECT_EQ(partner(1), id(4));

  EXPECT_TRUE(keys.bind(id(4), id(2)));
  EXPECT_EQ(partner(1), 0);
  EXPECT_EQ(partner(2), id(4));

  EXPECT_TRUE(keys.bind(id(4), id(2)));
  EXPECT_EQ(partner(2), id(4));
  keys.erase(id(4));
  EXPECT_EQ(partner(2), 0);
}

TEST(AuthKeyStore, OnlyATemporaryKeyIsBoundAndOnlyToAPermanentOne) {
  auth_key_store keys;
  keys.insert(permanent(1));
  keys.insert(permanent(2));
  keys.insert(temporary(3, 10s));
  keys.insert(temporary(4, 10s));
  const auto id = [](std::uint64_t seed) { return key_from(seed).id(); };
  EXPECT_FALSE(keys.bind(id(1), id(2)));
  EXPECT_FALSE(keys.bind(id(3), id(4)));
  EXPECT_FALSE(keys.bind(id(1), id(3)));
  EXPECT_FALSE(keys.bind(id(9), id(1)));
  EXPECT_FALSE(keys.bind(id(3), id(9)));
  EXPECT_TRUE(keys.bind(id(3), id(1)));
  keys.handle_timeout({10s, {}});
  EXPECT_EQ(keys.find(id(1))->bound_to, 0);
}

}  // namespace
}  // namespace corogram::mtproto

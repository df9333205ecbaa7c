#include "exchange_support.hpp"

#include <corogram/core/endian.hpp>
#include <corogram/mtproto/auth_key.hpp>

#include <gtest/gtest.h>

#include <sstream>

namespace corogram::mtproto {
namespace {

using exchange_test::sample_packets;
using exchange_test::sample_values;

auth_key key_of(char sample) {
  return auth_key(core::secret_array<256>(
      std::span<const core::byte, 256>(sample_values(sample).array<256>("auth_key"))));
}

//= DESC-03 test
//= AK-46 test
//= AK-57 test
TEST(AuthKey, IdAndAuxHashAreTheTwoEndsOfTheSha1OfTheOfficialSamples) {
  for (const char sample : {'a', 'b'}) {
    const auth_key key = key_of(sample);
    const auto expected = sample_packets(sample);
    EXPECT_EQ(key.id(), core::load_le<std::int64_t>(expected.array<8>("auth_key_id").data()));
    EXPECT_EQ(key.aux_hash(),
              core::load_le<std::int64_t>(expected.array<8>("auth_key_aux_hash").data()));
  }
}

TEST(AuthKey, ACloneIsTheSameKeyAndPrintsAsItsId) {
  const auth_key key = key_of('b');
  const auth_key copy = key.clone();
  EXPECT_EQ(copy, key);
  EXPECT_EQ(copy.id(), key.id());
  EXPECT_FALSE(key == key_of('a'));
  std::ostringstream text;
  text << key;
  EXPECT_EQ(text.str(), "auth_key 65588b3350ef784e");
}

}  // namespace
}  // namespace corogram::mtproto

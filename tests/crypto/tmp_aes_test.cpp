#include "data.hpp"

#include <corogram/crypto/hash.hpp>
#include <corogram/crypto/ige.hpp>
#include <corogram/crypto/tmp_aes.hpp>

#include <gtest/gtest.h>

#include <cstddef>

namespace corogram::crypto {
namespace {

using core::byte_buffer;
using core::byte_view;

class OfficialExchange : public testing::TestWithParam<const char*> {
 protected:
  const test::vectors known = data(GetParam());
  const aes_key_iv derived =
      derive_tmp_aes(known.array<32>("new_nonce"), known.array<16>("server_nonce"));
};

INSTANTIATE_TEST_SUITE_P(TmpAes, OfficialExchange,
                         testing::Values("key_exchange_a.txt", "key_exchange_b.txt"),
                         [](const auto& tested) { return std::string(tested.param, 14); });

//= AK-30 test
//= AK-31 test
TEST_P(OfficialExchange, GivesTheKeyAndTheInitialisationVector) {
  EXPECT_TRUE(core::equal(derived.key.view(), known["tmp_aes_key"]));
  EXPECT_TRUE(core::equal(derived.iv.view(), known["tmp_aes_iv"]));
}

//= AK-32 test
TEST_P(OfficialExchange, DecryptsBothSidesFromTheSameInitialisationVectorAndEncryptsThemAgain) {
  // The sizes are those of server_DH_inner_data and client_DH_inner_data.
  const struct {
    const char* message;
    std::size_t inner_size;
    const char* inner_sha1;
  } sides[] = {{"encrypted_answer", 564, "server_inner_sha1"},
               {"client_enc", 304, "client_inner_sha1"}};
  for (const auto& side : sides) {
    const byte_buffer encrypted = known[side.message];
    byte_buffer plain(encrypted.size());
    ige_decrypt(derived.key.view(), derived.iv.view(), encrypted, plain);
    const sha1_digest hash = sha1(byte_view(plain).subspan(20, side.inner_size));
    EXPECT_TRUE(core::equal(hash, byte_view(plain).first(20))) << side.message;
    EXPECT_EQ(hash, known.array<20>(side.inner_sha1)) << side.message;

    byte_buffer again(plain.size());
    ige_encrypt(derived.key.view(), derived.iv.view(), plain, again);
    EXPECT_EQ(again, encrypted) << side.message;
  }
}

}  // namespace
}  // namespace corogram::crypto

#include "exchange_support.hpp"
#include "support/scripted_random.hpp"

#include <corogram/core/endian.hpp>
#include <corogram/crypto/ige.hpp>
#include <corogram/crypto/kdf.hpp>
#include <corogram/mtproto/errc.hpp>
#include <corogram/mtproto/pfs.hpp>
#include <corogram/tl/codec.hpp>

#include <gtest/gtest.h>

#include <algorithm>

namespace corogram::mtproto {
namespace {

using exchange_test::own_data;
using exchange_test::sample_values;

auth_key sample_key(char sample) {
  return auth_key(core::secret_array<256>(
      std::span<const core::byte, 256>(sample_values(sample).array<256>("auth_key"))));
}

/// The binding of the vector: sample a is the permanent key, sample b the temporary one.
class Binding : public ::testing::Test {
 protected:
  Binding() : vector_(own_data("binding.txt")), permanent_(sample_key('a')) {
    binding_.nonce = static_cast<std::int64_t>(vector_.number("nonce"));
    binding_.temp_auth_key_id = sample_key('b').id();
    binding_.perm_auth_key_id = permanent_.id();
    binding_.temp_session_id =
        core::load_le<std::int64_t>(vector_.array<8>("temp_session_id").data());
    binding_.expires_at = static_cast<std::int32_t>(vector_.number("expires_at"));
    msg_id_ = static_cast<std::int64_t>(vector_.number("msg_id"));
    sealed_ = vector_["encrypted_message"];
  }

  void expect_refused(core::byte_view sealed, std::int64_t msg_id, const key_binding& expected) {
    const auto outcome = open_binding(permanent_, sealed, msg_id, expected);
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().code, make_error_code(errc::bad_binding));
  }

  test::vectors vector_;
  auth_key permanent_;
  key_binding binding_;
  std::int64_t msg_id_ = 0;
  core::byte_buffer sealed_;
};

//= PFS-07 test
//= PFS-08 test
//= PFS-09 test
//= PFS-10 test
//= PFS-11 test
//= SCH-07 test
//= V1-04 test
TEST_F(Binding, TheVectorIsMadeByteForByte) {
  test::scripted_random random(core::concat(vector_["random"], vector_["padding"]));
  const core::byte_buffer sealed = seal_binding(permanent_, binding_, msg_id_, random);
  EXPECT_EQ(core::to_hex(sealed), core::to_hex(sealed_));
  EXPECT_EQ(sealed.size(), bind_message_size);
  EXPECT_EQ(random.left(), 0U);
}

TEST_F(Binding, TheVectorIsOpened) {
  const auto outcome = open_binding(permanent_, sealed_, msg_id_, binding_);
  EXPECT_TRUE(outcome) << outcome.error().message();
}

TEST_F(Binding, RandomPartsDoNotMatter) {
  core::test_random random(4);
  for (int i = 0; i < 20; ++i) {
    const core::byte_buffer sealed = seal_binding(permanent_, binding_, msg_id_, random);
    EXPECT_NE(sealed, sealed_);
    EXPECT_TRUE(open_binding(permanent_, sealed, msg_id_, binding_));
  }
}

//= PFS-07 test
//= PFS-09 test
TEST_F(Binding, WhateverDiffersFromTheCallAndItsSessionIsRefused) {
  expect_refused(sealed_, msg_id_ + 4, binding_);
  std::int64_t key_binding::* const longs[] = {&key_binding::nonce, &key_binding::temp_auth_key_id,
                                               &key_binding::perm_auth_key_id,
                                               &key_binding::temp_session_id};
  for (const auto field : longs) {
    key_binding other = binding_;
    other.*field ^= 1;
    expect_refused(sealed_, msg_id_, other);
  }
  key_binding other = binding_;
  ++other.expires_at;
  expect_refused(sealed_, msg_id_, other);
}

TEST_F(Binding, AnotherPermanentKeyDoesNotOpenIt) {
  const auth_key stranger = sample_key('b');
  EXPECT_FALSE(open_binding(stranger, sealed_, msg_id_, binding_));
  key_binding claimed = binding_;
  claimed.perm_auth_key_id = stranger.id();
  core::byte_buffer sealed = sealed_;
  core::store_le(sealed.data(), stranger.id());
  EXPECT_FALSE(open_binding(stranger, sealed, msg_id_, claimed));
}

TEST_F(Binding, EveryFlippedBitIsRefused) {
  // IGE garbles the block of a flipped bit and all after it. In the last block, half of it padding,
  // the other half is data, so nothing that is flipped goes unnoticed.
  for (std::size_t bit = 0; bit < sealed_.size() * 8; ++bit) {
    core::byte_buffer altered = sealed_;
    altered[bit / 8] = static_cast<core::byte>(altered[bit / 8] ^ (1U << bit % 8));
    EXPECT_FALSE(open_binding(permanent_, altered, msg_id_, binding_)) << "bit " << bit;
  }
}

//= V1-04 test
//= V1-05 test
TEST_F(Binding, OtherLengthsAreRefused) {
  for (std::size_t size = 0; size < sealed_.size() + 32; ++size) {
    core::byte_buffer altered = sealed_;
    altered.resize(size);
    EXPECT_EQ(static_cast<bool>(open_binding(permanent_, altered, msg_id_, binding_)),
              size == bind_message_size)
        << size;
  }
}

//= V1-04 test
//= V1-05 test
TEST_F(Binding, ARightlyKeyedMessageOfAWrongLengthLooksLikeAWrongKey) {
  constexpr std::size_t length_at = 28, message_size = 72;
  core::byte_buffer plain(80);
  const auto key = permanent_.view();
  const auto msg_key_at = core::byte_view(sealed_).subspan(8, 16);
  crypto::message_key msg_key;
  std::ranges::copy(msg_key_at, msg_key.begin());
  const auto aes = crypto::derive_v1(key, msg_key, crypto::direction::client_to_server);
  crypto::ige_decrypt(aes.key.view(), aes.iv.view(), core::byte_view(sealed_).subspan(24), plain);

  const auto sealed_again = [&](std::int32_t length, std::size_t keyed, std::size_t padding) {
    core::byte_buffer text(plain.begin(), plain.begin() + message_size);
    core::store_le(text.data() + length_at, length);
    text.resize(keyed);
    const auto own_msg_key = crypto::msg_key_v1(text);
    text.resize(keyed + padding);
    const auto own_aes = crypto::derive_v1(key, own_msg_key, crypto::direction::client_to_server);
    crypto::ige_encrypt(own_aes.key.view(), own_aes.iv.view(), text, text);
    core::byte_buffer sealed(sealed_.begin(), sealed_.begin() + 8);
    core::append(sealed, own_msg_key);
    core::append(sealed, text);
    return sealed;
  };
  EXPECT_TRUE(open_binding(permanent_, sealed_again(40, 72, 8), msg_id_, binding_));
  for (const std::int32_t length : {-40, 0, 36, 41, 44, 48, 52, 0x7fffffff})
    expect_refused(sealed_again(length, 72, 8), msg_id_, binding_);
  // The padding counted in, one block of padding more, and none where some has to be.
  expect_refused(sealed_again(40, 80, 0), msg_id_, binding_);
  expect_refused(sealed_again(48, 80, 0), msg_id_, binding_);
  expect_refused(sealed_again(40, 72, 24), msg_id_, binding_);
  expect_refused(sealed_again(40, 64, 0), msg_id_, binding_);
}

}  // namespace
}  // namespace corogram::mtproto

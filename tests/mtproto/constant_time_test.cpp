// Runs under valgrind, like its namesake of the layer crypto: what is secret counts as unset, and a
// branch or an index that depends on it as an error.

#include <corogram/core/endian.hpp>
#include <corogram/core/random.hpp>
#include <corogram/core/secret.hpp>
#include <corogram/crypto/hash.hpp>
#include <corogram/crypto/ige.hpp>
#include <corogram/crypto/kdf.hpp>
#include <corogram/mtproto/detail/hidden_data.hpp>
#include <corogram/mtproto/detail/version_1.hpp>
#include <corogram/mtproto/envelope.hpp>
#include <corogram/mtproto/pfs.hpp>

#include <gtest/gtest.h>
#include <valgrind/memcheck.h>

#include <algorithm>
#include <array>
#include <cstddef>

namespace corogram::mtproto {
namespace {

void make_secret(core::byte_view bytes) {
  (void)VALGRIND_MAKE_MEM_UNDEFINED(bytes.data(), bytes.size());
}

template <class T>
void make_public(T& object) {
  (void)VALGRIND_MAKE_MEM_DEFINED(&object, sizeof object);
}

unsigned errors() {
  return VALGRIND_COUNT_ERRORS;
}

class ConstantTime : public testing::Test {
 protected:
  /// uses counts the branches on secrets since the test began.
  [[nodiscard]] unsigned uses() const { return errors() - before_; }

  /// A key whose id is known and whose bytes are not.
  auth_key secret_key() {
    auth_key key(core::secret_array<256>(random.array<256>()));
    make_secret(key.view());
    return key;
  }

  core::test_random random{27};

 private:
  unsigned before_ = errors();
};

// If this fails, the others prove nothing: valgrind is missing, or blind.
TEST_F(ConstantTime, ABranchOnAKeyIsSeen) {
  const auth_key key = secret_key();
  if (key.view()[7] == 3) random.next();
  EXPECT_EQ(uses(), 1u);
}

//= SEC-07 test
//= SEC-19 test
TEST_F(ConstantTime, ChecksOfAPacketDependOnItsSizeAlone) {
  const auth_key key = secret_key();
  for (const std::size_t size : {0u, 16u, 32u, 48u, 64u, 2048u}) {
    core::byte_buffer text(size);
    random.fill(text);
    make_secret(text);
    crypto::message_key msg_key = random.array<16>();
    make_secret(msg_key);
    crypto::message_to_open message{key.view(), crypto::direction::client_to_server, msg_key, text};
    crypto::open_message(message);
    bool outcome = detail::is_sound(message);
    make_public(outcome);
    EXPECT_FALSE(outcome);
    EXPECT_EQ(uses(), 0u) << size;
  }
}

//= SEC-19 test
TEST_F(ConstantTime, NoncesAndTheirHashesAreComparedWholly) {
  const auth_key key = secret_key();
  const auto new_nonce = random.array<32>();
  make_secret(new_nonce);
  const tl::int128 ours = detail::new_nonce_hash(new_nonce, detail::hash_number::ok, key);
  const tl::int128 theirs = random.array<16>();
  bool equal = detail::same_nonce(ours, theirs);
  make_public(equal);
  EXPECT_FALSE(equal);
  (void)detail::first_salt(new_nonce, theirs);
  EXPECT_EQ(uses(), 0u);
}

TEST_F(ConstantTime, SealingAPacketAndABinding) {
  const auth_key key = secret_key();
  core::byte_buffer body(64);
  random.fill(body);
  make_secret(body);
  core::byte_buffer packet;
  (void)seal_packet(key, role::client, {1, 2}, {4, 1, body}, random, packet);
  key_binding binding;
  binding.perm_auth_key_id = key.id();
  (void)seal_binding(key, binding, 4, random);
  EXPECT_EQ(uses(), 0u);
}

//= V1-05 test
//= SEC-19 test
TEST_F(ConstantTime, ThePacketsOfTheOldVersionAreLookedForAtEveryLength) {
  for (const std::uint32_t length : {0u, 4u, 16u, 20u, 28u, 32u, 0xfffffffcu}) {
    core::byte_buffer text(64);
    random.fill(text);
    core::store_le(text.data() + 28, length);
    crypto::message_key msg_key =
        crypto::msg_key_v1(core::byte_view(text).first(32 + std::min(length, 32u)));
    make_secret(text);
    make_secret(msg_key);
    bool sound = detail::is_sound_version_1(text, msg_key);
    make_public(sound);
    // Less than a block of padding.
    EXPECT_EQ(sound, length > 16 && length <= 32) << length;
  }
  EXPECT_EQ(uses(), 0u);
}

//= SEC-02 test
//= SEC-19 test
TEST_F(ConstantTime, TheHashOverHiddenDataIsLookedForAtEveryLength) {
  for (const std::size_t unhashed : {0u, 4u, 8u, 12u, 16u}) {
    core::byte_buffer plain(64);
    random.fill(plain);
    const core::byte_view data = core::byte_view(plain).subspan(20, 64 - 20 - unhashed);
    std::ranges::copy(crypto::sha1(data), plain.begin());
    make_secret(plain);
    std::size_t size = detail::hashed_size(plain);
    make_public(size);
    EXPECT_EQ(size, unhashed == 16 ? 0 : data.size());
    EXPECT_EQ(uses(), 0u) << unhashed;
  }
}

//= PFS-10 test
//= SEC-19 test
TEST_F(ConstantTime, ABindingIsCheckedWholeWhateverIsWrongWithIt) {
  const auth_key key = secret_key();
  // What two sides know of a binding, and something else of its size.
  const auto known = random.array<56>(), other = random.array<56>();
  core::byte_buffer message(16);
  core::append(message, known);
  crypto::message_key msg_key = crypto::msg_key_v1(message);
  message.resize(80);
  const auto aes = crypto::derive_v1(key.view(), msg_key, crypto::direction::client_to_server);
  crypto::ige_encrypt(aes.key.view(), aes.iv.view(), message, message);
  core::byte_buffer sealed = core::concat(msg_key, message);
  // It has come over the wire.
  (void)VALGRIND_MAKE_MEM_DEFINED(sealed.data(), sealed.size());
  const auto outcome = [&](core::byte_view expected) {
    bool sound = detail::is_sound_binding(key, sealed, expected);
    make_public(sound);
    return sound;
  };
  EXPECT_TRUE(outcome(known));
  EXPECT_FALSE(outcome(other));
  sealed[40] ^= 1;
  EXPECT_FALSE(outcome(known));
  EXPECT_EQ(uses(), 0u);
}

TEST_F(ConstantTime, NamingAKey) {
  const auto bytes = random.array<256>();
  make_secret(bytes);
  const auth_key key{core::secret_array<256>(bytes)};
  EXPECT_EQ(uses(), 0u);
}

}  // namespace
}  // namespace corogram::mtproto

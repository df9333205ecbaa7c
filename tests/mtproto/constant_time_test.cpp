// Runs under valgrind, like its namesake of the layer crypto: what is secret counts as unset, and a
// branch or an index that depends on it as an error.

#include <corogram/core/random.hpp>
#include <corogram/core/secret.hpp>
#include <corogram/mtproto/detail/hidden_data.hpp>
#include <corogram/mtproto/envelope.hpp>
#include <corogram/mtproto/pfs.hpp>

#include <gtest/gtest.h>
#include <valgrind/memcheck.h>

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
    crypto::sha256_digest large;
    bool outcome =
        detail::is_sound(key.view(), crypto::direction::client_to_server, text, msg_key, large);
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

TEST_F(ConstantTime, NamingAKey) {
  const auto bytes = random.array<256>();
  make_secret(bytes);
  const auth_key key{core::secret_array<256>(bytes)};
  EXPECT_EQ(uses(), 0u);
}

}  // namespace
}  // namespace corogram::mtproto

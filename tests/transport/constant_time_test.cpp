// Runs under valgrind, like its namesakes of the layers crypto and mtproto: what is secret counts
// as unset, and a branch or an index that depends on it as an error.

#include <corogram/core/random.hpp>
#include <corogram/transport/fake_tls_hello.hpp>
#include <corogram/transport/obfuscated.hpp>

#include <gtest/gtest.h>
#include <valgrind/memcheck.h>

#include <array>
#include <cstddef>

namespace corogram::transport {
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

  core::test_random random{28};

 private:
  unsigned before_ = errors();
};

// If this fails, the others prove nothing: valgrind is missing, or blind.
TEST_F(ConstantTime, ABranchOnASecretIsSeen) {
  const auto key = random.array<16>();
  make_secret(key);
  if (key[7] == 3) random.next();
  EXPECT_EQ(uses(), 1u);
}

//= PROXY-18 test
//= SEC-19 test
TEST_F(ConstantTime, TheDigestOfAClientHello) {
  const core::instant now{std::chrono::seconds(5000), std::chrono::seconds(1'800'000'000)};
  core::byte_buffer known{0xee};
  const auto key = random.array<16>(), other_key = random.array<16>();
  core::append(known, key);
  core::append(known, core::as_bytes("example.com"));
  const core::byte_buffer hello = make_client_hello(*proxy_secret::from_bytes(known), now, random);
  make_secret(key);
  make_secret(other_key);
  detail::hello_proof right = detail::check_hello_digest(key, hello);
  detail::hello_proof wrong = detail::check_hello_digest(other_key, hello);
  make_public(right);
  make_public(wrong);
  EXPECT_TRUE(right.authentic);
  EXPECT_EQ(std::chrono::seconds(right.sent), now.wall);
  EXPECT_FALSE(wrong.authentic);
  EXPECT_EQ(uses(), 0u);
}

//= PROXY-24 test
//= SEC-19 test
TEST_F(ConstantTime, TheDigestOfAServersHello) {
  const auto key = random.array<16>();
  make_secret(key);
  const auto client_random = random.array<32>();
  core::byte_buffer answer(200);
  random.fill(answer);
  bool outcome = check_server_digest(key, client_random, answer);
  make_public(outcome);
  EXPECT_FALSE(outcome);
  EXPECT_EQ(uses(), 0u);
}

//= PROXY-04 test
//= SEC-19 test
TEST_F(ConstantTime, AnObfuscationHeaderUnderASecret) {
  const auto secret = random.array<16>();
  make_secret(secret);
  const auto header = random.array<obfuscation_header_size>();
  obfuscation streams(role::server, header, secret);
  obfuscation_header block = header;
  streams.decrypt(block);
  unsigned number = detail::tag_number(std::span<const core::byte, 4>(block.data() + 56, 4));
  make_public(number);
  EXPECT_EQ(number, 0u);
  EXPECT_EQ(uses(), 0u);
}

TEST_F(ConstantTime, EveryTagOfAFraming) {
  for (const auto& [first, inner] : {std::pair{core::byte{0xef}, framing::abridged},
                                     std::pair{core::byte{0xee}, framing::intermediate},
                                     std::pair{core::byte{0xdd}, framing::padded_intermediate}}) {
    std::array<core::byte, 4> tag;
    tag.fill(first);
    make_secret(tag);
    unsigned number = detail::tag_number(tag);
    make_public(number);
    EXPECT_EQ(detail::framing_tagged(number), inner);
  }
  EXPECT_EQ(uses(), 0u);
}

}  // namespace
}  // namespace corogram::transport

// Looks at every block of memory that is given back, and finds none that still holds a piece of a
// secret of a key exchange: its exponents, new_nonce, the key. A test
// of its own, since it replaces the program's operator delete.

#include "exchange_support.hpp"

#include <corogram/crypto/dh.hpp>
#include <corogram/crypto/rsa_pad.hpp>
#include <corogram/service/functions/req_DH_params.hpp>
#include <corogram/service/types/P_Q_inner_data.hpp>

#include <gtest/gtest.h>
#include <malloc.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <new>

namespace {

/// As much of a secret as tells it from chance.
constexpr std::size_t piece_size = 16;

/// The secrets that are looked for, without a block of memory of their own.
struct watched {
  std::array<std::array<unsigned char, 256>, 4> bytes;
  std::array<std::size_t, 4> sizes;
  std::size_t count = 0;
  /// Blocks that were given back with a piece of each in them.
  std::array<int, 4> found{};
  std::size_t blocks = 0;
};
watched secrets;

void look_at(const void* block) noexcept {
  if (secrets.count == 0 || block == nullptr) return;
  ++secrets.blocks;
  const std::size_t size = malloc_usable_size(const_cast<void*>(block));
  for (std::size_t i = 0; i < secrets.count; ++i)
    for (std::size_t at = 0; at + piece_size <= secrets.sizes[i]; at += piece_size)
      if (memmem(block, size, secrets.bytes[i].data() + at, piece_size) != nullptr) {
        ++secrets.found[i];
        break;
      }
}

}  // namespace

void operator delete(void* block) noexcept {
  look_at(block);
  std::free(block);
}
void operator delete(void* block, std::size_t) noexcept {
  look_at(block);
  std::free(block);
}
void* operator new(std::size_t size) {
  void* const block = std::malloc(size);
  if (block == nullptr) throw std::bad_alloc();
  // Whatever a library in C has left there is not ours to find.
  std::memset(block, 0, malloc_usable_size(block));
  return block;
}

namespace corogram::mtproto {
namespace {

class WipedSecrets : public testing::Test {
 protected:
  WipedSecrets() { secrets = {}; }
  ~WipedSecrets() override { secrets = {}; }

  static void watch(core::byte_view secret) {
    std::ranges::copy(secret, secrets.bytes[secrets.count].begin());
    secrets.sizes[secrets.count++] = secret.size();
  }
};

// If this fails, the others prove nothing.
TEST_F(WipedSecrets, OneThatIsLeftBehindIsFound) {
  core::test_random random(1);
  const auto secret = random.array<32>();
  watch(secret);
  {
    const core::byte_buffer copy(secret.begin(), secret.end());
  }
  EXPECT_EQ(secrets.found[0], 1);
}

TEST_F(WipedSecrets, OfAKeyExchangeLeaveNothingBehindOnEitherSide) {
  using namespace exchange_test;
  core::test_random random(2);
  const auto a = random.array<256>(), b = random.array<256>();
  const auto g_a = crypto::dh_pow(3, a, crypto::known_prime());
  const auto key = crypto::dh_pow(g_a.view(), b, crypto::known_prime());
  {
    // Straight from a source that keeps no record of what it drew.
    class planned final : public core::random_source {
     public:
      planned(core::byte_view first, core::byte_view second, std::uint64_t seed)
          : first_(first), second_(second), stream_(seed) {}
      void fill(core::byte_span bytes) noexcept override {
        for (core::byte_view* plan : {&first_, &second_})
          if (plan->size() == bytes.size()) {
            std::ranges::copy(*plan, bytes.begin());
            *plan = {};
            return;
          }
        stream_.fill(bytes);
      }

     private:
      core::byte_view first_, second_;
      core::test_random stream_;
    };
    const auto new_nonce = random.array<32>();
    planned client_random(new_nonce, b, 3);
    planned server_random(a, {}, 4);
    auth_key_store keys;
    auto client =
        std::make_unique<key_exchange_client>(exchange_test::client_config(), client_random);
    auto server =
        std::make_unique<key_exchange_server>(exchange_test::server_config(), keys, server_random);
    watch(new_nonce);
    watch(b);
    watch(a);
    watch(key.view());
    client->start(noon());
    core::byte_buffer query;
    while (client->poll_transmit(query))
      client->handle_packet(std::get<core::byte_buffer>(server->handle_packet(query, noon())),
                            noon());
    {
      const auto outcome = client->poll_outcome();
      ASSERT_TRUE(outcome && *outcome);
      ASSERT_TRUE(core::equal((*outcome)->key.view(), key.view()));
      ASSERT_NE(keys.find((*outcome)->key.id()), nullptr);
      ASSERT_TRUE(keys.erase((*outcome)->key.id()));
    }
    client.reset();
    server.reset();
  }
  EXPECT_EQ(secrets.found, (std::array<int, 4>{}));
  EXPECT_GT(secrets.blocks, 100u);
}

TEST_F(WipedSecrets, InnerDataThatDoesNotDecodeIsForgottenToo) {
  using namespace exchange_test;
  auth_key_store keys;
  core::test_random server_random(5);
  key_exchange_server server(exchange_test::server_config(), keys, server_random);
  client_side client(6);
  client.machine.start(noon());
  client.machine.handle_packet(
      std::get<core::byte_buffer>(server.handle_packet(client.query(), noon())), noon());
  auto query = object_of<service::req_DH_params>(client.query());
  // Whole up to new_nonce, and then the end.
  service::p_q_inner_data inner;
  inner.p = query.p;
  inner.q = query.q;
  core::test_random random(7);
  const auto new_nonce = random.array<32>();
  inner.new_nonce = new_nonce;
  core::byte_buffer data = tl::encode(inner);
  core::store_le(data.data(), service::p_q_inner_data_dc::tl_id);
  query.encrypted_data = *crypto::rsa_sha1_encrypt(server_public_key(), data, random);
  const core::byte_buffer packet = plain_packet(1767268800ll << 32 | 8, tl::encode(query));
  watch(new_nonce);
  const auto answer = server.handle_packet(packet, noon());
  EXPECT_TRUE(std::holds_alternative<key_exchange_refusal>(answer));
  EXPECT_EQ(secrets.found[0], 0);
}

}  // namespace
}  // namespace corogram::mtproto

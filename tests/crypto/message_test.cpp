// OpenSSL's own IGE and hash, put together by hand, judge every kernel of the messages.
#define OPENSSL_SUPPRESS_DEPRECATED

#include "guarded.hpp"

#include <corogram/core/random.hpp>
#include <corogram/crypto/message.hpp>
#include <corogram/crypto/message_kernel.hpp>

#include <gtest/gtest.h>
#include <openssl/aes.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace corogram::crypto {
namespace {

using core::byte_buffer;
using core::byte_span;
using core::byte_view;

using digest = std::array<core::byte, 32>;

digest hash(const byte_buffer& text) {
  digest made;
  SHA256(text.data(), text.size(), made.data());
  return made;
}

/// A message and what must become of it, made without any code of ours.
struct judged {
  byte_buffer auth_key, plain, encrypted;
  direction sender;
  digest msg_key_large;
  message_key msg_key;
};

judged judge(core::test_random& random, std::size_t size, direction sender) {
  judged made{byte_buffer(256), byte_buffer(size), byte_buffer(size), sender, {}, {}};
  random.fill(made.auth_key);
  random.fill(made.plain);
  const byte_view key = made.auth_key;
  const std::size_t x = sender == direction::client_to_server ? 0 : 8;
  made.msg_key_large = hash(core::concat(key.subspan(88 + x, 32), made.plain));
  std::copy_n(made.msg_key_large.begin() + 8, 16, made.msg_key.begin());
  const digest a = hash(core::concat(made.msg_key, key.subspan(x, 36)));
  const digest b = hash(core::concat(key.subspan(40 + x, 36), made.msg_key));
  const byte_view va = a, vb = b;
  const byte_buffer aes_key = core::concat(va.first(8), vb.subspan(8, 16), va.last(8));
  byte_buffer iv = core::concat(vb.first(8), va.subspan(8, 16), vb.last(8));
  AES_KEY schedule;
  AES_set_encrypt_key(aes_key.data(), 256, &schedule);
  AES_ige_encrypt(made.plain.data(), made.encrypted.data(), size, &schedule, iv.data(),
                  AES_ENCRYPT);
  return made;
}

template <class Message>
std::vector<message_kernel<Message>> supported(std::span<const message_kernel<Message>> table) {
  std::vector<message_kernel<Message>> rows;
  std::ranges::copy_if(table, std::back_inserter(rows), [](auto& row) { return row.supported(); });
  return rows;
}

// Meson runs these tests once more for each kernel, with COROGRAM_KERNEL set.
TEST(MessageKernels, TheOnesInUseAreThoseThatTheEnvironmentAsksFor) {
  RecordProperty("open_kernel", std::string(open_kernel_in_use().name));
  RecordProperty("seal_kernel", std::string(seal_kernel_in_use().name));
  EXPECT_EQ(&open_kernel_in_use(), &choose_kernel(open_kernels(), forced_kernels()));
  EXPECT_EQ(&seal_kernel_in_use(), &choose_kernel(seal_kernels(), forced_kernels()));
}

TEST(MessageKernels, TheReferenceIsFirstAndAlwaysSupported) {
  EXPECT_EQ(open_kernels().front().name, "reference");
  EXPECT_TRUE(open_kernels().front().supported());
  EXPECT_EQ(seal_kernels().front().name, "reference");
  EXPECT_TRUE(seal_kernels().front().supported());
}

/// Some messages side by side, each right between forbidden pages.
class messages {
 public:
  messages(core::test_random& random, const std::vector<std::size_t>& sizes,
           test::guarded::edge tight) {
    for (const std::size_t size : sizes) {
      const auto sender =
          random.below(2) == 0 ? direction::client_to_server : direction::server_to_client;
      judged_.push_back(judge(random, size, sender));
      texts_.push_back(std::make_unique<test::guarded>(size, tight));
    }
  }

  void expect_sealed_by(const seal_kernel& kernel) {
    std::vector<message_to_seal> jobs;
    for (std::size_t i = 0; i < judged_.size(); ++i) {
      std::ranges::copy(judged_[i].plain, text(i).begin());
      jobs.push_back({key(i), judged_[i].sender, text(i)});
    }
    kernel.run(jobs);
    for (std::size_t i = 0; i < judged_.size(); ++i) {
      EXPECT_EQ(jobs[i].msg_key_large, judged_[i].msg_key_large) << where(i);
      EXPECT_TRUE(std::ranges::equal(text(i), judged_[i].encrypted)) << where(i);
    }
  }

  void expect_opened_by(const open_kernel& kernel) {
    std::vector<message_to_open> jobs;
    for (std::size_t i = 0; i < judged_.size(); ++i) {
      std::ranges::copy(judged_[i].encrypted, text(i).begin());
      jobs.push_back({key(i), judged_[i].sender, judged_[i].msg_key, text(i)});
    }
    kernel.run(jobs);
    for (std::size_t i = 0; i < judged_.size(); ++i) {
      EXPECT_EQ(jobs[i].msg_key_large, judged_[i].msg_key_large) << where(i);
      EXPECT_TRUE(std::ranges::equal(text(i), judged_[i].plain)) << where(i);
    }
  }

 private:
  [[nodiscard]] byte_span text(std::size_t i) const { return texts_[i]->span(); }
  [[nodiscard]] auth_key_view key(std::size_t i) const {
    return auth_key_view(judged_[i].auth_key.data(), 256);
  }
  [[nodiscard]] std::string where(std::size_t i) const {
    return "message " + std::to_string(i) + " of " + std::to_string(judged_.size()) + ", " +
           std::to_string(judged_[i].plain.size()) + " bytes";
  }

  std::vector<judged> judged_;
  std::vector<std::unique_ptr<test::guarded>> texts_;
};

constexpr std::array edges{test::guarded::edge::begin, test::guarded::edge::end};

/// Everything below runs for each kernel that this machine supports.
class OpenMessage : public testing::TestWithParam<open_kernel> {
 protected:
  core::test_random random{31};
};
class SealMessage : public testing::TestWithParam<seal_kernel> {
 protected:
  core::test_random random{32};
};

INSTANTIATE_TEST_SUITE_P(Kernel, OpenMessage, testing::ValuesIn(supported(open_kernels())),
                         [](const auto& tested) { return std::string(tested.param.name); });
INSTANTIATE_TEST_SUITE_P(Kernel, SealMessage, testing::ValuesIn(supported(seal_kernels())),
                         [](const auto& tested) { return std::string(tested.param.name); });

// What a peer sends may have any number of blocks, none included.
constexpr std::size_t most_blocks = 40;

//= DESC-41 test
TEST_P(OpenMessage, OfEveryLength) {
  for (std::size_t blocks = 0; blocks <= most_blocks; ++blocks)
    for (const auto edge : edges)
      messages(random, {16 * blocks}, edge).expect_opened_by(GetParam());
}

//= DESC-35 test
TEST_P(SealMessage, OfEveryLength) {
  for (std::size_t blocks = 0; blocks <= most_blocks; ++blocks)
    for (const auto edge : edges)
      messages(random, {16 * blocks}, edge).expect_sealed_by(GetParam());
}

/// Numbers of messages that fill no lanes, some, all, and all more than once.
std::vector<std::size_t> random_sizes(core::test_random& random, std::size_t count) {
  std::vector<std::size_t> sizes;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t longest = random.below(3) == 0 ? 16384 : 512;
    sizes.push_back(random.below(longest) / 16 * 16);
  }
  return sizes;
}

TEST_P(OpenMessage, AnyNumberOfAnyLengths) {
  for (std::size_t count = 0; count < 40; ++count)
    messages(random, random_sizes(random, count), edges[count % 2]).expect_opened_by(GetParam());
}

TEST_P(SealMessage, AnyNumberOfAnyLengths) {
  for (std::size_t count = 0; count < 40; ++count)
    messages(random, random_sizes(random, count), edges[count % 2]).expect_sealed_by(GetParam());
}

TEST_P(OpenMessage, ManyOfTheSameLength) {
  for (const std::size_t size : {32u, 48u, 80u, 1024u, 16400u})
    messages(random, std::vector<std::size_t>(27, size), edges[size / 16 % 2])
        .expect_opened_by(GetParam());
}

TEST_P(SealMessage, ManyOfTheSameLength) {
  for (const std::size_t size : {32u, 48u, 80u, 1024u, 16400u})
    messages(random, std::vector<std::size_t>(27, size), edges[size / 16 % 2])
        .expect_sealed_by(GetParam());
}

}  // namespace
}  // namespace corogram::crypto

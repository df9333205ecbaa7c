// Kernels with instructions that valgrind does not know: nothing they execute and no address they
// use depends on a secret. See instruction_trace.hpp.

#include "instruction_trace.hpp"

#include <corogram/core/random.hpp>
#include <corogram/crypto/ctr_kernel.hpp>
#include <corogram/crypto/hash_kernel.hpp>
#include <corogram/crypto/ige_batch.hpp>
#include <corogram/crypto/ige_kernel.hpp>
#include <corogram/crypto/kdf_kernel.hpp>
#include <corogram/crypto/message_kernel.hpp>
#include <corogram/crypto/message_obfuscated.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace corogram::crypto {
namespace {

/// As many messages as fill the lanes of every kernel, and one more. A step takes microseconds, so
/// they are short.
constexpr std::size_t texts_at_once = 13;
constexpr std::array<std::size_t, 3> sizes{48, 112, 176};

/// All that is secret, made of a seed; at the same addresses in every run.
struct secrets {
  std::array<core::byte, 256> auth_key;
  std::array<core::byte, 32> key, iv;
  std::array<std::array<core::byte, sizes.back()>, texts_at_once> texts;
  std::array<core::byte, 592> long_text;
} secret;

void draw_secrets(std::uint64_t seed) {
  core::test_random random(seed);
  random.fill(secret.auth_key);
  random.fill(secret.key);
  random.fill(secret.iv);
  for (auto& text : secret.texts) random.fill(text);
  random.fill(secret.long_text);
}

class InstructionTrace : public testing::Test {
 protected:
  /// is_constant tells whether `work` leaves the same trace whatever the secrets are.
  template <class Work>
  [[nodiscard]] bool is_constant(Work work) {
    // Once beforehand: what is initialised at the first call is not looked for later.
    work();
    draw_secrets(1);
    const auto one = test::trace_of(disassembler_, work);
    draw_secrets(2);
    const auto other = test::trace_of(disassembler_, work);
    const auto differs = std::ranges::mismatch(one, other);
    if (differs.in1 != one.end())
      printf("after %td of %zu instructions, at %#jx\n", differs.in1 - one.begin(), one.size(),
             static_cast<std::uintmax_t>(differs.in1->instruction));
    return one == other;
  }

 private:
  test::disassembler disassembler_;
};

bool is_kernel(std::string_view name) {
  return name != "reference" && name != "openssl";
}

core::byte_span text(std::size_t i, std::size_t size) {
  return core::byte_span(secret.texts[i]).first(size);
}

// If these two fail, the others prove nothing.
TEST_F(InstructionTrace, ABranchOnASecretIsSeen) {
  volatile int count = 0;
  EXPECT_FALSE(is_constant([&] {
    for (const core::byte byte : secret.key)
      if (byte % 2 == 0) count = count + 1;
  }));
}

TEST_F(InstructionTrace, AnIndexThatIsSecretIsSeen) {
  static volatile core::byte table[256];
  EXPECT_FALSE(is_constant([] { (void)table[secret.key[7]]; }));
}

TEST_F(InstructionTrace, EveryKernelOfIge) {
  for (const ige_kernel& kernel : ige_kernels()) {
    if (!kernel.supported() || !is_kernel(kernel.name)) continue;
    EXPECT_TRUE(is_constant([&] {
      kernel.encrypt(secret.key, secret.iv, text(0, 112), text(0, 112));
      kernel.decrypt(secret.key, secret.iv, text(0, 112), text(0, 112));
    })) << kernel.name;
  }
}

TEST_F(InstructionTrace, EveryKernelOfManyTextsOfIge) {
  for (const ige_batch_kernel& kernel : ige_batch_kernels()) {
    if (!kernel.supported() || !is_kernel(kernel.name)) continue;
    for (const std::size_t count : {7u, 13u}) {
      std::vector<ige_text> jobs;
      for (std::size_t i = 0; i < count; ++i)
        jobs.push_back({secret.key, secret.iv, text(i, sizes[i % sizes.size()])});
      EXPECT_TRUE(is_constant([&] {
        kernel.encrypt(jobs);
        kernel.decrypt(jobs);
      })) << kernel.name;
    }
  }
}

TEST_F(InstructionTrace, EveryKernelOfCtr) {
  for (const ctr_kernel& kernel : ctr_kernels()) {
    if (!kernel.supported() || !is_kernel(kernel.name)) continue;
    EXPECT_TRUE(is_constant([&] {
      ctr_stream stream(secret.key, std::array<core::byte, 16>{}, kernel);
      stream.apply(text(0, 5));
      stream.apply(secret.long_text);
    })) << kernel.name;
  }
}

TEST_F(InstructionTrace, EveryKernelOfTheHashes) {
  for (const hash_kernel& kernel : hash_kernels()) {
    if (!kernel.supported() || !is_kernel(kernel.name)) continue;
    const std::array<core::byte_view, 2> parts{core::byte_view(secret.key), text(0, 208)};
    EXPECT_TRUE(is_constant([&] {
      (void)kernel.sha1(parts);
      (void)kernel.sha256(parts);
    })) << kernel.name;
  }
}

TEST_F(InstructionTrace, EveryKernelOfTheKeyDerivation) {
  for (const kdf_kernel& kernel : kdf_kernels()) {
    if (!kernel.supported() || !is_kernel(kernel.name)) continue;
    EXPECT_TRUE(is_constant([&] {
      (void)kernel.derive_v2(secret.auth_key, {}, direction::server_to_client);
    })) << kernel.name;
  }
}

TEST_F(InstructionTrace, EveryKernelThatOpensMessages) {
  for (const open_kernel& kernel : open_kernels()) {
    if (!kernel.supported() || !is_kernel(kernel.name)) continue;
    for (const std::size_t count : {2u, 13u}) {
      std::vector<message_to_open> messages;
      for (std::size_t i = 0; i < count; ++i)
        messages.push_back(
            {secret.auth_key, direction::client_to_server, {}, text(i, sizes[i % sizes.size()])});
      EXPECT_TRUE(is_constant([&] { kernel.run(messages); })) << kernel.name;
    }
  }
}

TEST_F(InstructionTrace, EveryKernelThatSealsMessages) {
  for (const seal_kernel& kernel : seal_kernels()) {
    if (!kernel.supported() || !is_kernel(kernel.name)) continue;
    for (const std::size_t count : {2u, 13u}) {
      std::vector<message_to_seal> messages;
      for (std::size_t i = 0; i < count; ++i)
        messages.push_back(
            {secret.auth_key, direction::client_to_server, text(i, sizes[i % sizes.size()])});
      EXPECT_TRUE(is_constant([&] { kernel.run(messages); })) << kernel.name;
    }
  }
}

TEST_F(InstructionTrace, EveryKernelThatOpensMessagesUnderAKeyStream) {
  for (const obfuscated_open_kernel& kernel : obfuscated_open_kernels()) {
    if (!kernel.supported() || !is_kernel(kernel.name)) continue;
    for (const std::size_t size : sizes)
      EXPECT_TRUE(is_constant([&] {
        ctr_stream stream(secret.key, std::array<core::byte, 16>{});
        stream.apply(text(0, 5));
        message_to_open message{secret.auth_key, direction::client_to_server, {}, text(1, size)};
        kernel.run(message, stream);
      })) << kernel.name;
  }
}

}  // namespace
}  // namespace corogram::crypto

#include "guarded.hpp"

#include <corogram/core/random.hpp>
#include <corogram/crypto/message_obfuscated.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <vector>

namespace corogram::crypto {
namespace {

using core::byte_buffer;

TEST(ObfuscatedMessageKernels, TheOneInUseIsTheOneThatTheEnvironmentAsksFor) {
  const obfuscated_open_kernel& used = obfuscated_open_kernel_in_use();
  RecordProperty("kernel", std::string(used.name));
  EXPECT_EQ(&used, &choose_kernel(obfuscated_open_kernels(), forced_kernels()));
}

std::vector<obfuscated_open_kernel> supported_kernels() {
  std::vector<obfuscated_open_kernel> supported;
  std::ranges::copy_if(obfuscated_open_kernels(), std::back_inserter(supported),
                       [](const obfuscated_open_kernel& kernel) { return kernel.supported(); });
  return supported;
}

/// Everything below runs for each kernel that this machine supports.
class ObfuscatedMessage : public testing::TestWithParam<obfuscated_open_kernel> {
 protected:
  /// Seals and obfuscates messages of these sizes, with `between` other bytes before each, and
  /// expects that the kernel finds them again on one stream that begins at `counter`.
  void expect_found(const std::array<core::byte, 16>& counter,
                    const std::vector<std::size_t>& sizes, std::size_t between) {
    const auto auth_key = random.array<256>();
    const auto stream_key = random.array<32>();
    ctr_stream sender(stream_key, counter), receiver(stream_key, counter);
    for (const std::size_t size : sizes) {
      byte_buffer header(between);
      sender.apply(header);
      receiver.apply(header);

      byte_buffer plain(size);
      random.fill(plain);
      const test::guarded place(
          size, size % 32 == 0 ? test::guarded::edge::begin : test::guarded::edge::end);
      std::ranges::copy(plain, place.span().begin());
      message_to_seal sealed{auth_key, direction::server_to_client, place.span()};
      seal_message(sealed);
      sender.apply(place.span());

      message_to_open opened{auth_key, direction::server_to_client,
                             msg_key_from_large(sealed.msg_key_large), place.span()};
      GetParam().run(opened, receiver);
      EXPECT_TRUE(std::ranges::equal(place.span(), plain)) << size << " after " << between;
      EXPECT_EQ(opened.msg_key_large, sealed.msg_key_large) << size << " after " << between;
    }
    // Both have come as far.
    byte_buffer rest(33);
    sender.apply(rest);
    receiver.apply(rest);
    EXPECT_EQ(rest, byte_buffer(rest.size()));
  }

  core::test_random random{35};
};

INSTANTIATE_TEST_SUITE_P(Kernel, ObfuscatedMessage, testing::ValuesIn(supported_kernels()),
                         [](const auto& tested) { return std::string(tested.param.name); });

TEST_P(ObfuscatedMessage, OfEveryLength) {
  for (std::size_t blocks = 0; blocks <= 24; ++blocks)
    expect_found(random.array<16>(), {16 * blocks, 16 * blocks}, 4);
}

TEST_P(ObfuscatedMessage, AtEveryPlaceOfTheStream) {
  for (std::size_t between = 0; between < 40; ++between)
    expect_found(random.array<16>(), {64, 1024, 48, 400}, between);
}

TEST_P(ObfuscatedMessage, WhereTheCounterOverflowsInItsLowHalf) {
  for (core::byte left = 0; left < 70; ++left) {
    auto counter = random.array<16>();
    std::fill(counter.begin() + 8, counter.end(), core::byte{0xff});
    counter[15] = static_cast<core::byte>(0xff - left);
    expect_found(counter, {512, 512}, left % 3);
  }
}

}  // namespace
}  // namespace corogram::crypto

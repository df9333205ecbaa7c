#include "guarded.hpp"

#include <corogram/core/random.hpp>
#include <corogram/crypto/ige.hpp>
#include <corogram/crypto/ige_batch.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace corogram::crypto {
namespace {

TEST(IgeBatchKernels, TheOneInUseIsTheOneThatTheEnvironmentAsksFor) {
  const ige_batch_kernel& used = ige_batch_kernel_in_use();
  RecordProperty("kernel", std::string(used.name));
  EXPECT_EQ(&used, &choose_kernel(ige_batch_kernels(), forced_kernels()));
}

std::vector<ige_batch_kernel> supported_kernels() {
  std::vector<ige_batch_kernel> supported;
  std::ranges::copy_if(ige_batch_kernels(), std::back_inserter(supported),
                       [](const ige_batch_kernel& kernel) { return kernel.supported(); });
  return supported;
}

/// Some texts, each right between forbidden pages, and what IGE one by one makes of them.
struct texts {
  struct one {
    std::array<core::byte, 32> key, iv;
    core::byte_buffer plain, encrypted;
    std::unique_ptr<test::guarded> place;
  };
  std::vector<one> all;

  texts(core::test_random& random, const std::vector<std::size_t>& sizes,
        test::guarded::edge tight) {
    for (const std::size_t size : sizes) {
      one made{random.array<32>(), random.array<32>(), core::byte_buffer(size),
               core::byte_buffer(size), std::make_unique<test::guarded>(size, tight)};
      random.fill(made.plain);
      ige_encrypt(made.key, made.iv, made.plain, made.encrypted);
      all.push_back(std::move(made));
    }
  }

  [[nodiscard]] std::vector<ige_text> jobs() const {
    std::vector<ige_text> made;
    for (const one& text : all) made.push_back({text.key, text.iv, text.place->span()});
    return made;
  }

  void put(core::byte_buffer one::* what) const {
    for (const one& text : all) std::ranges::copy(text.*what, text.place->span().begin());
  }

  void expect(core::byte_buffer one::* what) const {
    for (const one& text : all)
      EXPECT_TRUE(std::ranges::equal(text.*what, text.place->span()))
          << text.plain.size() << " bytes, one of " << all.size();
  }
};

/// Everything below runs for each kernel that this machine supports.
class IgeBatch : public testing::TestWithParam<ige_batch_kernel> {
 protected:
  void expect_both_ways(const texts& some) const {
    some.put(&texts::one::plain);
    GetParam().encrypt(some.jobs());
    some.expect(&texts::one::encrypted);
    GetParam().decrypt(some.jobs());
    some.expect(&texts::one::plain);
  }

  core::test_random random{33};
};

INSTANTIATE_TEST_SUITE_P(Kernel, IgeBatch, testing::ValuesIn(supported_kernels()),
                         [](const auto& tested) { return std::string(tested.param.name); });

constexpr std::array edges{test::guarded::edge::begin, test::guarded::edge::end};

TEST_P(IgeBatch, AnyNumberOfTheSameLength) {
  for (std::size_t count = 0; count <= 30; ++count)
    for (const std::size_t blocks : {0u, 1u, 4u, 5u, 64u, 67u})
      expect_both_ways(
          texts(random, std::vector<std::size_t>(count, 16 * blocks), edges[(count + blocks) % 2]));
}

TEST_P(IgeBatch, AnyNumberOfAnyLengths) {
  for (std::size_t count = 0; count < 60; ++count) {
    std::vector<std::size_t> sizes(count);
    std::ranges::generate(sizes,
                          [&] { return 16 * random.below(random.below(3) == 0 ? 512 : 24); });
    expect_both_ways(texts(random, sizes, edges[count % 2]));
  }
}

}  // namespace
}  // namespace corogram::crypto

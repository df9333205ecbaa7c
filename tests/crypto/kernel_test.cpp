#include <corogram/crypto/kernel.hpp>

#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <span>
#include <string_view>

namespace corogram::crypto {
namespace {

struct row {
  std::string_view name;
  bool (*supported)() noexcept;
};

bool never() noexcept {
  return false;
}

constexpr std::array rows{
    row{"reference", always_supported},
    row{"aesni", always_supported},
    row{"vaes", always_supported},
    row{"vaes512", never},
    row{"sve", never},
};

std::string_view chosen(std::string_view forced) {
  return choose_kernel(std::span<const row>(rows), forced).name;
}

TEST(Kernel, WithoutAListTheLastSupportedOneIsChosen) {
  EXPECT_EQ(chosen(""), "vaes");
}

TEST(Kernel, EachSupportedOneIsChosenByItsName) {
  for (const row& each : rows) {
    if (each.supported()) {
      EXPECT_EQ(chosen(each.name), each.name);
    }
  }
}

TEST(Kernel, AListOfOtherTablesNamesChangesNothing) {
  for (const std::string_view list : {"shani", "shani,openssl", ",", "vae", "vaess", "aesni "})
    EXPECT_EQ(chosen(list), "vaes") << list;
}

TEST(Kernel, OfAListTheFirstSupportedRowIsChosen) {
  EXPECT_EQ(chosen("shani,aesni"), "aesni");
  EXPECT_EQ(chosen("aesni,shani"), "aesni");
  EXPECT_EQ(chosen("vaes,aesni"), "aesni");
  EXPECT_EQ(chosen("vaes512,vaes"), "vaes");
}

TEST(Kernel, InPlaceOfOneThatThisMachineLacksTheReferenceIsChosen) {
  EXPECT_EQ(chosen("vaes512"), "reference");
  EXPECT_EQ(chosen("sve,vaes512"), "reference");
}

TEST(Kernel, TheListIsThatOfTheEnvironment) {
  const char* const value = std::getenv("COROGRAM_KERNEL");
  EXPECT_EQ(forced_kernels(), value == nullptr ? "" : value);
}

}  // namespace
}  // namespace corogram::crypto

#include <corogram/tl/string.hpp>
#include <corogram/tl/vector.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <span>
#include <utility>
#include <vector>

namespace corogram::tl {
namespace {

TEST(tl_vector, starts_empty_and_all_zero) {
  const vector<string> empty;
  EXPECT_TRUE(empty.empty());
  EXPECT_EQ(empty.begin(), empty.end());
  const std::array<unsigned char, sizeof empty> zeros{};
  EXPECT_TRUE(detail::same_bytes(&empty, zeros.data(), sizeof empty));
}

TEST(tl_vector, comes_from_lists_and_ranges_and_is_a_range) {
  const vector<int> from_list = {1, 2, 3};
  const std::vector<int> standard = {1, 2, 3};
  const vector<int> from_range = standard;
  EXPECT_EQ(from_list, from_range);
  const std::span<const int> span = from_list;
  EXPECT_TRUE(std::ranges::equal(span, standard));
  const std::vector<int> copied = from_list;
  EXPECT_EQ(copied, standard);
  EXPECT_EQ(std::vector<int>(from_list), standard);
  EXPECT_EQ(from_list.front(), 1);
  EXPECT_EQ(from_list.back(), 3);
}

TEST(tl_vector, grows_and_keeps_what_it_holds) {
  vector<string> texts;
  for (int i = 0; i < 1000; ++i) texts.push_back(std::to_string(i));
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(texts[static_cast<std::size_t>(i)], std::to_string(i));
  texts.push_back(texts[7]);
  EXPECT_EQ(texts.back(), "7");
  texts.emplace_back() = "last";
  EXPECT_EQ(texts.size(), 1002U);
  texts.clear();
  EXPECT_TRUE(texts.empty());
  texts.reserve(3);
  EXPECT_TRUE(texts.empty());
}

TEST(tl_vector, copies_are_deep_and_moves_empty_their_source) {
  vector<vector<string>> nested = {{"a", "b"}, {}, {"c"}};
  vector<vector<string>> copy = nested;
  copy[0][0] = "changed";
  EXPECT_EQ(nested[0][0], "a");
  const vector<vector<string>> moved = std::move(nested);
  EXPECT_TRUE(nested.empty());  // NOLINT: what a moved-from vector is, is the point
  EXPECT_EQ(moved[2][0], "c");
  copy = moved;
  EXPECT_EQ(copy, moved);
  const auto& itself = copy;
  copy = itself;
  EXPECT_EQ(copy, moved);
}

TEST(tl_vector, ends_the_program_on_a_wrong_index) {
  vector<int> numbers = {1};
  EXPECT_DEATH(static_cast<void>(numbers[1]), "past the end");
  numbers.clear();
  EXPECT_DEATH(static_cast<void>(numbers.front()), "past the end");
  EXPECT_DEATH(static_cast<void>(numbers.back()), "past the end");
}

}  // namespace
}  // namespace corogram::tl

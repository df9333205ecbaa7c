#include <corogram/tl/string.hpp>

#include <gtest/gtest.h>

#include <array>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace corogram::tl {
namespace {

TEST(tl_string, starts_empty_and_all_zero) {
  const string empty;
  EXPECT_TRUE(empty.empty());
  EXPECT_FALSE(empty.is_borrowed());
  const std::array<unsigned char, sizeof(string)> zeros{};
  EXPECT_TRUE(detail::same_bytes(&empty, zeros.data(), sizeof empty));
}

TEST(tl_string, comes_from_text_and_bytes_and_turns_into_them) {
  const std::vector<std::uint8_t> bytes = {0, 1, 255};
  const string from_bytes = bytes;
  const string from_text = std::string("text");
  const string from_view = std::string_view("text");
  const string from_literal = "text";
  EXPECT_EQ(from_text, from_view);
  EXPECT_EQ(from_text, from_literal);
  EXPECT_EQ(from_bytes, bytes);
  EXPECT_EQ(from_literal, "text");
  EXPECT_EQ(from_literal, std::string_view("text"));
  EXPECT_NE(from_literal, "texts");

  const std::string text = from_text;
  const std::string_view view = from_text;
  const std::span<const std::uint8_t> span = from_bytes;
  EXPECT_EQ(text, "text");
  EXPECT_EQ(view, "text");
  EXPECT_EQ(std::string(from_text), "text");
  EXPECT_EQ(std::string_view(from_text), "text");
  EXPECT_EQ(span.data(), from_bytes.data());
  const std::vector<std::uint8_t> copied = from_bytes;
  EXPECT_EQ(copied, bytes);
  EXPECT_EQ(std::vector<std::uint8_t>(from_bytes), bytes);
  EXPECT_EQ(std::vector<std::uint8_t>(raw(bytes)), bytes);
}

TEST(tl_string, keeps_zero_bytes) {
  const string text(std::string_view("a\0b", 3));
  EXPECT_EQ(text.size(), 3U);
  EXPECT_EQ(text[1], 0);
}

TEST(tl_string, copies_own_their_bytes_and_moves_empty_their_source) {
  std::string source = "a text that is long enough to be on the heap";
  string view = string::borrow(source.data(), source.size());
  EXPECT_TRUE(view.is_borrowed());
  EXPECT_EQ(static_cast<const void*>(view.data()), source.data());

  const string copy = view;
  string moved = std::move(view);
  EXPECT_TRUE(moved.is_borrowed());
  EXPECT_TRUE(view.empty());  // NOLINT: what a moved-from string is, is the point
  source.assign(source.size(), 'x');
  EXPECT_FALSE(copy.is_borrowed());
  EXPECT_EQ(copy, "a text that is long enough to be on the heap");
  EXPECT_EQ(moved, source);

  moved = copy;
  EXPECT_FALSE(moved.is_borrowed());
  const string& itself = moved;
  moved = itself;
  EXPECT_EQ(moved, copy);
  moved = std::move(const_cast<string&>(itself));
  EXPECT_EQ(moved, copy);
}

//= SER-05 test
TEST(tl_string, holds_what_the_length_field_can_tell_and_no_more) {
  const std::string longest(string::max_size, 'x');
  EXPECT_EQ(string(longest).size(), 16'777'215U);
  EXPECT_DEATH(string(longest + 'x'), "2\\^24");
  EXPECT_DEATH(static_cast<void>(string::borrow(longest.data(), longest.size() + 1)), "2\\^24");
}

TEST(tl_string, ends_the_program_on_a_wrong_index) {
  const string text = "ab";
  EXPECT_EQ(text[1], 'b');
  EXPECT_DEATH(static_cast<void>(text[2]), "past the end");
}

TEST(tl_raw, copies_or_borrows_bytes_of_any_length) {
  const std::vector<std::uint8_t> bytes(std::size_t{1} << 24, 7);
  const raw copy(bytes);
  EXPECT_EQ(copy.size(), bytes.size());
  EXPECT_FALSE(copy.is_borrowed());
  raw assigned;
  assigned = bytes;
  EXPECT_EQ(assigned, copy);
  EXPECT_EQ(raw::borrow(bytes.data(), bytes.size()), copy);
}

}  // namespace
}  // namespace corogram::tl

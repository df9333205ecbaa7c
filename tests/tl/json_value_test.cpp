#include <corogram/tl/json_value.hpp>

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>

namespace corogram::tl {
namespace {

// In a heap block of its exact size, so that a sanitizer sees any step outside.
core::result<json_value> read(std::string_view text) {
  const auto block = std::make_unique<char[]>(text.size());
  std::copy(text.begin(), text.end(), block.get());
  return parse_json({block.get(), text.size()});
}

json_value good(std::string_view text) {
  auto outcome = read(text);
  EXPECT_TRUE(outcome.has_value()) << text << ": " << outcome.error().message();
  return outcome ? *std::move(outcome) : json_value();
}

TEST(Json, ReadsEachKindOfValue) {
  EXPECT_EQ(good("null").kind, json_kind::null);
  EXPECT_TRUE(good("true").boolean);
  EXPECT_EQ(good("false").kind, json_kind::boolean);
  EXPECT_FALSE(good("false").boolean);
  EXPECT_EQ(good("[]").kind, json_kind::array);
  EXPECT_EQ(good("{}").kind, json_kind::object);

  const json_value root = good(" {\"a\" : [1, \"x\", {\"b\":null}],\r\n\t\"\":true } ");
  ASSERT_EQ(root.members.size(), 2u);
  EXPECT_EQ(root.offset, 1u);
  EXPECT_EQ(root.members[0].offset, 2u);
  const json_value* elements = root.find("a");
  ASSERT_NE(elements, nullptr);
  ASSERT_EQ(elements->elements.size(), 3u);
  EXPECT_EQ(elements->elements[0].text, "1");
  EXPECT_EQ(elements->elements[1].text, "x");
  EXPECT_EQ(elements->elements[1].offset, 12u);
  EXPECT_NE(elements->elements[2].find("b"), nullptr);
  EXPECT_EQ(root.find("b"), nullptr);
  EXPECT_TRUE(root.find("")->boolean);
}

TEST(Json, KeepsNumbersAsTheyStand) {
  for (const char* text : {"0", "-0", "7", "-12", "0.5", "-1.25e3", "1E+9", "1e-9", "0e0",
                           "123456789012345678901234567890"}) {
    const json_value read_value = good(text);
    EXPECT_EQ(read_value.kind, json_kind::number) << text;
    EXPECT_EQ(read_value.text, text);
  }
}

TEST(Json, ReadsEscapesAndUtf8) {
  EXPECT_EQ(good(R"("\"\\\/\b\f\n\r\t")").text, "\"\\/\b\f\n\r\t");
  EXPECT_EQ(good(R"("\u0041\u00e9\u20AC\ud83d\ude00")").text,
            "A\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80");
  EXPECT_EQ(good(R"("\u0000")").text, std::string(1, '\0'));
  EXPECT_EQ(good("\"\xd0\x9f\xd1\x80\x7f\"").text, "\xd0\x9f\xd1\x80\x7f");
}

struct bad_text {
  std::string_view text;
  json_errc code;
  std::size_t offset;
};

TEST(Json, RefusesEverythingElseAtItsPlace) {
  using enum json_errc;
  for (const bad_text& bad : {
           bad_text{"", syntax, 0},
           {"  ", syntax, 2},
           {"nul", syntax, 0},
           {"nulls", syntax, 4},
           {"True", syntax, 0},
           {"1 2", syntax, 2},
           {"{} {}", syntax, 3},
           {"\xef\xbb\xbf{}", syntax, 0},
           {"// a\n1", syntax, 0},
           {"+1", syntax, 0},
           {"01", syntax, 1},
           {"-", syntax, 1},
           {"-01", syntax, 2},
           {".5", syntax, 0},
           {"1.", syntax, 2},
           {"1.e1", syntax, 2},
           {"1e", syntax, 2},
           {"1e+", syntax, 3},
           {"0x10", syntax, 1},
           {"NaN", syntax, 0},
           {"Infinity", syntax, 0},
           {"[1,]", syntax, 3},
           {"[,1]", syntax, 1},
           {"[1 2]", syntax, 3},
           {"[1", syntax, 2},
           {"[1}", syntax, 2},
           {"{\"a\":1,}", syntax, 7},
           {"{\"a\" 1}", syntax, 5},
           {"{\"a\":}", syntax, 5},
           {"{a:1}", syntax, 1},
           {"{'a':1}", syntax, 1},
           {"{1:1}", syntax, 1},
           {"{\"a\":1 \"b\":2}", syntax, 7},
           {"{\"a\":1", syntax, 6},
           {"{\"a\":1]", syntax, 6},
           {"'a'", syntax, 0},
           {"\"a", syntax, 0},
           {"\"a\nb\"", syntax, 2},
           {"\"a\tb\"", syntax, 2},
           {"\"\\x41\"", syntax, 1},
           {"\"\\", syntax, 1},
           {"\"\\u12", syntax, 1},
           {"\"\\u12g4\"", syntax, 1},
           {"\"\\U0041\"", syntax, 1},
           {"\"\\ud83d\"", bad_string, 1},
           {"\"\\ud83dx\"", bad_string, 1},
           {"\"\\ud83d\\n\"", bad_string, 1},
           {"\"\\ud83d\\u0041\"", bad_string, 1},
           {"\"\\ude00\"", bad_string, 1},
           {"\"ab\xff\"", bad_string, 1},
           {"\"\xc3\"", bad_string, 1},
           {"\"\xed\xa0\x80\"", bad_string, 1},
           {"{\"a\":1,\"b\":2,\"a\":3}", duplicate_member, 13},
           {"{\"a\":1,\"\\u0061\":3}", duplicate_member, 7},
       }) {
    const auto outcome = read(bad.text);
    ASSERT_FALSE(outcome.has_value()) << bad.text;
    EXPECT_EQ(outcome.error().code, bad.code) << bad.text << ": " << outcome.error().message();
    EXPECT_EQ(outcome.error().offset, bad.offset) << bad.text;
    EXPECT_FALSE(outcome.error().expected.empty()) << bad.text;
  }
  EXPECT_FALSE(read(std::string_view("\"a\0\"", 4)).has_value());
  EXPECT_FALSE(read(std::string_view("1\0", 2)).has_value());
}

TEST(Json, NestingIsBounded) {
  const std::string open(max_json_depth, '[');
  EXPECT_TRUE(read(open + std::string(max_json_depth, ']')).has_value());
  const auto arrays = read(std::string(200'000, '['));
  ASSERT_FALSE(arrays.has_value());
  EXPECT_EQ(arrays.error().code, json_errc::too_deep);
  EXPECT_EQ(arrays.error().offset, max_json_depth);
  std::string objects;
  for (int i = 0; i < 100'000; ++i) objects += "{\"a\":";
  EXPECT_EQ(read(objects).error().code, json_errc::too_deep);
}

TEST(Json, EveryPrefixIsRefused) {
  const std::string_view text =
      R"({"a":[1,-2.5e3,"x\n\ud83d\ude00",true,null],"b":{"c":false,"":[]}})";
  ASSERT_TRUE(read(text).has_value());
  for (std::size_t length = 0; length < text.size(); ++length) {
    EXPECT_FALSE(read(text.substr(0, length)).has_value()) << text.substr(0, length);
  }
}

TEST(Json, StringsArePrintedWithEscapes) {
  std::string out;
  append_json_string(out, std::string_view("a\"\\\n\r\t\0\x1f\x7f\xd0\x9f", 11));
  EXPECT_EQ(out, "\"a\\\"\\\\\\n\\r\\t\\u0000\\u001f\x7f\xd0\x9f\"");
  EXPECT_EQ(good(out).text, std::string("a\"\\\n\r\t\0\x1f\x7f\xd0\x9f", 11));
}

}  // namespace
}  // namespace corogram::tl

// Text that nobody wrote on purpose: it must be refused or read, quickly, and nothing else.

#include "schema_text.hpp"

#include <corogram/tl/check.hpp>

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <random>
#include <string>

namespace corogram::tl {
namespace {

// In a heap block of its exact size, so that a sanitizer sees any step outside; noexcept, so that
// an exception ends the test.
void read(std::string_view text) noexcept {
  const auto block = std::make_unique<char[]>(text.size());
  std::copy(text.begin(), text.end(), block.get());
  const std::string_view exact(block.get(), text.size());
  const auto outcome = parse_schema(exact);
  if (outcome) {
    static_cast<void>(check_types(*outcome));
  } else {
    EXPECT_LE(outcome.error().offset, text.size());
    EXPECT_FALSE(outcome.error().expected.empty());
    EXPECT_FALSE(describe(exact, outcome.error(), "text").empty());
  }
}

TEST(HostileSchema, EveryPrefixOfTheServiceSchemaIsReadOrRefused) {
  const std::string text = schema_file("mtproto.tl");
  for (std::size_t length = 0; length <= text.size(); ++length) {
    read(std::string_view(text).substr(0, length));
  }
}

// Prefixes of the whole API cost the square of its length, so cuts are taken in a window that moves
// through it: what stands before a declaration means nothing to it.
TEST(HostileSchema, CutsOfTheApiAreReadOrRefused) {
  const std::string text = schema_file("api.tl");
  constexpr std::size_t window = 500;
  for (std::size_t begin = 0; begin < text.size(); begin += window) {
    const std::size_t line = text.find('\n', begin);
    if (line == std::string::npos) break;
    const std::string_view part = std::string_view(text).substr(line + 1, window);
    for (std::size_t length = begin / window % 11; length <= part.size(); length += 11)
      read(part.substr(0, length));
  }
  for (std::size_t length = text.size() - 200; length <= text.size(); length += 40) {
    read(std::string_view(text).substr(0, length));
  }
}

TEST(HostileSchema, ChangedTextIsReadOrRefused) {
  const std::string text = schema_file("mtproto.tl");
  constexpr std::uint32_t seed = 20231121;
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const std::string alphabet = ";:()[]{}<>=#?%+,.*!_-/@$ \n\t0a1fXTypeflags.0?";
  for (int round = 0; round < 3000; ++round) {
    std::string changed = text.substr(random() % text.size(), 400);
    for (int change = 0; change < 4; ++change) {
      const std::size_t place = random() % changed.size();
      switch (random() % 3) {
        case 0:
          changed[place] = alphabet[random() % alphabet.size()];
          break;
        case 1:
          changed.erase(place, 1 + random() % 5);
          break;
        default:
          changed.insert(place, 1, alphabet[random() % alphabet.size()]);
          break;
      }
      if (changed.empty()) changed = ";";
    }
    read(changed);
  }
}

TEST(HostileSchema, GarbageIsReadOrRefused) {
  constexpr std::uint32_t seed = 7;
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const std::string words[] = {"a",        "A",     "x:",    "#",      "[",   "]",         "{",
                               "}",        "(",     ")",     "<",      ">",   "n",         "n:#",
                               "=",        ";",     "?",     "%",      "+",   "1",         ",",
                               ".",        "*",     "!",     "_",      "---", "functions", "types",
                               "New",      "Final", "Empty", "Vector", "b#1", "{X:Type}",  "= A;",
                               "flags.0?", "int",   "/*",    "*/",     "//",  "\n"};
  for (int round = 0; round < 5000; ++round) {
    std::string text = random() % 2 == 0 ? "a n:# " : "";
    for (auto count = random() % 24; count > 0; --count) {
      text += words[random() % std::size(words)];
      if (random() % 3 != 0) text += ' ';
    }
    read(text);
  }
  for (int round = 0; round < 2000; ++round) {
    std::string text(random() % 64, '\0');
    for (char& c : text) c = static_cast<char>(random());
    read(text);
  }
}

std::string repeated(std::string_view piece, std::size_t times) {
  std::string text;
  text.reserve(piece.size() * times);
  for (std::size_t i = 0; i < times; ++i) text += piece;
  return text;
}

TEST(HostileSchema, NestingIsBounded) {
  constexpr std::size_t many = 200'000;
  expect_refused("a x:" + repeated("(", many), schema_errc::too_deep, 1, 38);
  expect_refused("a x:" + repeated("A<", many), schema_errc::too_deep, 1, 71);
  expect_refused("a x:" + repeated("%", many), schema_errc::too_deep, 1, 38);
  expect_refused("a n:# " + repeated("[", many), schema_errc::too_deep, 1, 39);
  expect_refused("a n:# x:(n" + repeated("+1", many), schema_errc::too_deep, 1, 73);
  expect_refused("a n:# x:(" + repeated("1+", many), schema_errc::too_deep, 1, 74);
  expect_refused("a = A " + repeated("(A ", many), schema_errc::too_deep, 1, 104);
}

TEST(HostileSchema, NestingUpToTheLimitIsTaken) {
  const std::size_t most = max_schema_depth;
  EXPECT_EQ(
      only("a x:" + repeated("(", most) + "int" + repeated(")", most) + " = A;").fields.size(), 1u);
  EXPECT_EQ(
      only("a n:# " + repeated("[ ", most) + "int" + repeated(" ]", most) + " = A;").fields.size(),
      2u);
}

TEST(HostileSchema, MuchTextTakesNoMoreThanItsShare) {
  constexpr std::size_t many = 30'000;
  read("a (" + repeated("x ", many) + ": int) = A;");
  read("a " + repeated("(x ", many));
  read("a " + repeated("int ", many) + "= A;");
  read("a x:(A " + repeated("int ", many) + ") = A;");
  read("a x:A<" + repeated("int,", many) + "int> = A;");
  read(repeated("New A;", many));
  read("a n:# " + repeated("[ x:int ] ", many) + " = A;");
  std::string fields = "a ";
  std::string declarations;
  for (std::size_t i = 0; i < many; ++i) {
    fields += "x" + std::to_string(i) + ":# ";
    declarations += "c" + std::to_string(i) + " = A;";
  }
  read(fields + "= A;");
  read(declarations);
}

TEST(HostileSchema, TextBeyondTheLimitIsRefused) {
  const std::string text(max_schema_bytes + 1, ' ');
  const auto outcome = parse_schema(text);
  ASSERT_FALSE(outcome.has_value());
  EXPECT_EQ(outcome.error().code, schema_errc::too_long);
  EXPECT_TRUE(parse_schema(std::string_view(text).substr(1)).has_value());
}

}  // namespace
}  // namespace corogram::tl

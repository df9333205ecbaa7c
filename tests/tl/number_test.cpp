#include "../support/vectors.hpp"
#include "schema_text.hpp"

#include <corogram/tl/number.hpp>

#include <gtest/gtest.h>
#include <zlib.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace corogram::tl {
namespace {

std::uint32_t crc32_of(const std::string& line) {
  return static_cast<std::uint32_t>(
      crc32(0, reinterpret_cast<const Bytef*>(line.data()), static_cast<uInt>(line.size())));
}

// Line to number, as the official pages have them.
std::map<std::string, std::uint32_t> official_lines() {
  const test::vectors file = test::read_vectors(COROGRAM_TEST_DATA "/numbers.txt");
  std::map<std::string, std::uint32_t> lines;
  for (const auto& [number, line] : file.entries()) {
    lines[line] = static_cast<std::uint32_t>(std::stoul(number, nullptr, 16));
  }
  return lines;
}

constexpr const char* msg_container_line =
    "msg_container messages:vector message = MessageContainer";

//= TL-06 test
TEST(SchemaNumber, OfficialLinesHaveTheirNumbers) {
  const auto lines = official_lines();
  EXPECT_EQ(lines.size(), 86u);
  for (const auto& [line, number] : lines) EXPECT_EQ(crc32_of(line), number) << line;
}

// Declarations that are in none of the schema files: from the pages on TL, and one of each
// wrapping around a call.
constexpr const char* declarations_of_the_pages = R"(
user#d23c81a3 id:int first_name:string last_name:string = User;
no_user#c67599d1 id:int = User;
cons {X:Type} hd:X tl:(List X) = List X;
nil {X:Type} = List X;
matrix_10x10 a:%(Tuple %(Tuple double 10) 10) = Matrix_10x10;
record name:string map:(List (pair int string)) = Record;
tls.schema_v2#3a2f9be2 version:int date:int types_num:# types:types_num*[ tls.Type ]
  constructor_num:# constructors:constructor_num* [tls.Combinator] functions_num:#
  functions:functions_num*[tls.Combinator] = tls.Schema;
decryptedMessageLayer#1be31789 random_bytes:bytes layer:int in_seq_no:int out_seq_no:int message:DecryptedMessage = DecryptedMessageLayer;
boolFalse#bc799737 = Bool;
boolTrue#997275b5 = Bool;
---functions---
getUser#b0f732d5 int = User;
getUsers#2d84d5f5 (Vector int) = Vector User;
)";

// Every official line is the canonical line of a declaration, here or in the schema files.
//= TL-06 test
//= TL-07 test
//= TL-08 test
//= SCH-01 test
//= SCH-02 test
TEST(SchemaNumber, DeclarationsHaveTheOfficialLinesAndNumbers) {
  auto lines = official_lines();
  const std::string texts[] = {schema_file("mtproto.tl"), schema_file("api.tl"),
                               declarations_of_the_pages};
  for (const std::string& text : texts) {
    const schema whole = parsed(text);
    for (const auto* list : {&whole.constructors, &whole.functions}) {
      for (const combinator& one : *list) {
        const auto found = lines.find(canonical_line(one));
        if (found == lines.end()) continue;
        EXPECT_EQ(one.id, found->second) << found->first;
        EXPECT_EQ(one.computed_id, found->second) << found->first;
        lines.erase(found);
      }
    }
  }
  // The official number of msg_container belongs to an older spelling; the two lines of types
  // are no declarations of combinators.
  EXPECT_EQ(lines.erase(msg_container_line), 1u);
  EXPECT_EQ(lines.erase("IntList = Type"), 1u);
  EXPECT_EQ(lines.erase("List X:Type = Type"), 1u);
  for (const auto& [line, number] : lines) ADD_FAILURE() << "no declaration has " << line;
}

//= SCH-01 test
TEST(SchemaNumber, TheServiceSchemaHasEveryOfficialNumberOfTheService) {
  const schema whole = parsed(schema_file("mtproto.tl"));
  const auto lines = official_lines();
  std::size_t seen = 0;
  for (const auto* list : {&whole.constructors, &whole.functions}) {
    for (const combinator& one : *list) {
      const std::string line =
          one.name == "msg_container" ? msg_container_line : canonical_line(one);
      ASSERT_TRUE(lines.contains(line)) << line;
      EXPECT_EQ(one.id, lines.at(line)) << line;
      ++seen;
    }
  }
  EXPECT_EQ(seen, 58u);
}

//= TL-06 test
TEST(SchemaNumber, TheCanonicalLineHasOneSpelling) {
  const auto line = [](std::string_view text) { return canonical_line(only(text)); };
  EXPECT_EQ(line("a#12345678  x : int\n y:Vector<  Pair<int,long> > = B<int> ;"),
            "a x:int y:Vector Pair int long = B int");
  EXPECT_EQ(line("a {X:Type} (x y:X) _:int #[X] = B X;"), "a X:Type x:X y:X int # [ X ] = B X");
  EXPECT_EQ(line("a n:# x:%(Tuple int (n + 2)) = B;"), "a n:# x:%Tuple int n+2 = B");
  EXPECT_EQ(line("f {X:Type} n:# x:n?int y:n.3?!X = !X;"), "f X:Type n:# x:n?int y:n.3?!X = X");
  EXPECT_EQ(line("_ x:int = A;"), "_ x:int = A");
  EXPECT_EQ(line("int ? = Int;"), "int ? = Int");
}

//= TL-07 test
TEST(SchemaNumber, RepetitionsKeepTheirBracketsAndTheParenthesesOfSums) {
  const auto line = [](std::string_view text) { return canonical_line(only(text)); };
  EXPECT_EQ(line("a n:# x:n * [ int ] = A;"), "a n:# x:n*[ int ] = A");
  EXPECT_EQ(line("a n:# x:( 2 + n ) * [int long] = A;"), "a n:# x:(2+n)*[ int long ] = A");
  EXPECT_EQ(line("a n:# x:(n+2)*[] = A;"), "a n:# x:(n+2)*[ ] = A");
  EXPECT_EQ(line("m {m n:#} a:m*[n*[double]] = M m n;"), "m m:# n:# a:m*[ n*[ double ] ] = M m n");
}

//= TL-08 test
TEST(SchemaNumber, BytesAreStringsAndTrueFlagsLeaveNoTrace) {
  const auto line = [](std::string_view text) { return canonical_line(only(text)); };
  EXPECT_EQ(line("a flags:# t:flags.1?true b:bytes c:flags.0?bytes = A;"),
            "a flags:# b:string c:flags.0?string = A");
  // Not inside of brackets, and not a name: updateMessagePollVote#7699f014 has it so.
  EXPECT_EQ(line("a b:Vector<bytes> bytes:int = A;"), "a b:Vector bytes bytes:int = A");
  EXPECT_EQ(line("a n:# x:n?true y:true = A;"), "a n:# x:n?true y:true = A");
}

//= TL-10 test
TEST(SchemaNumber, AllVectorsHaveOneNumber) {
  EXPECT_EQ(only("vector {t:Type} # [ t ] = Vector t;").id, vector_number);
  EXPECT_EQ(parsed(schema_file("api.tl")).find_constructor("vector")->id, vector_number);
  EXPECT_EQ(parsed(schema_file("mtproto.tl")).find_constructor("vector")->id, vector_number);
}

//= TL-30 test
TEST(SchemaNumber, NumbersOfCombinatorsLeaveOutTheSmallestAndTheGreatest) {
  EXPECT_FALSE(is_combinator_number(0));
  EXPECT_FALSE(is_combinator_number(0x00ffffff));
  EXPECT_TRUE(is_combinator_number(0x01000000));
  EXPECT_TRUE(is_combinator_number(0x0949d9dc));
  EXPECT_TRUE(is_combinator_number(0x0a9f2259));
  EXPECT_TRUE(is_combinator_number(0xffffff00));
  EXPECT_FALSE(is_combinator_number(0xffffff01));
}

TEST(SchemaNumber, AWrittenNumberGoesBeforeTheComputedOne) {
  const combinator made = only("a#12345678 x:int = A;");
  EXPECT_EQ(made.id, 0x12345678u);
  EXPECT_EQ(made.written_id, 0x12345678u);
  EXPECT_EQ(made.computed_id, crc32_of("a x:int = A"));
  EXPECT_EQ(only("a x:int = A;").id, crc32_of("a x:int = A"));
}

}  // namespace
}  // namespace corogram::tl

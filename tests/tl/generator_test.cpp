// What the generator refuses, and how it names and places things.

#include "../../generator/model.hpp"

#include <corogram/tl/parser.hpp>

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace corogram::generator {
namespace {

model resolved(std::string_view text) {
  const auto tree = tl::parse_schema(text);
  if (!tree) throw std::runtime_error(tl::describe(text, tree.error(), "test"));
  return resolve(*tree, text, "test");
}

/// refused returns the text at the place of the complaint, and the complaint.
std::string refused(std::string_view text) {
  try {
    static_cast<void>(resolved(text));
  } catch (const failure& problem) {
    return std::string(text.substr(problem.offset(),
                                   text.find_first_of(" ;", problem.offset()) - problem.offset())) +
           " -> " + problem.what();
  }
  return "taken";
}

const declaration& named(const model& schema, std::string_view name) {
  for (const declaration& entry : schema.declarations)
    if (entry.name.full == name) return entry;
  throw std::runtime_error("no such declaration");
}

TEST(generator, refuses_what_generated_code_cannot_hold) {
  EXPECT_EQ(refused("a rest:Object after:int = A;"),
            "rest:Object -> an Object or !X that is not the last field of `a` has no end");
  EXPECT_EQ(refused("a list:Vector<Object> = A;"),
            "Object> -> the elements of a vector of Object have no end");
  EXPECT_EQ(refused("a b:B = A;"), "B -> `B` is not declared");
  EXPECT_EQ(refused("a b:b = A;"), "b -> `b` is not declared");
  EXPECT_EQ(refused("b = B; c = B; a b:%B = A;"),
            "B -> the bare form of a type with several constructors");
  EXPECT_EQ(refused("true = True; a list:Vector<true> = A;"),
            "true> -> a vector of `test::true_`, which takes no bytes, could have any number of "
            "elements");
  EXPECT_EQ(refused("a n:# list:n*[ int ] = A;"),
            "list:n*[ -> repetitions other than vectors cannot be generated");
  EXPECT_EQ(refused("list {t:Type} x:t = List t;"),
            "List -> no type but Vector can have parameters");
  EXPECT_EQ(refused("a b:b = A; b a:a = B;"), "a -> `a` contains itself");
}

TEST(generator, takes_bare_types_that_contain_themselves_through_a_vector) {
  const model schema = resolved("tree leaves:vector<tree> value:int = Tree;");
  EXPECT_EQ(named(schema, "tree").members[0].cpp_type, "tl::vector<test::tree>");
  EXPECT_EQ(named(schema, "tree").size, 24U);
  EXPECT_EQ(named(schema, "tree").min_wire_size, 8U);
}

TEST(generator, gives_way_where_names_meet) {
  const model schema = resolved(
      "space = Space; space.a = space.A; delete delete:int = Delete; tl = Tl; test = Test;"
      "std = Std; a b:int flags:# has_b:flags.0?true c:flags.1?int has_c:flags.2?true = A;");
  EXPECT_EQ(named(schema, "space").name.local, "space_");
  EXPECT_EQ(qualified(schema, named(schema, "space.a").name), "test::space::a");
  EXPECT_EQ(named(schema, "delete").name.local, "delete_");
  EXPECT_EQ(named(schema, "delete").members[0].cpp_name, "delete_");
  EXPECT_TRUE(named(schema, "delete").has_member_of_its_name);
  EXPECT_EQ(named(schema, "tl").name.local, "tl_");
  EXPECT_EQ(named(schema, "test").name.local, "test_");
  EXPECT_EQ(named(schema, "std").name.local, "std_");
  const declaration& a = named(schema, "a");
  EXPECT_EQ(a.members[2].cpp_name, "has_b");
  EXPECT_EQ(a.members[3].has_name, "has_c_");
  EXPECT_EQ(a.members[4].cpp_name, "has_c");
}

TEST(generator, places_members_with_their_alignment_and_small_objects_into_boxes) {
  const model schema = resolved(
      "a b:Bool l:long c:Bool i:int h:int128 s:string = A; e = E; two x:int y:int = Two;"
      "three x:int y:long = Three; text s:string = Text; inner two:two = Inner;");
  const declaration& a = named(schema, "a");
  const std::size_t offsets[] = {0, 8, 16, 20, 24, 40};
  for (std::size_t i = 0; i < a.members.size(); ++i) EXPECT_EQ(a.members[i].offset, offsets[i]);
  EXPECT_EQ(a.size, 56U);
  EXPECT_EQ(a.min_wire_size, 4U + 8 + 4 + 4 + 16 + 4);
  EXPECT_TRUE(named(schema, "e").fits_box && named(schema, "two").fits_box);
  EXPECT_TRUE(named(schema, "inner").fits_box);
  EXPECT_FALSE(named(schema, "three").fits_box || named(schema, "text").fits_box);
  EXPECT_EQ(named(schema, "e").size, 1U);
}

TEST(generator, numbers_what_is_not_bare) {
  const model schema =
      resolved("b = B; a i:int boxed:Int v:Vector<int> bare:vector<Int> n:Vector<Vector<B>> = A;");
  const declaration& a = named(schema, "a");
  EXPECT_FALSE(a.members[0].value.numbered);
  EXPECT_TRUE(a.members[1].value.numbered);
  EXPECT_TRUE(a.members[2].value.numbered);
  EXPECT_FALSE(a.members[3].value.numbered);
  EXPECT_TRUE(schema.values[a.members[3].value.type].value.numbered);
  EXPECT_EQ(a.members[4].cpp_type, "tl::vector<tl::vector<tl::box<test::B>>>");
}

}  // namespace
}  // namespace corogram::generator

#include <corogram/samples/types/Chain.hpp>
#include <corogram/samples/types/Forest.hpp>
#include <corogram/samples/types/IntCouple.hpp>
#include <corogram/samples/types/IntTree.hpp>
#include <corogram/samples/types/User.hpp>
#include <corogram/tl/codec.hpp>

#include <gtest/gtest.h>

#include <array>
#include <utility>

namespace corogram::tl {
namespace {

samples::user peter() {
  samples::user made;
  made.id = 2;
  made.first_name = "Peter";
  made.last_name = "Parker";
  return made;
}

TEST(box, starts_empty_and_all_zero) {
  const box<samples::User> empty;
  EXPECT_TRUE(empty.empty());
  EXPECT_EQ(empty.id(), 0U);
  EXPECT_EQ(empty.get_if<samples::user>(), nullptr);
  const std::array<unsigned char, sizeof empty> zeros{};
  EXPECT_TRUE(detail::same_bytes(&empty, zeros.data(), sizeof empty));
}

TEST(box, holds_one_constructor_and_gives_out_no_other) {
  box<samples::User> someone = peter();
  EXPECT_EQ(someone.id(), 0xd23c81a3U);
  EXPECT_EQ(someone.get_if<samples::no_user>(), nullptr);
  EXPECT_TRUE(someone.is<samples::user>());
  ASSERT_NE(someone.get_if<samples::user>(), nullptr);
  someone.get_if<samples::user>()->first_name = "Ben";
  EXPECT_EQ(std::as_const(someone).get_if<samples::user>()->first_name, "Ben");
}

TEST(box, keeps_small_constructors_inside) {
  static_assert(detail::fits_box<samples::no_user> && detail::fits_box<samples::int_couple>);
  static_assert(!detail::fits_box<samples::user>);
  samples::no_user nobody;
  nobody.id = 3;
  const box<samples::User> holder = nobody;
  const auto* inside = reinterpret_cast<const unsigned char*>(holder.get_if<samples::no_user>());
  const auto* begin = reinterpret_cast<const unsigned char*>(&holder);
  EXPECT_TRUE(inside >= begin && inside < begin + sizeof holder);
}

TEST(box, copies_are_deep_and_moves_empty_their_source) {
  const box<samples::User> original = peter();
  box<samples::User> copy = original;
  copy.get_if<samples::user>()->last_name = "Pan";
  EXPECT_EQ(original.get_if<samples::user>()->last_name, "Parker");
  const box<samples::User> moved = std::move(copy);
  EXPECT_TRUE(copy.empty());  // NOLINT: what a moved-from box is, is the point
  EXPECT_EQ(moved.get_if<samples::user>()->last_name, "Pan");
  copy = original;
  EXPECT_TRUE(equal(copy, original));
  EXPECT_FALSE(equal(copy, moved));
  copy = samples::no_user();
  EXPECT_TRUE(copy.is<samples::no_user>());
  const auto& itself = copy;
  copy = itself;
  EXPECT_TRUE(copy.is<samples::no_user>());
}

TEST(box, holds_types_that_contain_themselves) {
  samples::forest inner;
  inner.trees.push_back(samples::forest());
  samples::forest outer;
  outer.trees.push_back(inner);
  outer.trees.push_back(inner);
  const samples::forest copy = outer;
  EXPECT_TRUE(equal(copy, outer));
  EXPECT_EQ(copy.trees[1].get_if<samples::forest>()->trees.size(), 1U);
}

TEST(box, needs_only_the_name_of_its_type_to_be_dropped_and_copied) {
  // samples::IntTree's fields are boxes of a type whose header names, but does not define, nothing
  // else; what is inside goes through the tables.
  samples::int_tree leaf;
  leaf.left = samples::empty_tree();
  leaf.right = samples::empty_tree();
  samples::int_tree tree = leaf;
  tree.left = leaf;
  const samples::int_tree copy = tree;
  EXPECT_TRUE(equal(copy, tree));
}

}  // namespace
}  // namespace corogram::tl

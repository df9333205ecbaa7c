// The bytes of values, against the official pages and against bytes written by hand.

#include "bytes.hpp"
#include "support/vectors.hpp"

#include <corogram/samples/samples.hpp>
#include <corogram/tl/codec.hpp>

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <string>

namespace corogram::tl {
namespace {

using test::bytes;
using test::hex;

test::vectors official() {
  return test::read_vectors(COROGRAM_TEST_DATA "/official_examples.txt");
}

template <class T>
T decoded_copy(core::byte_buffer input) {
  auto value = decode<T>(std::move(input));
  if (!value) throw std::runtime_error(value.error().message());
  return **value;
}

//= SER-11 test
//= TL-24 test
TEST(wire, getUsers_and_its_answer_have_the_official_bytes) {
  const test::vectors vectors = official();
  samples::getUsers call;
  call.arg1 = {2, 3, 4};
  EXPECT_EQ(hex(encode(call)), hex(vectors["getUsers"]));
  EXPECT_TRUE(equal(decoded_copy<samples::getUsers>(vectors["getUsers"]), call));

  auto answer = decode_result<samples::getUsers>(vectors["users"]);
  ASSERT_TRUE(answer);
  const vector<box<samples::User>>& users = **answer;
  ASSERT_EQ(users.size(), 3U);
  EXPECT_EQ(users[0].get_if<samples::user>()->id, 2);
  EXPECT_EQ(users[0].get_if<samples::user>()->first_name, "Peter");
  EXPECT_EQ(users[1].get_if<samples::no_user>()->id, 3);
  EXPECT_EQ(users[2].get_if<samples::user>()->last_name, "Doe");
  EXPECT_EQ(hex(encode(users)), hex(vectors["users"]));
}

//= SER-09 test
TEST(wire, int_tree_and_int_couple_have_the_official_words) {
  const test::vectors vectors = official();
  samples::int_tree left;
  left.left = samples::empty_tree();
  left.value = 1;
  left.right = samples::empty_tree();
  samples::int_tree tree;
  tree.left = left;
  tree.value = 2;
  tree.right = samples::empty_tree();
  EXPECT_EQ(hex(encode(tree)), hex(vectors["int_tree"]));
  EXPECT_TRUE(equal(decoded_copy<samples::int_tree>(vectors["int_tree"]), tree));

  samples::int_couple couple;
  couple.arg1 = 3;
  couple.arg2 = 4;
  EXPECT_EQ(hex(encode(couple)), hex(vectors["boxed_couple"]));
  samples::couples couples;
  couples.boxed = couple;
  couples.bare = couple;
  couples.also_bare = couple;
  const core::byte_buffer body = encode(couples);
  EXPECT_EQ(
      hex(core::byte_view(body).subspan(4)),
      hex(core::concat(vectors["boxed_couple"], vectors["bare_couple"], vectors["bare_couple"])));
}

//= SER-01 test
//= SER-02 test
TEST(wire, numbers_are_little_endian_words) {
  samples::numbers numbers;
  numbers.i = -1;
  numbers.l = std::numeric_limits<std::int64_t>::min();
  numbers.d = 1.0;
  numbers.h = test::counting(16);
  numbers.w = test::counting(32);
  const core::byte_buffer out = encode(numbers);
  //= SER-10 test
  EXPECT_EQ(hex(core::byte_view(out).subspan(4)),
            "da9b50a8"
            "ffffffff"
            "ba6c0722"
            "0000000000000080"
            "54c11022"
            "000000000000f03f"
            "246e28b5"
            "00000000"
            "b7f7cc84"
            "000102030405060708090a0b0c0d0e0f"
            "5bebed7b"
            "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
  EXPECT_TRUE(equal(decoded_copy<samples::numbers>(out), numbers));
}

//= SER-10 test
TEST(wire, built_in_types_alone_carry_their_numbers) {
  EXPECT_EQ(hex(encode(std::int32_t{5})), "da9b50a805000000");
  EXPECT_EQ(hex(encode(std::int64_t{5})), "ba6c07220500000000000000");
  EXPECT_EQ(hex(encode(1.0)), "54c11022000000000000f03f");
  EXPECT_EQ(hex(encode(string("abc"))), "246e28b503616263");
  EXPECT_EQ(decoded_copy<std::int64_t>(bytes("ba6c07220500000000000000")), 5);
  EXPECT_EQ(decode<std::int32_t>(bytes("ba6c07220500000000000000")).error().code,
            errc::unknown_constructor);
  const vector<std::int64_t> longs = {1};
  EXPECT_EQ(hex(encode(longs)), "15c4b51c010000000100000000000000");
  EXPECT_EQ(decoded_copy<vector<std::int64_t>>(encode(longs)), longs);
}

struct string_case {
  std::size_t length;
  const char* header;
  std::size_t padding;
};

//= SER-03 test
//= SER-04 test
//= SER-05 test
//= SER-06 test
TEST(wire, strings_have_the_short_form_up_to_253_bytes_and_zero_padding) {
  const string_case cases[] = {
      {0, "00", 3},         {1, "01", 2},         {2, "02", 1},         {3, "03", 0},
      {4, "04", 3},         {252, "fc", 3},       {253, "fd", 2},       {254, "fefe0000", 2},
      {255, "feff0000", 1}, {256, "fe000100", 0}, {257, "fe010100", 3}, {16'777'215, "feffffff", 1},
  };
  for (const string_case& row : cases) {
    SCOPED_TRACE(row.length);
    const core::byte_buffer content = test::counting(row.length);
    const core::byte_buffer out = encode(string(content));
    EXPECT_EQ(out.size() % 4, 0U);
    EXPECT_TRUE(core::equal(out, core::concat(bytes("246e28b5"), bytes(row.header), content,
                                              core::byte_buffer(row.padding))));
    EXPECT_EQ(decoded_copy<string>(out), content);
  }
}

//= SER-03 test
TEST(wire, strings_inside_the_official_samples_read_as_they_are) {
  const test::vectors vectors = official();
  for (const char* name : {"string_of_8", "string_of_4"}) {
    const core::byte_buffer wire = core::concat(bytes("246e28b5"), vectors[name]);
    EXPECT_EQ(hex(encode(decoded_copy<string>(wire))), hex(wire));
  }
}

//= SER-07 test
TEST(wire, readers_take_any_padding_and_the_long_form_of_short_strings_and_refuse_0xff) {
  EXPECT_EQ(decoded_copy<string>(bytes("246e28b5 0261ffff")).size(), 2U);
  EXPECT_EQ(decoded_copy<string>(bytes("246e28b5 01 61 ff ff")), "a");
  EXPECT_EQ(decoded_copy<string>(bytes("246e28b5 fe030000 616263 99")), "abc");
  EXPECT_EQ(decoded_copy<string>(bytes("246e28b5 fe000000")), "");
  const auto refused = decode<string>(bytes("246e28b5 ff000000 00000000 00000000"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, errc::bad_length);
  EXPECT_EQ(refused.error().offset, 4U);
}

//= SER-08 test
TEST(wire, bytes_are_written_like_strings) {
  samples::kinds text;
  text.set_t("abcd");
  samples::kinds octets;
  octets.set_b("abcd");
  const core::byte_buffer as_text = encode(text);
  const core::byte_buffer as_bytes = encode(octets);
  EXPECT_EQ(hex(core::byte_view(as_text).subspan(8)), hex(core::byte_view(as_bytes).subspan(8)));
}

//= TL-26 test
TEST(wire, truth_has_two_numbers_and_the_bare_true_no_bytes) {
  EXPECT_EQ(hex(encode(true)), "b5757299");
  EXPECT_EQ(hex(encode(false)), "379779bc");
  EXPECT_TRUE(decoded_copy<bool>(bytes("b5757299")));
  EXPECT_EQ(decode<bool>(bytes("d9d3ed3f")).error().code, errc::wrong_constructor);
  samples::truths truths;
  truths.boxed = samples::true_();
  truths.list = {true, false};
  const core::byte_buffer out = encode(truths);
  EXPECT_EQ(hex(core::byte_view(out).subspan(4)), "39d3ed3f15c4b51c02000000b5757299379779bc");
  EXPECT_TRUE(equal(decoded_copy<samples::truths>(out), truths));
}

//= TL-22 test
//= TL-23 test
TEST(wire, bare_vectors_and_elements_have_no_numbers) {
  samples::point point;
  point.x = 1;
  point.y = 2;
  samples::shape shape;
  shape.center = point;
  shape.corners.push_back(point);
  shape.boxed.push_back(point);
  shape.any.push_back(point);
  const core::byte_buffer out = encode(shape);
  const std::string bare = "0100000002000000";
  EXPECT_EQ(hex(core::byte_view(out).subspan(4)),
            bare + "01000000" + bare + "15c4b51c01000000" + bare + "15c4b51c01000000" +
                hex(core::byte_view(encode(point)).first(4)) + bare);
  EXPECT_TRUE(equal(decoded_copy<samples::shape>(out), shape));
}

TEST(wire, vectors_nest) {
  samples::grid grid;
  grid.rows = {{1, 2}, {}, {3}};
  grid.bare = {{4}};
  grid.names = {"a"};
  grid.hashes.push_back(test::counting(16));
  const core::byte_buffer out = encode(grid);
  EXPECT_EQ(hex(core::byte_view(out).subspan(4)),
            "15c4b51c03000000"
            "15c4b51c020000000100000002000000"
            "15c4b51c00000000"
            "15c4b51c0100000003000000"
            "01000000"
            "010000000400000000000000"
            "15c4b51c0100000001610000"
            "15c4b51c01000000000102030405060708090a0b0c0d0e0f");
  EXPECT_TRUE(equal(decoded_copy<samples::grid>(out), grid));
}

//= TL-14 test
//= TL-11 test
TEST(wire, a_wrapper_is_followed_by_the_wrapped_call_with_its_number) {
  samples::getUsers call;
  call.arg1 = {7};
  samples::wrap wrapper;
  wrapper.layer = 227;
  wrapper.query = encode(call);
  const core::byte_buffer out = encode(wrapper);
  EXPECT_EQ(hex(core::byte_view(out).subspan(4)), "e3000000" + hex(encode(call)));
  auto back = decode<samples::wrap>(out);
  ASSERT_TRUE(back);
  EXPECT_EQ(peek_id((*back)->query), samples::getUsers::tl_id);
  EXPECT_TRUE(decode_view<samples::getUsers>((*back)->query));
}

//= SER-13 test
TEST(wire, an_object_at_the_end_is_all_that_is_left) {
  samples::opaque opaque;
  opaque.id = 1;
  opaque.rest = bytes("11223344aabbccdd");
  const core::byte_buffer out = encode(opaque);
  EXPECT_EQ(hex(core::byte_view(out).subspan(4)), "0100000011223344aabbccdd");
  EXPECT_TRUE(equal(decoded_copy<samples::opaque>(out), opaque));
}

TEST(wire, an_object_after_its_length_ends_there) {
  samples::letter letter;
  letter.id = 1;
  letter.bytes = 4;
  letter.body = bytes("11223344");
  samples::mail mail;
  mail.letters.push_back(letter);
  letter.bytes = 8;
  letter.body = bytes("aabbccdd00000000");
  mail.letters.push_back(letter);
  mail.after = 9;
  const core::byte_buffer out = encode(mail);
  EXPECT_EQ(hex(core::byte_view(out).subspan(4)),
            "15c4b51c02000000"
            "01000000000000000400000011223344"
            "010000000000000008000000aabbccdd00000000"
            "09000000");
  EXPECT_TRUE(equal(decoded_copy<samples::mail>(out), mail));
}

//= SER-12 test
TEST(wire, values_one_after_the_other_are_read_one_by_one) {
  const core::byte_buffer both = core::concat(encode(string("first")), encode(std::int32_t{2}));
  std::size_t consumed = 0;
  auto first = decode_view<string>(both, &consumed);
  ASSERT_TRUE(first);
  EXPECT_EQ(**first, "first");
  const auto second = decode_view<std::int32_t>(core::byte_view(both).subspan(consumed));
  ASSERT_TRUE(second);
  EXPECT_EQ(**second, 2);
  EXPECT_EQ(decode_view<string>(both).error().code, errc::trailing_bytes);
  EXPECT_EQ(decode_view<string>(both).error().offset, consumed);
}

TEST(wire, names_that_cpp_does_not_take_have_an_underscore) {
  samples::words words;
  words.set_delete_();
  words.class_ = 1;
  words.set_new_("x");
  words.tl_id_ = 2;
  words.std_ = 3;
  EXPECT_TRUE(equal(decoded_copy<samples::words>(encode(words)), words));
  samples::holder holder;
  holder.holder = "a member with the name of its struct";
  EXPECT_EQ(decoded_copy<samples::holder>(encode(holder)).holder, holder.holder);
  samples::flagged flagged;
  flagged.set_flagged_();
  flagged.set_has_url();
  EXPECT_FALSE(flagged.has_url_());
  EXPECT_TRUE(decoded_copy<samples::flagged>(encode(flagged)).has_url());
  EXPECT_EQ(samples::tables().find(samples::space_::tl_id),
            samples::tables().find_constructor("space"));
}

}  // namespace
}  // namespace corogram::tl

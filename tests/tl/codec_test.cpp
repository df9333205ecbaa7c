// Who owns what: decoded values, copies, borrowed requests.

#include "bytes.hpp"

#include <corogram/samples/samples.hpp>
#include <corogram/tl/codec.hpp>
#include <corogram/tl/print.hpp>

#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace corogram::tl {
namespace {

using test::hex;

box<samples::Chain> chain(unsigned links) {
  box<samples::Chain> end = samples::chain_end();
  for (unsigned i = 0; i < links; ++i) {
    samples::chain_link link;
    link.next = std::move(end);
    end = std::move(link);
  }
  return end;
}

samples::space::other other() {
  samples::user user;
  user.first_name = "a first name that is long enough to matter";
  samples::space::thing thing;
  thing.a = 4;
  samples::space::other made;
  made.thing = thing;
  made.user = user;
  return made;
}

TEST(codec, a_decoded_value_views_the_input_that_it_adopted) {
  core::byte_buffer wire = encode(other());
  const core::byte* begin = wire.data();
  const core::byte* end = begin + wire.size();
  auto value = decode<samples::space::other>(std::move(wire));
  ASSERT_TRUE(value);
  const string& name = (*value)->user.get_if<samples::user>()->first_name;
  EXPECT_TRUE(name.is_borrowed());
  EXPECT_TRUE(name.data() > begin && name.data() < end);
}

TEST(codec, a_decoded_value_survives_being_moved) {
  std::optional<decoded<samples::space::other>> moved;
  {
    auto value = decode<samples::space::other>(encode(other()));
    ASSERT_TRUE(value);
    moved = *std::move(value);
  }
  EXPECT_TRUE(equal(**moved, other()));
}

TEST(codec, a_copy_is_independent_of_what_it_was_copied_from) {
  samples::space::other copy;
  box<samples::User> user;
  vector<box<samples::space::Thing>> things;
  {
    auto value = decode<samples::space::other>(encode(other()));
    auto list = decode<vector<box<samples::space::Thing>>>(
        encode(vector<box<samples::space::Thing>>{other().thing, other().thing}));
    ASSERT_TRUE(value && list);
    copy = **value;
    user = (*value)->user;
    things = **list;
  }
  EXPECT_TRUE(equal(copy, other()));
  EXPECT_EQ(user.get_if<samples::user>()->first_name, "a first name that is long enough to matter");
  EXPECT_FALSE(user.get_if<samples::user>()->first_name.is_borrowed());
  ASSERT_EQ(things.size(), 2U);
  EXPECT_FALSE(things.is_borrowed());
  things.push_back(samples::space::thing());
  EXPECT_EQ(things[1].get_if<samples::space::thing>()->a, 4);
}

TEST(codec, decode_view_refers_to_bytes_of_the_caller) {
  const core::byte_buffer wire = encode(other());
  auto value = decode_view<samples::space::other>(wire);
  ASSERT_TRUE(value);
  EXPECT_TRUE(equal(**value, other()));
  const string& name = (*value)->user.get_if<samples::user>()->first_name;
  EXPECT_TRUE(name.data() > wire.data() && name.data() < wire.data() + wire.size());
}

TEST(codec, a_borrowed_string_in_a_request_is_written_without_being_copied_first) {
  const core::byte_buffer part = test::counting(1000);
  samples::user request;
  request.first_name = string::borrow(part.data(), part.size());
  EXPECT_EQ(request.first_name.data(), part.data());
  samples::user owning;
  owning.first_name = part;
  EXPECT_EQ(hex(encode(request)), hex(encode(owning)));
}

TEST(codec, encode_appends_to_what_is_there) {
  core::byte_buffer out = test::bytes("aa");
  encode(true, out);
  encode(false, out);
  EXPECT_EQ(hex(out), "aab5757299379779bc");
}

TEST(codec, a_struct_wants_its_own_number_and_a_box_one_of_its_type) {
  samples::no_user nobody;
  const core::byte_buffer wire = encode(nobody);
  EXPECT_TRUE(decode<samples::no_user>(wire));
  EXPECT_TRUE(decode<box<samples::User>>(wire));
  //= TL-25 test
  EXPECT_EQ(decode<samples::user>(wire).error().code, errc::wrong_constructor);
  EXPECT_EQ(decode<box<samples::Chain>>(wire).error().code, errc::wrong_constructor);
  EXPECT_EQ(decode<box<samples::User>>(test::bytes("01020304")).error().code,
            errc::unknown_constructor);
  // The number of a function is none of a type's constructors.
  EXPECT_EQ(decode<box<samples::User>>(encode(samples::check())).error().code,
            errc::wrong_constructor);
}

//= TL-25 test
TEST(codec, a_wrong_number_deep_inside_is_an_error_of_the_whole_and_tells_where) {
  samples::forest forest;
  forest.trees.push_back(samples::forest());
  core::byte_buffer wire = encode(forest);
  ASSERT_EQ(wire.size(), 24U);
  core::store_le(wire.data() + 12, samples::user::tl_id);
  const auto wrong = decode<samples::forest>(wire);
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().code, errc::wrong_constructor);
  EXPECT_EQ(wrong.error().offset, 12U);
  core::store_le(wire.data() + 12, std::uint32_t{0x12345678});
  EXPECT_EQ(decode<samples::forest>(wire).error().code, errc::unknown_constructor);
}

TEST(codec, equal_tells_values_apart) {
  EXPECT_TRUE(equal(other(), other()));
  samples::space::other changed = other();
  changed.user.get_if<samples::user>()->id = 1;
  EXPECT_FALSE(equal(changed, other()));
  changed.user = box<samples::User>();
  EXPECT_FALSE(equal(changed, other()));
  EXPECT_TRUE(equal(changed, changed));
  changed.user = samples::no_user();
  EXPECT_FALSE(equal(changed, other()));
  const vector<std::int32_t> two = {1, 2};
  EXPECT_FALSE(equal(two, vector<std::int32_t>{1}));
  EXPECT_FALSE(equal(two, vector<std::int32_t>{1, 3}));
}

TEST(codec, an_empty_box_cannot_be_sent) {
  const samples::chain_link broken;
  EXPECT_DEATH(static_cast<void>(encode(broken)), "holds no object");
}

TEST(codec, peek_id_needs_four_bytes) {
  EXPECT_EQ(peek_id(encode(true)), bool_true_id);
  EXPECT_EQ(peek_id(test::bytes("b57572")), std::nullopt);
}

//= TL-27 test
TEST(codec, a_value_of_a_type_without_constructors_cannot_be_read_or_written) {
  samples::reserved value;
  EXPECT_TRUE(decode<samples::reserved>(encode(value)));
  value.flags = 1;
  EXPECT_DEATH(static_cast<void>(encode(value)), "holds no object");
  value.flags = 0;
  core::byte_buffer wire = core::concat(encode(value), test::bytes("379779bc"));
  wire[4] = 1;
  EXPECT_EQ(decode<samples::reserved>(wire).error().code, errc::wrong_constructor);
  value.set_all_never({});
  EXPECT_TRUE(decode<samples::reserved>(encode(value)));
}

//= SER-16 test
TEST(codec, nesting_has_a_limit) {
  // The root and the innermost object count too.
  auto deep = decode<box<samples::Chain>>(encode(chain(max_depth - 1)));
  ASSERT_TRUE(deep);
  EXPECT_TRUE(equal(**deep, chain(max_depth - 1)));
  EXPECT_EQ(decode<box<samples::Chain>>(encode(chain(max_depth))).error().code, errc::too_deep);
  core::byte_buffer endless;
  const core::byte_buffer link = encode(chain(1));
  for (int i = 0; i < 100'000; ++i) core::append(endless, core::byte_view(link).first(4));
  EXPECT_EQ(decode<box<samples::Chain>>(endless).error().code, errc::too_deep);
  // Printing goes as deep as decoding, and no deeper.
  EXPECT_TRUE(to_json(samples::tables(), encode(chain(max_depth - 1))));
  EXPECT_EQ(to_json(samples::tables(), encode(chain(max_depth))).error().code, errc::too_deep);
}

//= SER-14 test
//= SER-15 test
//= TL-16 test
TEST(codec, an_impossible_count_is_refused_before_anything_is_allocated) {
  const char* const counts[] = {"ffffff7f", "ffffffff", "00000080", "03000000"};
  for (const char* count : counts) {
    const core::byte_buffer wire =
        core::concat(test::bytes("15c4b51c"), test::bytes(count), test::bytes("0000000000000000"));
    const auto numbers = decode<vector<std::int32_t>>(wire);
    ASSERT_FALSE(numbers) << count;
    EXPECT_EQ(numbers.error().code, errc::bad_count);
    EXPECT_EQ(numbers.error().offset, 4U);
    arena memory = arena_for(wire.size());
    vector<std::int32_t> into;
    const value_type type = detail::root_type<vector<std::int32_t>>().value;
    EXPECT_FALSE(detail::decode_value(no_tables(), type, wire, memory, &into));
    EXPECT_EQ(memory.used(), 0U);
  }
}

TEST(codec, the_length_before_an_object_is_checked) {
  samples::letter letter;
  letter.body = test::bytes("1122334455667788");
  letter.bytes = 8;
  const core::byte_buffer wire = encode(letter);
  ASSERT_TRUE(decode<samples::letter>(wire));
  const auto with_length = [&wire](std::int32_t length) {
    core::byte_buffer changed = wire;
    core::store_le(changed.data() + 12, length);
    return decode<samples::letter>(changed);
  };
  EXPECT_EQ(with_length(-1).error().code, errc::bad_length);
  EXPECT_EQ(with_length(6).error().code, errc::bad_length);
  EXPECT_EQ(with_length(0).error().code, errc::truncated);
  EXPECT_EQ(with_length(12).error().code, errc::truncated);
  EXPECT_EQ(with_length(4).error().code, errc::trailing_bytes);
}

TEST(codec, an_arena_gives_out_zero_bytes_from_as_many_blocks_as_it_takes) {
  arena memory(16, 1'000'000);
  std::vector<unsigned char*> pieces;
  for (std::size_t size = 1; size < 400; ++size) {
    auto* piece = static_cast<unsigned char*>(memory.allocate(size));
    ASSERT_NE(piece, nullptr);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(piece) % 8, 0U);
    for (std::size_t i = 0; i < size; ++i) {
      ASSERT_EQ(piece[i], 0);
      piece[i] = static_cast<unsigned char>(size);
    }
    pieces.push_back(piece);
  }
  const arena moved = std::move(memory);
  for (std::size_t size = 1; size < 400; ++size)
    for (std::size_t i = 0; i < size; ++i)
      ASSERT_EQ(pieces[size - 1][i], static_cast<unsigned char>(size));
}

TEST(codec, memory_is_capped_at_a_multiple_of_the_input) {
  arena small(64, 100);
  EXPECT_NE(small.allocate(96), nullptr);
  EXPECT_EQ(small.allocate(8), nullptr);
  EXPECT_EQ(small.used(), 96U);
  // Through the decoder: an object that needs memory, and none left.
  const core::byte_buffer wire = encode(chain(3));
  arena none(0, 0);
  box<samples::Chain> into;
  const value_type type = detail::root_type<box<samples::Chain>>().value;
  const auto outcome = detail::decode_value(samples::tables(), type, wire, none, &into);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, errc::too_large);
}

}  // namespace
}  // namespace corogram::tl

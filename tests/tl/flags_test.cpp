#include "bytes.hpp"

#include <corogram/samples/samples.hpp>
#include <corogram/tl/codec.hpp>

#include <gtest/gtest.h>

#include <utility>

namespace corogram::tl {
namespace {

using test::hex;

//= TL-17 test
//= TL-18 test
TEST(flags, every_subset_of_two_flags_and_a_true_has_its_own_bytes) {
  for (unsigned subset = 0; subset < 8; ++subset) {
    SCOPED_TRACE(subset);
    samples::two_flags value;
    std::string expected;
    if ((subset & 1) != 0) {
      value.set_a(5);
      expected += "05000000";
    }
    if ((subset & 2) != 0) {
      value.set_b("x");
      expected += "01780000";
    }
    value.set_shout((subset & 4) != 0);
    EXPECT_EQ(value.flags, subset);
    EXPECT_EQ(value.has_a(), (subset & 1) != 0);
    EXPECT_EQ(value.has_b(), (subset & 2) != 0);
    EXPECT_EQ(value.shout(), (subset & 4) != 0);
    const core::byte_buffer out = encode(value);
    EXPECT_EQ(hex(core::byte_view(out).subspan(4)),
              "0" + std::to_string(subset) + "000000" + expected);
    auto back = decode<samples::two_flags>(out);
    ASSERT_TRUE(back);
    EXPECT_TRUE(equal(**back, value));
  }
}

TEST(flags, a_true_can_be_taken_back) {
  samples::two_flags value;
  value.set_shout();
  EXPECT_TRUE(value.shout());
  value.set_shout(false);
  EXPECT_EQ(value.flags, 0U);
}

TEST(flags, a_word_decides_whatever_the_field_holds) {
  samples::two_flags value;
  value.a = 5;
  value.b = "held, not sent";
  EXPECT_EQ(encode(value).size(), 8U);
  const samples::two_flags copy = value;
  EXPECT_EQ(copy.b, "held, not sent");
  EXPECT_TRUE(equal(copy, samples::two_flags()));
}

TEST(flags, words_have_any_name_and_any_place_and_several_fields_share_a_bit) {
  samples::three_words value;
  value.set_a(-1);
  value.set_b();
  value.set_c({1, 2});
  value.set_d(9);
  EXPECT_EQ(value.first, 0x80000000U);
  EXPECT_EQ(value.second, 1U);
  EXPECT_EQ(value.flags3, 0x20U);
  const core::byte_buffer out = encode(value);
  EXPECT_EQ(hex(core::byte_view(out).subspan(4)),
            "00000080"
            "01000000"
            "ffffffffffffffff"
            "20000000"
            "15c4b51c020000000100000002000000"
            "09000000");
  auto back = decode<samples::three_words>(out);
  ASSERT_TRUE(back);
  EXPECT_TRUE((*back)->has_a() && (*back)->b() && (*back)->has_c() && (*back)->has_d());
  EXPECT_TRUE(equal(**back, value));
}

//= TL-16 test
TEST(flags, bit_31_and_bits_without_a_meaning_are_kept_as_they_are) {
  const core::byte_buffer wire =
      core::concat(test::bytes("16a28fb8"), test::bytes("0000007f fefffffe 00000000"));
  samples::three_words value;
  value.first = 0x7f000000;
  value.second = 0xfefffffe;
  auto back = decode<samples::three_words>(encode(value));
  ASSERT_TRUE(back);
  EXPECT_EQ((*back)->first, 0x7f000000U);
  EXPECT_EQ((*back)->second, 0xfefffffeU);
  EXPECT_EQ(hex(encode(**back)), hex(wire));
}

//= TL-19 test
TEST(flags, a_condition_without_a_bit_means_not_zero) {
  samples::whole nothing;
  EXPECT_FALSE(nothing.has_x() || nothing.has_y() || nothing.has_z());
  EXPECT_EQ(encode(nothing).size(), 8U);
  samples::whole value;
  value.set_x(3);
  EXPECT_EQ(value.n, 1U);
  value.n = 6;
  value.set_y("y");
  EXPECT_EQ(value.n, 6U);
  const core::byte_buffer out = encode(value);
  EXPECT_EQ(hex(core::byte_view(out).subspan(4)), "060000000300000001790000");
  auto back = decode<samples::whole>(out);
  ASSERT_TRUE(back);
  EXPECT_TRUE((*back)->has_x() && (*back)->has_y() && (*back)->has_z());
  EXPECT_TRUE(equal(**back, value));
}

TEST(flags, conditional_fields_of_every_kind_come_and_go) {
  samples::no_user nobody;
  nobody.id = 1;
  for (unsigned subset = 0; subset < 1U << 11; ++subset) {
    samples::kinds value;
    if ((subset & 1U << 0) != 0) value.set_i(1);
    if ((subset & 1U << 1) != 0) value.set_l(2);
    if ((subset & 1U << 2) != 0) value.set_d(3);
    if ((subset & 1U << 3) != 0) value.set_t("four");
    if ((subset & 1U << 4) != 0) value.set_b("fives");
    if ((subset & 1U << 5) != 0) value.set_u(true);
    if ((subset & 1U << 6) != 0) value.set_h(test::counting(16));
    if ((subset & 1U << 7) != 0) value.set_H(test::counting(32));
    if ((subset & 1U << 8) != 0) value.set_x(nobody);
    if ((subset & 1U << 9) != 0) value.set_v({nobody, nobody});
    if ((subset & 1U << 10) != 0) value.set_p(samples::point());
    ASSERT_EQ(value.flags, subset);
    auto back = decode<samples::kinds>(encode(value));
    ASSERT_TRUE(back) << subset;
    ASSERT_TRUE(equal(**back, value)) << subset;
    const samples::kinds copy = **back;
    ASSERT_EQ(hex(encode(copy)), hex(encode(value))) << subset;
  }
}

}  // namespace
}  // namespace corogram::tl

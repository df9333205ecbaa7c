#include <corogram/core/hex.hpp>
#include <corogram/core/writer.hpp>
#include <corogram/mtproto/container.hpp>
#include <corogram/mtproto/errc.hpp>

#include <gtest/gtest.h>

#include <memory>

namespace corogram::mtproto {
namespace {

core::byte_buffer hex(std::string_view digits) {
  return *core::from_hex(digits);
}

//= SM-32 test
//= SM-39 test
TEST(Container, HasItsNumberItsCountAndBareMessages) {
  const auto first = hex("aabbccdd");
  const auto second = hex("0102030405060708");
  core::byte_buffer out;
  write_container({{0x1122334455667788, 1, first}, {0x1122334455667790, 2, second}},
                  core::writer(out));
  EXPECT_EQ(core::to_hex(out),
            "dcf8f17302000000"
            "88776655443322110100000004000000aabbccdd"
            "907766554433221102000000080000000102030405060708");
  const auto messages = parse_container(out);
  ASSERT_TRUE(messages);
  ASSERT_EQ(messages->size(), 2u);
  EXPECT_EQ((*messages)[1].msg_id, 0x1122334455667790);
  EXPECT_EQ((*messages)[1].seq_no, 2);
  EXPECT_TRUE(core::equal((*messages)[1].body, second));

  core::byte_buffer empty;
  write_container({}, core::writer(empty));
  EXPECT_EQ(core::to_hex(empty), "dcf8f17300000000");
  EXPECT_TRUE(parse_container(empty));
}

//= SM-41 test
TEST(Container, FailsCleanlyAtEveryPrefixAndWithOneByteMore) {
  const auto whole =
      hex("dcf8f17302000000"
          "88776655443322110100000004000000aabbccdd"
          "907766554433221102000000080000000102030405060708");
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const auto block = std::make_unique<core::byte[]>(size);
    std::copy_n(whole.begin(), size, block.get());
    const auto messages = parse_container({block.get(), size});
    ASSERT_FALSE(messages) << size;
    EXPECT_EQ(messages.error().code, errc::bad_container);
  }
  auto longer = whole;
  longer.push_back(0);
  ASSERT_FALSE(parse_container(longer));
  EXPECT_EQ(parse_container(longer).error().offset, whole.size());
}

//= SM-41 test
//= SM-35 test
TEST(Container, RefusesLengthsThatDoNotAddUpAndContainersInside) {
  const std::string head =
      "dcf8f173010000008877665544332211"
      "01000000";
  EXPECT_TRUE(parse_container(hex(head + "04000000"
                                         "aabbccdd")));
  EXPECT_FALSE(parse_container(hex(head + "03000000"
                                          "aabbcc")));
  EXPECT_FALSE(parse_container(hex(head + "08000000"
                                          "aabbccdd")));
  EXPECT_FALSE(parse_container(hex(head + "00000000"
                                          "aabbccdd")));
  EXPECT_FALSE(parse_container(hex(head + "fcffffff"
                                          "aabbccdd")));
  EXPECT_FALSE(parse_container(hex("dcf8f173ffffffff")));
  EXPECT_FALSE(parse_container(hex(head + "08000000"
                                          "dcf8f17300000000")));
  EXPECT_FALSE(parse_container(hex("ddf8f17300000000")));
}

//= SM-37 test
TEST(Container, HoldsAtMost1024Messages) {
  const std::vector<outgoing_message> most(container_limit);
  core::byte_buffer out;
  write_container(most, core::writer(out));
  EXPECT_TRUE(parse_container(out));
  std::vector<outgoing_message> more(container_limit + 1);
  out.clear();
  write_container(more, core::writer(out));
  ASSERT_FALSE(parse_container(out));
  EXPECT_EQ(parse_container(out).error().code, errc::too_many_elements);
  EXPECT_TRUE(parse_container(out, 2000));
  // A count that the bytes cannot hold costs nothing.
  EXPECT_EQ(parse_container(hex("dcf8f17300040000")).error().code, errc::bad_container);
}

//= DESC-19 test
//= SM-34 test
TEST(Container, IsNewerThanAllThatItContains) {
  EXPECT_TRUE(container_in_order(8, {{4, 0, {}}, {0, 0, {}}}));
  EXPECT_FALSE(container_in_order(8, {{4, 0, {}}, {8, 0, {}}}));
  EXPECT_FALSE(container_in_order(8, {{12, 0, {}}}));
  EXPECT_TRUE(container_in_order(8, {}));
}

}  // namespace
}  // namespace corogram::mtproto

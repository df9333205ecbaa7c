#include <corogram/core/hex.hpp>
#include <corogram/core/packet_buffer.hpp>
#include <corogram/core/send_queue.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <utility>

namespace corogram::core {
namespace {

byte_buffer bytes(std::string_view hex) {
  return *from_hex(hex);
}

void prepend(packet_buffer& to, byte_view head) {
  std::ranges::copy(head, to.prepend(head.size()).begin());
}

TEST(PacketBuffer, GrowsAtBothEndsWhileItsBytesStayWhereTheyAre) {
  packet_buffer packet(2);
  packet.back().bytes(bytes("0304"));
  const byte* const place = packet.view().data();
  prepend(packet, bytes("02"));
  prepend(packet, bytes("0001"));
  packet.back().bytes(bytes("05"));
  EXPECT_EQ(to_hex(packet), "000102030405");
  EXPECT_EQ(packet.view().data() + 3, place);
}

TEST(PacketBuffer, MakesRoomWhereThereIsNone) {
  packet_buffer packet(bytes("ff"));
  byte_buffer expected = bytes("ff");
  for (int i = 0; i < 300; ++i) {
    const auto head = byte_buffer(static_cast<std::size_t>(i % 7), static_cast<byte>(i));
    prepend(packet, head);
    expected = concat(head, expected);
    ASSERT_TRUE(equal(packet, expected));
  }
  packet_buffer unroomy(bytes("0203"));
  prepend(unroomy, byte_buffer(500, 1));
  EXPECT_EQ(unroomy.size(), 502u);
  packet_buffer none;
  EXPECT_TRUE(none.empty());
  prepend(none, bytes("01"));
  EXPECT_EQ(to_hex(none), "01");
}

TEST(PacketBuffer, IsEmptyOnceItWasMovedFrom) {
  packet_buffer packet(bytes("0102"));
  packet_buffer other(std::move(packet));
  EXPECT_TRUE(packet.empty());
  EXPECT_EQ(to_hex(other), "0102");
  packet = std::move(other);
  EXPECT_TRUE(other.empty());
  EXPECT_EQ(packet.size(), 2u);
  prepend(other, bytes("03"));
  EXPECT_EQ(to_hex(other), "03");
}

TEST(SendQueue, KeepsPiecesInOrderAndInTheirPlaces) {
  send_queue queue;
  queue.push(packet_buffer());
  EXPECT_TRUE(queue.empty());
  packet_buffer first(bytes("0102"));
  const byte* const place = first.view().data();
  queue.push(std::move(first));
  queue.push(packet_buffer(bytes("03")));
  EXPECT_EQ(queue.size(), 3u);
  ASSERT_EQ(queue.views().size(), 2u);
  EXPECT_EQ(queue.views()[0].data(), place);
  EXPECT_EQ(to_hex(queue.joined()), "010203");
  send_queue other;
  std::swap(queue, other);
  EXPECT_TRUE(queue.empty());
  EXPECT_EQ(queue.size(), 0u);
  EXPECT_EQ(other.size(), 3u);
  other.clear();
  EXPECT_TRUE(other.empty());
  EXPECT_EQ(other.size(), 0u);
}

}  // namespace
}  // namespace corogram::core

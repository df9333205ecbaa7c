#include <corogram/rpc/update_queue.hpp>

#include <gtest/gtest.h>

namespace corogram::rpc {
namespace {

core::byte_buffer numbered(core::byte number, std::size_t size = 1) {
  return core::byte_buffer(size, number);
}

TEST(UpdateQueue, UpdatesComeOutInOrder) {
  update_queue queue(3, 100);
  EXPECT_FALSE(queue.pop());
  queue.push(numbered(1));
  queue.push(numbered(2));
  queue.push_gap();
  for (const core::byte expected : {core::byte{1}, core::byte{2}}) {
    const auto update = queue.pop();
    ASSERT_TRUE(update);
    EXPECT_FALSE(update->gap);
    EXPECT_EQ(update->body, numbered(expected));
  }
  EXPECT_TRUE(queue.pop()->gap);
  EXPECT_FALSE(queue.pop());
}

TEST(UpdateQueue, OneTooManyLeavesAGapAndWhatComesAfterIt) {
  update_queue queue(2, 100);
  queue.push(numbered(1));
  queue.push(numbered(2));
  queue.push(numbered(3));
  queue.push(numbered(4));
  EXPECT_TRUE(queue.pop()->gap);
  EXPECT_EQ(queue.pop()->body, numbered(4));
  EXPECT_FALSE(queue.pop());
}

TEST(UpdateQueue, TheBoundOnBytesHoldsForOneAndForAll) {
  update_queue queue(10, 8);
  queue.push(numbered(1, 8));
  queue.push(numbered(2, 1));
  EXPECT_TRUE(queue.pop()->gap);
  EXPECT_FALSE(queue.pop());

  queue.push(numbered(3, 9));
  EXPECT_TRUE(queue.pop()->gap);
  EXPECT_FALSE(queue.pop());

  queue.push(numbered(4, 8));
  EXPECT_EQ(queue.pop()->body, numbered(4, 8));
  queue.push(numbered(5, 8));
  EXPECT_EQ(queue.pop()->body, numbered(5, 8));
}

TEST(UpdateQueue, GapsInARowAreOne) {
  update_queue queue(10, 100);
  queue.push_gap();
  queue.push_gap();
  EXPECT_TRUE(queue.pop()->gap);
  EXPECT_FALSE(queue.pop());
}

}  // namespace
}  // namespace corogram::rpc

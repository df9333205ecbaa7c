#include <corogram/testdc/call_order.hpp>

#include <gtest/gtest.h>

namespace corogram::testdc {
namespace {

constexpr mtproto::session_key session{1, 2};
constexpr core::instant start{std::chrono::hours(1), std::chrono::hours(500'000)};

mtproto::request_event request(std::int64_t msg_id, mtproto::session_key of = session) {
  mtproto::request_event event;
  event.session = of;
  event.msg_id = msg_id;
  return event;
}

TEST(CallOrder, RunsCallsThatNameNobodyAtOnce) {
  EXPECT_EQ(call_order().admit(session, {}), admission::run);
}

//= INV-09 test
TEST(CallOrder, HoldsACallUntilAllThatItNamesHaveSucceeded) {
  call_order order;
  EXPECT_EQ(order.admit(session, {4, 8}), admission::wait);
  order.hold(request(12), {4, 8}, start);
  EXPECT_TRUE(order.finished(session, 4, true).empty());
  const auto released = order.finished(session, 8, true);
  ASSERT_EQ(released.size(), 1u);
  EXPECT_EQ(released[0].request.msg_id, 12);
  EXPECT_EQ(released[0].verdict, admission::run);
  EXPECT_EQ(order.admit(session, {4, 8}), admission::run);
  EXPECT_FALSE(order.poll_deadline());
}

//= INV-12 test
TEST(CallOrder, FailsACallAsSoonAsOneOfThemHasFailed) {
  call_order order;
  order.hold(request(12), {4, 8}, start);
  const auto released = order.finished(session, 8, false);
  ASSERT_EQ(released.size(), 1u);
  EXPECT_EQ(released[0].verdict, admission::failed);
  EXPECT_EQ(order.admit(session, {8}), admission::failed);
  EXPECT_EQ(order.admit(session, {4, 8}), admission::failed);
}

//= INV-10 test
TEST(CallOrder, GivesUpAfterHalfASecond) {
  call_order order;
  order.hold(request(12), {4}, start);
  ASSERT_TRUE(order.poll_deadline());
  EXPECT_EQ(*order.poll_deadline(), start.steady + std::chrono::milliseconds(500));
  using namespace std::chrono_literals;
  EXPECT_TRUE(order.handle_timeout(core::later(start, 499ms)).empty());
  const auto released = order.handle_timeout(core::later(start, 500ms));
  ASSERT_EQ(released.size(), 1u);
  EXPECT_EQ(released[0].verdict, admission::timed_out);
  EXPECT_FALSE(order.poll_deadline());
}

//= INV-15 test
TEST(CallOrder, KnowsTheMessagesOfTheSameSessionOnly) {
  call_order order;
  const mtproto::session_key other{1, 3};
  (void)order.finished(other, 4, true);
  EXPECT_EQ(order.admit(session, {4}), admission::wait);
  order.hold(request(12), {4}, start);
  EXPECT_TRUE(order.finished(other, 4, true).empty());
}

TEST(CallOrder, ForgetsASessionWithItsCalls) {
  call_order order;
  (void)order.finished(session, 4, true);
  order.hold(request(12), {8}, start);
  order.forget(session);
  EXPECT_EQ(order.admit(session, {4}), admission::wait);
  EXPECT_FALSE(order.poll_deadline());
}

TEST(CallOrder, RemembersABoundedNumberOfOutcomes) {
  call_order order;
  for (std::int64_t id = 0; id <= static_cast<std::int64_t>(remembered_outcomes); ++id)
    (void)order.finished(session, id, true);
  EXPECT_EQ(order.admit(session, {0}), admission::wait);
  EXPECT_EQ(order.admit(session, {1}), admission::run);
}

}  // namespace
}  // namespace corogram::testdc

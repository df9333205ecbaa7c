#include <corogram/core/random.hpp>
#include <corogram/mtproto/received_messages.hpp>
#include <corogram/mtproto/state_info.hpp>

#include <gtest/gtest.h>

#include <set>

namespace corogram::mtproto {
namespace {

using verdict = received_messages::verdict;

received_message numbered(std::int64_t msg_id, std::int32_t seq_no = 0) {
  received_message message;
  message.msg_id = msg_id;
  message.seq_no = seq_no;
  return message;
}

//= DESC-43 test
TEST(ReceivedMessages, KnowDuplicatesAndWhatIsTooOldToTell) {
  received_messages window(3);
  for (const std::int64_t id : {40, 20, 30}) window.add(numbered(id));
  EXPECT_EQ(window.judge(20), verdict::duplicate);
  EXPECT_EQ(window.judge(10), verdict::fresh);
  window.add(numbered(50));
  EXPECT_EQ(window.judge(20), verdict::too_old);
  EXPECT_EQ(window.judge(10), verdict::too_old);
  EXPECT_EQ(window.judge(25), verdict::fresh);
  EXPECT_EQ(window.judge(30), verdict::duplicate);
}

//= DESC-44 test
TEST(ReceivedMessages, ForgetTheLowestIdOfThemAllInWhateverOrderTheyCome) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    SCOPED_TRACE(seed);
    core::test_random random(seed);
    received_messages window(50);
    std::set<std::int64_t> model;
    std::int64_t floor = -1;
    for (int i = 0; i < 500; ++i) {
      const auto id = static_cast<std::int64_t>(random.below(2000));
      const auto expected = id <= floor          ? verdict::too_old
                            : model.contains(id) ? verdict::duplicate
                                                 : verdict::fresh;
      ASSERT_EQ(window.judge(id), expected);
      if (expected != verdict::fresh) continue;
      window.add(numbered(id));
      model.insert(id);
      if (model.size() > 50) floor = model.extract(model.begin()).value();
      ASSERT_EQ(window.size(), model.size());
      const auto at = model.find(id);
      if (at != model.end()) {
        const auto* before = window.before(id);
        const auto* after = window.after(id);
        ASSERT_EQ(before != nullptr, at != model.begin());
        if (before != nullptr) {
          ASSERT_EQ(before->msg_id, *std::prev(at));
        }
        ASSERT_EQ(after != nullptr, std::next(at) != model.end());
        if (after != nullptr) {
          ASSERT_EQ(after->msg_id, *std::next(at));
        }
      }
    }
  }
}

//= SMM-30 test
//= SMM-31 test
TEST(StateInfo, SaysHowFarEachMessageHasCome) {
  received_messages window(4);
  EXPECT_EQ(state_of(window, 100), state_not_received_yet);
  for (const std::int64_t id : {100, 200, 300}) window.add(numbered(id, 1));
  window.add(numbered(250, 2));
  EXPECT_EQ(state_of(window, 50), state_unknown);
  EXPECT_EQ(state_of(window, 150), state_not_received);
  EXPECT_EQ(state_of(window, 400), state_not_received_yet);
  EXPECT_EQ(state_of(window, 250), state_received | state_needs_no_ack);
  received_message& call = *window.find(200);
  EXPECT_EQ(state_of(window, 200), 4);
  call.call = call_progress::running;
  EXPECT_EQ(state_of(window, 200), 4 + 32);
  call.acknowledged = true;
  EXPECT_EQ(state_of(window, 200), 4 + 8 + 32);
  call.call = call_progress::answered;
  EXPECT_EQ(state_of(window, 200), 4 + 8 + 32);
  call.call = call_progress::answer_sent;
  EXPECT_EQ(state_of(window, 200), 4 + 8 + 32 + 64);
  call.call = call_progress::answer_confirmed;
  EXPECT_EQ(state_of(window, 200), 4 + 8 + 32 + 64 + 128);
  window.add(numbered(500));
  EXPECT_EQ(state_of(window, 100), state_unknown);
  //= SMM-29 test
  const std::vector<std::int64_t> ids{400, 250, 100};
  EXPECT_EQ(states_of(window, ids), (core::byte_buffer{2, 20, 1}));
}

}  // namespace
}  // namespace corogram::mtproto

#include "session_support.hpp"

#include <corogram/mtproto/message_rules.hpp>

#include <gtest/gtest.h>

namespace corogram::mtproto {
namespace {

using namespace session_test;

received_message numbered(std::int64_t msg_id, std::int32_t seq_no) {
  received_message message;
  message.msg_id = msg_id;
  message.seq_no = seq_no;
  return message;
}

//= SMM-15 test
//= SMM-16 test
TEST(MessageRules, WantSequenceNumbersToRiseAsIdsDo) {
  const auto before = numbered(1, 3);
  const auto after = numbered(9, 5);
  EXPECT_EQ(check_order(&before, 1, nullptr), bad_msg::seq_no_too_low);
  EXPECT_EQ(check_order(&before, 3, nullptr), bad_msg::seq_no_too_low);
  EXPECT_EQ(check_order(&before, 4, nullptr), std::nullopt);
  EXPECT_EQ(check_order(nullptr, 7, &after), bad_msg::seq_no_too_high);
  EXPECT_EQ(check_order(nullptr, 5, &after), bad_msg::seq_no_too_high);
  EXPECT_EQ(check_order(nullptr, 4, &after), std::nullopt);
  EXPECT_EQ(check_order(&before, 4, &after), std::nullopt);
  // Equal even numbers are those of neighbours without a call between them.
  const auto even = numbered(1, 4);
  EXPECT_EQ(check_order(&even, 4, nullptr), std::nullopt);
  EXPECT_EQ(check_order(nullptr, 4, &even), std::nullopt);
}

//= DESC-27 test
//= DESC-28 test
//= DESC-29 test
//= SMM-17 test
//= SMM-18 test
TEST(MessageRules, SayWhichMessagesAreContentRelated) {
  core::byte_buffer container;
  write_container({}, core::writer(container));
  for (const auto& body : {tl::encode(service::msgs_ack()), container}) {
    EXPECT_EQ(check_parity(body, 4), std::nullopt);
    EXPECT_EQ(check_parity(body, 5), bad_msg::seq_no_not_even);
  }
  // A packed object is the call that it stands for.
  for (const auto& body : {call_body(1), tl::encode(service::gzip_packed()), core::byte_buffer()}) {
    EXPECT_EQ(check_parity(body, 4), bad_msg::seq_no_not_odd);
    EXPECT_EQ(check_parity(body, 5), std::nullopt);
  }
  for (const auto& body :
       {tl::encode(service::ping()), tl::encode(service::get_future_salts()),
        tl::encode(service::msgs_state_req()), tl::encode(service::rpc_drop_answer()),
        tl::encode(service::destroy_session()), tl::encode(service::msg_resend_req())}) {
    EXPECT_EQ(check_parity(body, 4), std::nullopt);
    EXPECT_EQ(check_parity(body, 5), std::nullopt);
  }
}

}  // namespace
}  // namespace corogram::mtproto

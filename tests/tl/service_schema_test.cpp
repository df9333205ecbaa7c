// What the service schema demands of the bytes of its objects.

#include "bytes.hpp"

#include <corogram/service/service.hpp>
#include <corogram/tl/codec.hpp>

#include <gtest/gtest.h>

namespace corogram::tl {
namespace {

using test::bytes;
using test::hex;

//= SCH-02 test
TEST(service_schema, lists_of_message_ids_are_boxed_vectors) {
  const vector<std::int64_t> ids = {1, 2};
  const std::string list = "15c4b51c0200000001000000000000000200000000000000";
  service::msgs_ack ack;
  ack.msg_ids = ids;
  EXPECT_EQ(hex(encode(ack)), "59b4d662" + list);
  service::msgs_state_req state;
  state.msg_ids = ids;
  EXPECT_EQ(hex(encode(state)), "52fb69da" + list);
  service::msg_resend_req resend;
  resend.msg_ids = ids;
  EXPECT_EQ(hex(encode(resend)), "081a867d" + list);
  service::msgs_all_info info;
  info.msg_ids = ids;
  info.info = "ab";
  EXPECT_EQ(hex(encode(info)), "31d1c08c" + list + "02616200");
}

//= SCH-03 test
TEST(service_schema, future_salts_are_a_bare_vector_of_bare_salts) {
  service::future_salt salt;
  salt.valid_since = 1;
  salt.valid_until = 2;
  salt.salt = 3;
  service::future_salts salts;
  salts.req_msg_id = 4;
  salts.now = 5;
  salts.salts = {salt, salt};
  const core::byte_buffer wire = encode(salts);
  EXPECT_EQ(hex(wire),
            "950850ae"
            "0400000000000000"
            "05000000"
            "02000000"
            "01000000020000000300000000000000"
            "01000000020000000300000000000000");
  auto back = decode<box<service::FutureSalts>>(wire);
  ASSERT_TRUE(back);
  EXPECT_EQ((*back)->get_if<service::future_salts>()->salts[1].salt, 3);
}

//= SCH-04 test
TEST(service_schema, containers_are_a_bare_vector_of_bare_messages_with_their_lengths) {
  service::ping ping;
  ping.ping_id = 7;
  service::message message;
  message.msg_id = 1;
  message.seqno = 2;
  message.body = encode(ping);
  message.bytes = static_cast<std::int32_t>(message.body.size());
  service::msg_container container;
  container.messages.push_back(message);
  container.messages.push_back(message);
  const std::string inside = "0100000000000000020000000c000000ec77be7a0700000000000000";
  const core::byte_buffer wire = encode(container);
  EXPECT_EQ(hex(wire), "dcf8f17302000000" + inside + inside);
  auto back = decode<service::msg_container>(wire);
  ASSERT_TRUE(back);
  ASSERT_EQ((*back)->messages.size(), 2U);
  auto body = decode_view<service::ping>((*back)->messages[1].body);
  ASSERT_TRUE(body);
  EXPECT_EQ((*body)->ping_id, 7);
}

//= SCH-07 test
TEST(service_schema, bind_auth_key_inner_is_boxed_and_has_40_bytes) {
  service::bind_auth_key_inner inner;
  inner.nonce = 0x0123456789abcdef;
  inner.temp_auth_key_id = 0x4e78ef50338b5865;
  inner.perm_auth_key_id = 0x73eee26ee14c0991;
  inner.temp_session_id = 0x0807060504030201;
  inner.expires_at = 1707511505;
  EXPECT_EQ(hex(encode(inner)),
            "65f7a375efcdab896745230165588b3350ef784e91094ce16ee2ee730102030405060708d18ec665");
}

//= SER-13 test
TEST(service_schema, a_result_is_any_object) {
  service::rpc_result result;
  result.req_msg_id = 1;
  result.result = encode(true);
  const core::byte_buffer wire = encode(result);
  EXPECT_EQ(hex(wire), "016d5cf30100000000000000b5757299");
  auto back = decode<service::rpc_result>(wire);
  ASSERT_TRUE(back);
  EXPECT_EQ(peek_id((*back)->result), bool_true_id);
  EXPECT_EQ(
      decode<service::rpc_result>(core::byte_buffer(wire.begin(), wire.end() - 4)).error().code,
      errc::truncated);
}

TEST(service_schema, results_of_functions_are_read_without_the_header_of_their_type) {
  auto pong = decode_result<service::ping>(bytes("c5737734 0100000000000000 0200000000000000"));
  ASSERT_TRUE(pong);
  EXPECT_EQ((*pong)->get_if<service::pong>()->ping_id, 2);
}

}  // namespace
}  // namespace corogram::tl

#include "bytes.hpp"

#include <corogram/api/fwd.hpp>
#include <corogram/samples/fwd.hpp>
#include <corogram/service/fwd.hpp>
#include <corogram/tl/print.hpp>

#include <gtest/gtest.h>

#include <string>

namespace corogram::tl {
namespace {

using test::bytes;
using test::hex;

std::string made(const tables& schema, std::string_view name, std::string_view json) {
  json_failure failure;
  const auto outcome = from_json(schema, name, json, {.failure = &failure});
  return outcome ? hex(*outcome) : failure.message;
}

std::string plain(std::string_view digits) {
  return hex(bytes(digits));
}

TEST(FromJson, ANameSaysWhatIsMade) {
  const tables& schema = service::tables();
  const std::string ping = plain("ec77be7a 0800000000000000");
  EXPECT_EQ(made(schema, "ping", R"({"ping_id":8})"), ping);
  EXPECT_EQ(made(schema, "ping", R"({"_":"ping","ping_id":"8"})"), ping);
  EXPECT_EQ(made(schema, "", R"({"_":"ping","ping_id":"8"})"), ping);
  EXPECT_EQ(made(schema, "Pong", R"({"_":"pong","msg_id":-1,"ping_id":8})"),
            plain("c5737734 ffffffffffffffff 0800000000000000"));
  EXPECT_EQ(made(schema, "Pong", R"({"msg_id":-1,"ping_id":8})"),
            plain("c5737734 ffffffffffffffff 0800000000000000"));
  EXPECT_EQ(made(api::tables(), "help.getConfig", "{}"), plain("6b18f9c4"));
}

TEST(FromJson, FlagsFollowFromTheFields) {
  const tables& schema = samples::tables();
  const auto two = [&](std::string_view json) { return made(schema, "two_flags", json).substr(8); };
  EXPECT_EQ(two("{}"), plain("00000000"));
  EXPECT_EQ(two(R"({"a":5})"), plain("01000000 05000000"));
  EXPECT_EQ(two(R"({"b":""})"), plain("02000000 00000000"));
  EXPECT_EQ(two(R"({"shout":true})"), plain("04000000"));
  EXPECT_EQ(two(R"({"shout":false})"), plain("00000000"));
  EXPECT_EQ(two(R"({"flags":8,"shout":true,"b":"x","a":-1})"), plain("0f000000 ffffffff 01780000"));
}

//= TL-17 test
TEST(FromJson, AFlagsWordMayDependOnAnother) {
  const tables& schema = samples::tables();
  const auto three = [&](std::string_view json) {
    return made(schema, "three_words", json).substr(8);
  };
  EXPECT_EQ(three("{}"), plain("00000000 00000000 00000000"));
  EXPECT_EQ(three(R"({"a":1})"), plain("00000080 00000000 0100000000000000 00000000"));
  EXPECT_EQ(three(R"({"b":true,"d":4})"), plain("00000000 01000000 00000000 04000000"));
  EXPECT_EQ(three(R"({"c":[1]})"), plain("00000000 00000000 20000000 15c4b51c 01000000 01000000"));
  // One bit, two fields: both or none.
  EXPECT_EQ(made(schema, "three_words", R"({"b":true})"),
            "line 1, column 1: $.d: the field is missing, expected this field");
  EXPECT_EQ(
      made(schema, "three_words", R"({"b":false,"d":4})"),
      "line 1, column 6: $.b: two members contradict each other, expected true or nothing, as "
      "other members set the bit");
}

TEST(FromJson, NumbersThatFieldsDependOn) {
  const tables& schema = samples::tables();
  const auto whole = [&](std::string_view json) { return made(schema, "whole", json); };
  EXPECT_EQ(whole(R"({"n":0})").substr(8), plain("00000000"));
  EXPECT_EQ(whole(R"({"n":2,"x":7,"y":"","z":{}})").substr(8), plain("02000000 07000000 00000000"));
  EXPECT_EQ(whole(R"({"n":2,"x":7,"y":"","z":{"_":"true"}})").substr(8),
            plain("02000000 07000000 00000000"));
  EXPECT_EQ(whole(R"({"n":2,"y":""})"),
            "line 1, column 1: $.x: the field is missing, expected this field");
  EXPECT_EQ(whole(R"({"x":7})"),
            "line 1, column 6: $.x: two members contradict each other, expected nothing, as the "
            "number that it depends on is 0");
}

TEST(FromJson, EachKindOfValue) {
  const tables& schema = samples::tables();
  EXPECT_EQ(made(schema, "kinds",
                 R"({"i":-2147483648,"l":"9223372036854775807","d":0.5,"t":"\u00e9",)"
                 R"("b":"AP8=","u":true,"h":"000102030405060708090a0b0c0d0e0f"})")
                .substr(8),
            plain("7f000000 00000080 ffffffffffffff7f 000000000000e03f 02c3a900 0200ff00 b5757299 "
                  "000102030405060708090a0b0c0d0e0f"));
  EXPECT_EQ(made(schema, "kinds", R"({"b":"hex:00fF"})").substr(8), plain("10000000 0200ff00"));
  EXPECT_EQ(made(schema, "kinds", R"({"t":{"base64":"/w=="}})").substr(8),
            plain("08000000 01ff0000"));
  EXPECT_EQ(made(schema, "kinds", R"({"p":{"x":1,"y":2}})").substr(8),
            plain("00040000 01000000 02000000"));
  EXPECT_EQ(made(schema, "kinds", R"({"v":[{"_":"no_user","id":1}]})").substr(8),
            plain("00020000 15c4b51c 01000000 d19975c6 01000000"));
  EXPECT_EQ(made(schema, "kinds", R"({"d":"NaN:7ff8000000000001"})").substr(8),
            plain("04000000 010000000000f87f"));
  EXPECT_EQ(made(schema, "kinds", R"({"d":"-Infinity"})").substr(8),
            plain("04000000 000000000000f0ff"));
  EXPECT_EQ(made(schema, "numbers",
                 R"({"i":1,"l":2,"d":1,"s":"a","h":"00000000000000000000000000000000",)"
                 R"("w":"0000000000000000000000000000000000000000000000000000000000000000"})")
                .substr(8, 64),
            plain("da9b50a8 01000000 ba6c0722 0200000000000000 54c11022 000000000000f03f"));
}

TEST(FromJson, ObjectsAndTheirLengths) {
  const tables& schema = service::tables();
  const std::string body = R"({"_":"ping","ping_id":8})";
  const std::string wanted =
      plain("dcf8f173 01000000 0500000000000000 01000000 0c000000 ec77be7a 0800000000000000");
  EXPECT_EQ(
      made(schema, "msg_container", R"({"messages":[{"msg_id":5,"seqno":1,"body":)" + body + "}]}"),
      wanted);
  EXPECT_EQ(made(schema, "msg_container",
                 R"({"messages":[{"msg_id":5,"seqno":1,"bytes":12,"body":)" + body + "}]}"),
            wanted);
  EXPECT_EQ(
      made(schema, "msg_container",
           R"({"messages":[{"msg_id":5,"seqno":1,"bytes":8,"body":)" + body + "}]}"),
      "line 1, column 44: $.messages[0].bytes: two members contradict each other, expected the "
      "length of the object behind it, or nothing");
  EXPECT_EQ(made(schema, "rpc_result", R"({"req_msg_id":1,"result":"hex:00010203"})"),
            plain("016d5cf3 0100000000000000 00010203"));
  json_failure failure;
  const auto with_api = from_json(
      schema, "rpc_result",
      R"({"req_msg_id":1,"result":{"_":"nearestDc","country":"","this_dc":1,"nearest_dc":2}})",
      {.inner = &api::tables(), .failure = &failure});
  ASSERT_TRUE(with_api.has_value()) << failure.message;
  EXPECT_EQ(hex(*with_api), plain("016d5cf3 0100000000000000 75171a8e 00000000 01000000 02000000"));
}

TEST(FromJson, BoolsStandForThemselves) {
  EXPECT_EQ(made(samples::tables(), "", "true"), plain("b5757299"));
  EXPECT_EQ(made(samples::tables(), "Bool", "false"), plain("379779bc"));
  EXPECT_EQ(made(samples::tables(), "boolTrue", "true"), plain("b5757299"));
  EXPECT_EQ(made(samples::tables(), "boolTrue", "false"),
            "line 1, column 1: $: a value of the wrong kind, expected a value of the named kind");
  EXPECT_EQ(made(service::tables(), "rpc_result", R"({"req_msg_id":1,"result":true})"),
            plain("016d5cf3 0100000000000000 b5757299"));
}

TEST(FromJson, WrappersTakeTheCallInside) {
  EXPECT_EQ(
      made(api::tables(), "invokeWithLayer",
           R"({"layer":227,"query":{"_":"invokeWithoutUpdates","query":{"_":"help.getConfig"}}})"),
      plain("0d0d9bda e3000000 b75994bf 6b18f9c4"));
}

struct bad_json {
  std::string_view name;
  std::string_view json;
  json_errc code;
  std::string_view path;
  std::size_t line;
  std::size_t column;
};

TEST(FromJson, WhatIsWrongIsToldWithPathLineAndColumn) {
  using enum json_errc;
  for (const bad_json& bad : {
           bad_json{"ping", "{\n  \"ping_id\": 8,\n  \"pong\": 1}", unknown_field, "$.pong", 3, 3},
           {"ping", "{}", missing_field, "$.ping_id", 1, 1},
           {"ping", "[]", wrong_type, "$", 1, 1},
           {"ping", " null", wrong_type, "$", 1, 2},
           {"ping", R"({"ping_id":true})", wrong_type, "$.ping_id", 1, 12},
           {"ping", R"({"ping_id":null})", wrong_type, "$.ping_id", 1, 12},
           {"ping", R"({"ping_id":1.0})", wrong_type, "$.ping_id", 1, 12},
           {"ping", R"({"ping_id":1e3})", wrong_type, "$.ping_id", 1, 12},
           {"ping", R"({"ping_id":"1 "})", wrong_type, "$.ping_id", 1, 12},
           {"ping", R"({"ping_id":""})", wrong_type, "$.ping_id", 1, 12},
           {"ping", R"({"ping_id":"0x10"})", wrong_type, "$.ping_id", 1, 12},
           {"ping", R"({"ping_id":9223372036854775808})", out_of_range, "$.ping_id", 1, 12},
           {"ping", R"({"ping_id":"-9223372036854775809"})", out_of_range, "$.ping_id", 1, 12},
           {"ping", R"({"_":"pong","ping_id":1})", wrong_constructor, "$._", 1, 6},
           {"ping", R"({"_":5,"ping_id":1})", wrong_type, "$._", 1, 6},
           {"ping", R"({"ping_id":1,"ping_id":1})", duplicate_member, "$", 1, 14},
           {"ping", "{\"ping_id\":1", syntax, "$", 1, 13},
           {"ping", "{\"ping_id\":\n\"\\ud800\"}", bad_string, "$", 2, 2},
           {"no_such_call", "{}", unknown_name, "$", 1, 1},
           {"", "{}", missing_field, "$._", 1, 1},
           {"", R"({"_":"no_such"})", unknown_name, "$._", 1, 6},
           {"", R"({"_":7})", wrong_type, "$._", 1, 6},
           {"", "5", wrong_type, "$", 1, 1},
           {"DestroySessionRes", R"({"session_id":1})", missing_field, "$._", 1, 1},
           {"DestroySessionRes", R"({"_":"pong"})", wrong_constructor, "$._", 1, 6},
           {"DestroySessionRes", R"({"_":"no_such"})", unknown_name, "$._", 1, 6},
           {"Pong", "1", wrong_type, "$", 1, 1},
           {"get_future_salts", R"({"num":2147483648})", out_of_range, "$.num", 1, 8},
           {"get_future_salts", R"({"num":-2147483649})", out_of_range, "$.num", 1, 8},
           {"get_future_salts", R"({"num":"1"})", wrong_type, "$.num", 1, 8},
           {"msgs_ack", R"({"msg_ids":5})", wrong_type, "$.msg_ids", 1, 12},
           {"msgs_ack", R"({"msg_ids":[1,"2",[]]})", wrong_type, "$.msg_ids[2]", 1, 19},
           {"req_pq_multi", R"({"nonce":"00"})", out_of_range, "$.nonce", 1, 10},
           {"req_pq_multi", R"({"nonce":"0g"})", bad_bytes, "$.nonce", 1, 10},
           {"req_pq_multi", R"({"nonce":7})", wrong_type, "$.nonce", 1, 10},
           {"gzip_packed", R"({"packed_data":"A"})", bad_bytes, "$.packed_data", 1, 16},
           {"gzip_packed", R"({"packed_data":"!"})", bad_bytes, "$.packed_data", 1, 16},
           {"gzip_packed", R"({"packed_data":"hex:0"})", bad_bytes, "$.packed_data", 1, 16},
           {"gzip_packed", R"({"packed_data":[]})", wrong_type, "$.packed_data", 1, 16},
           {"rpc_error", R"({"error_code":1,"error_message":2})", wrong_type, "$.error_message", 1,
            33},
           {"rpc_error", R"({"error_code":1,"error_message":{}})", wrong_type, "$.error_message", 1,
            33},
           {"rpc_error", R"({"error_code":1,"error_message":{"base64":"?"}})", bad_bytes,
            "$.error_message", 1, 43},
           {"rpc_result", R"({"req_msg_id":1,"result":""})", out_of_range, "$.result", 1, 26},
           {"rpc_result", R"({"req_msg_id":1,"result":"hex:0001"})", out_of_range, "$.result", 1,
            26},
           {"rpc_result", R"({"req_msg_id":1,"result":5})", wrong_type, "$.result", 1, 26},
           {"rpc_result", R"({"req_msg_id":1,"result":{"_":"no_such"}})", unknown_name,
            "$.result._", 1, 31},
           {"rpc_result", R"({"req_msg_id":1,"result":{"_":"pong","msg_id":[]}})", wrong_type,
            "$.result.msg_id", 1, 47},
           {"future_salts", R"({"req_msg_id":1,"now":1,"salts":[{"valid_since":1,"salt":1}]})",
            missing_field, "$.salts[0].valid_until", 1, 34},
       }) {
    json_failure failure;
    const auto outcome = from_json(service::tables(), bad.name, bad.json, {.failure = &failure});
    ASSERT_FALSE(outcome.has_value()) << bad.json;
    EXPECT_EQ(outcome.error().code, bad.code) << bad.json << "\n" << failure.message;
    EXPECT_EQ(failure.path, bad.path) << bad.json << "\n" << failure.message;
    EXPECT_EQ(failure.place, (text_position{bad.line, bad.column})) << bad.json << "\n"
                                                                    << failure.message;
    EXPECT_FALSE(outcome.error().expected.empty()) << bad.json;
  }
}

TEST(FromJson, NumbersOfTheSamples) {
  const tables& schema = samples::tables();
  EXPECT_EQ(made(schema, "tallies", R"({"many":4294967295,"more":0})").substr(8),
            plain("ffffffff 00000000"));
  EXPECT_EQ(made(schema, "tallies", R"({"many":4294967296,"more":0})"),
            "line 1, column 9: $.many: out of range, expected a number from 0 to 4294967295");
  EXPECT_EQ(made(schema, "tallies", R"({"many":-1,"more":0})"),
            "line 1, column 9: $.many: out of range, expected a number from 0 to 4294967295");
  EXPECT_EQ(made(schema, "tallies", R"({"many":1})"),
            "line 1, column 1: $.more: the field is missing, expected this field");
  EXPECT_EQ(made(schema, "kinds", R"({"d":1e400})"),
            "line 1, column 6: $.d: out of range, expected a double");
  EXPECT_EQ(made(schema, "kinds", R"({"d":"NaN"})").substr(0, 32),
            "line 1, column 6: $.d: a value o");
  EXPECT_EQ(made(schema, "kinds", R"({"u":1})"),
            "line 1, column 6: $.u: a value of the wrong kind, expected true or false");
  EXPECT_EQ(made(schema, "two_flags", R"({"shout":1})"),
            "line 1, column 10: $.shout: a value of the wrong kind, expected true or false");
}

TEST(FromJson, AFailureInsideAnObjectOfOtherTablesKeepsItsPath) {
  json_failure failure;
  const auto outcome = from_json(service::tables(), "rpc_result",
                                 R"({"req_msg_id":1,"result":{"_":"nearestDc","country":5}})",
                                 {.inner = &api::tables(), .failure = &failure});
  ASSERT_FALSE(outcome.has_value());
  EXPECT_EQ(failure.path, "$.result.country");
}

TEST(FromJson, NestingIsBounded) {
  std::string deep = R"({"_":"chain_end"})";
  for (int i = 0; i < 100; ++i) deep = R"({"_":"chain_link","next":)" + deep + "}";
  EXPECT_TRUE(from_json(samples::tables(), "Chain", deep).has_value());
  for (int i = 0; i < 100; ++i) deep = R"({"_":"chain_link","next":)" + deep + "}";
  const auto outcome = from_json(samples::tables(), "Chain", deep);
  ASSERT_FALSE(outcome.has_value());
  EXPECT_EQ(outcome.error().code, json_errc::too_deep);
}

TEST(FromJson, StringsHaveTheirGreatestLength) {
  const std::string most((1U << 24) - 1, 'x');
  const auto taken = from_json(service::tables(), "rpc_error",
                               R"({"error_code":1,"error_message":")" + most + "\"}");
  ASSERT_TRUE(taken.has_value());
  EXPECT_EQ(taken->size(), 4 + 4 + 4 + most.size() + 1);
  const auto refused = from_json(service::tables(), "rpc_error",
                                 R"({"error_code":1,"error_message":")" + most + "x\"}");
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, json_errc::out_of_range);
}

}  // namespace
}  // namespace corogram::tl

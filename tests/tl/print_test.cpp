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

std::string json(const tables& schema, std::string_view hex, const print_options& options = {}) {
  const auto outcome = to_json(schema, bytes(hex), options);
  return outcome ? *outcome : outcome.error().message();
}

std::string text(const tables& schema, std::string_view hex, const print_options& options = {}) {
  const auto outcome = to_text(schema, bytes(hex), options);
  return outcome ? *outcome : outcome.error().message();
}

constexpr const char* pong = "c5737734 0700000000000080 0800000000000000";
// The first response of the key exchange, from https://core.telegram.org/mtproto/samples-auth_key.
constexpr const char* res_pq =
    "632416053e0549828cca27e966b301a48fece2fca5cf4d33f4a11ea877ba4aa5739073300817ed48941a08f9810000"
    "00"
    "15c4b51c01000000216be86c022bb4c3";

TEST(PrintJson, LongsAreStringsAndDigitsAreHexadecimal) {
  EXPECT_EQ(json(service::tables(), pong),
            R"({"_":"pong","msg_id":"-9223372036854775801","ping_id":"8"})");
  EXPECT_EQ(json(service::tables(), res_pq),
            R"({"_":"resPQ","nonce":"3e0549828cca27e966b301a48fece2fc",)"
            R"("server_nonce":"a5cf4d33f4a11ea877ba4aa573907330","pq":"F+1IlBoI+YE=",)"
            R"("server_public_key_fingerprints":["-4344800451088585951"]})");
}

TEST(PrintJson, FlagsWordsAreLeftOutUnlessTheyTellMore) {
  const tables& schema = samples::tables();
  const auto two_flags = [&](std::string_view rest) {
    return *to_json(
        schema, {value_kind::bare, false, schema.index_of(*schema.find_constructor("two_flags"))},
        bytes(rest));
  };
  EXPECT_EQ(two_flags("00000000"), R"({"_":"two_flags"})");
  EXPECT_EQ(two_flags("04000000"), R"({"_":"two_flags","shout":true})");
  EXPECT_EQ(two_flags("03000000 05000000 01610000"), R"({"_":"two_flags","a":5,"b":"a"})");
  EXPECT_EQ(two_flags("0c000000"), R"({"_":"two_flags","flags":12,"shout":true})");
}

TEST(PrintJson, NumbersThatFieldsDependOnAreKept) {
  const tables& schema = samples::tables();
  const value_type whole{value_kind::bare, false,
                         schema.index_of(*schema.find_constructor("whole"))};
  EXPECT_EQ(*to_json(schema, whole, bytes("00000000")), R"({"_":"whole","n":0})");
  EXPECT_EQ(*to_json(schema, whole, bytes("02000000 07000000 00000000")),
            R"({"_":"whole","n":2,"x":7,"y":"","z":{"_":"true"}})");
}

//= SER-08 test
TEST(PrintJson, StringsThatAreNoTextAreKeptAsBase64) {
  EXPECT_EQ(
      json(samples::tables(), "a3813cd2 05000000 02c3a900 02c3ff00"),
      "{\"_\":\"user\",\"id\":5,\"first_name\":\"\xc3\xa9\",\"last_name\":{\"base64\":\"w/8=\"}}");
}

TEST(PrintJson, DoublesRoundTripAndTheOthersAreStrings) {
  const tables& schema = samples::tables();
  const auto number = [&](std::string_view hex) {
    return *to_json(schema, {value_kind::float64, false, 0}, bytes(hex));
  };
  EXPECT_EQ(number("000000000000f03f"), "1");
  EXPECT_EQ(number("9a9999999999b93f"), "0.1");
  EXPECT_EQ(number("0000000000000080"), "-0");
  EXPECT_EQ(number("000000000000f07f"), "\"Infinity\"");
  EXPECT_EQ(number("000000000000f0ff"), "\"-Infinity\"");
  EXPECT_EQ(number("010000000000f87f"), "\"NaN:7ff8000000000001\"");
}

TEST(PrintJson, AnObjectIsPrintedAsWhatItIs) {
  const std::string result = std::string("016d5cf3 0100000000000000 ") + pong;
  EXPECT_EQ(json(service::tables(), result),
            R"({"_":"rpc_result","req_msg_id":"1","result":{"_":"pong",)"
            R"("msg_id":"-9223372036854775801","ping_id":"8"}})");
  // Not of the service, or not whole: its bytes.
  const std::string unknown = "016d5cf3 0100000000000000 75171a8e 023132 00 01000000 02000000";
  EXPECT_EQ(json(service::tables(), unknown),
            R"({"_":"rpc_result","req_msg_id":"1","result":"dRcajgIxMgABAAAAAgAAAA=="})");
  EXPECT_EQ(json(service::tables(), unknown, {.inner = &api::tables()}),
            R"({"_":"rpc_result","req_msg_id":"1","result":{"_":"nearestDc","country":"12",)"
            R"("this_dc":1,"nearest_dc":2}})");
  EXPECT_EQ(json(service::tables(), "016d5cf3 0100000000000000 c5737734 01000000"),
            R"({"_":"rpc_result","req_msg_id":"1","result":"xXN3NAEAAAA="})");
}

TEST(PrintJson, WrappersShowTheCallInside) {
  EXPECT_EQ(json(api::tables(), "0d0d9bda e3000000 b75994bf 6b18f9c4"),
            R"({"_":"invokeWithLayer","layer":227,"query":{"_":"invokeWithoutUpdates",)"
            R"("query":{"_":"help.getConfig"}}})");
}

TEST(PrintJson, ContainersShowTheirMessages) {
  const std::string container =
      std::string("dcf8f173 01000000 0500000000000000 01000000 14000000 ") + pong;
  EXPECT_EQ(json(service::tables(), container),
            R"({"_":"msg_container","messages":[{"_":"message","msg_id":"5","seqno":1,"bytes":20,)"
            R"("body":{"_":"pong","msg_id":"-9223372036854775801","ping_id":"8"}}]})");
}

TEST(PrintJson, VectorsAndBoolsNeedTheirTypeOrTheirNumber) {
  const tables& schema = samples::tables();
  EXPECT_EQ(json(schema, "b5757299"), "true");
  EXPECT_EQ(json(schema, "379779bc"), "false");
  EXPECT_EQ(
      json(schema, "15c4b51c 00000000"),
      "corogram.tl: unknown constructor number, at byte 0, expected a constructor of the schema");
  const value_type found = schema.result_of(*schema.find_function("getUsers"));
  EXPECT_EQ(*to_json(schema, found, bytes("15c4b51c 01000000 d19975c6 03000000")),
            R"([{"_":"no_user","id":3}])");
  EXPECT_EQ(*to_json(schema, found, bytes("15c4b51c 00000000")), "[]");
}

TEST(PrintJson, IndentPutsEachMemberOnALine) {
  EXPECT_EQ(
      json(service::tables(), pong, {.indent = 2}),
      "{\n  \"_\": \"pong\",\n  \"msg_id\": \"-9223372036854775801\",\n  \"ping_id\": \"8\"\n}");
  EXPECT_EQ(json(service::tables(), "59b4d662 15c4b51c 01000000 0100000000000000", {.indent = 1}),
            "{\n \"_\": \"msgs_ack\",\n \"msg_ids\": [\n  \"1\"\n ]\n}");
}

TEST(PrintText, ReadsLikeTheSchema) {
  EXPECT_EQ(text(service::tables(), pong), "pong { msg_id: -9223372036854775801, ping_id: 8 }");
  EXPECT_EQ(text(service::tables(), res_pq, {.indent = 2}),
            "resPQ {\n"
            "  nonce: 3e0549828cca27e966b301a48fece2fc\n"
            "  server_nonce: a5cf4d33f4a11ea877ba4aa573907330\n"
            "  pq: 17ed48941a08f981 (8 bytes)\n"
            "  server_public_key_fingerprints: [-4344800451088585951]\n"
            "}");
  EXPECT_EQ(text(service::tables(), "6e d32a5e"), "rpc_answer_unknown");
  EXPECT_EQ(text(service::tables(), "59b4d662 15c4b51c 00000000"), "msgs_ack { msg_ids: [] }");
  const std::string container =
      std::string("dcf8f173 01000000 0500000000000000 01000000 14000000 ") + pong;
  EXPECT_EQ(text(service::tables(), container, {.indent = 2}),
            "msg_container {\n"
            "  messages: [\n"
            "    message {\n"
            "      msg_id: 5\n"
            "      seqno: 1\n"
            "      bytes: 20\n"
            "      body: pong {\n"
            "        msg_id: -9223372036854775801\n"
            "        ping_id: 8\n"
            "      }\n"
            "    }\n"
            "  ]\n"
            "}");
  EXPECT_EQ(text(samples::tables(), "a3813cd2 05000000 02c3a900 02c3ff00"),
            "user { id: 5, first_name: \"\xc3\xa9\", last_name: c3ff (2 bytes) }");
}

TEST(PrintText, LongBytesAreCut) {
  EXPECT_EQ(text(service::tables(), "a1cf7230 0401020304000000", {.longest_bytes = 2}),
            "gzip_packed { packed_data: 0102... (4 bytes) }");
  EXPECT_EQ(text(service::tables(), "a1cf7230 00000000"), "gzip_packed { packed_data: (0 bytes) }");
  EXPECT_EQ(text(service::tables(), "a1cf7230 01aa0000"),
            "gzip_packed { packed_data: aa (1 byte) }");
}

TEST(Print, BrokenBytesAreAnError) {
  const tables& schema = service::tables();
  const core::byte_buffer whole = bytes(res_pq);
  for (std::size_t length = 0; length < whole.size(); ++length) {
    const auto outcome = to_json(schema, core::byte_view(whole).first(length));
    ASSERT_FALSE(outcome.has_value()) << length;
    EXPECT_LE(outcome.error().offset, length);
    EXPECT_FALSE(to_text(schema, core::byte_view(whole).first(length)).has_value());
  }
  const auto code = [&](std::string_view hex) { return to_json(schema, bytes(hex)).error().code; };
  EXPECT_EQ(code(std::string(pong) + "00000000"), errc::trailing_bytes);
  EXPECT_EQ(code("59b4d662 15c4b51c ffffffff"), errc::bad_count);
  EXPECT_EQ(code("59b4d662 16c4b51c 00000000"), errc::unknown_constructor);
  EXPECT_EQ(code("59b4d662 c5737734 00000000"), errc::wrong_constructor);
  EXPECT_EQ(code("b24660e0 379779bc"), errc::wrong_constructor);  // boolFalse for a Message
  EXPECT_EQ(code("a1cf7230 ff000000"), errc::bad_length);
  EXPECT_EQ(code("016d5cf3 0100000000000000 010000"), errc::truncated);
  EXPECT_EQ(code("dcf8f173 01000000 0500000000000000 01000000 06000000 c573773400000000"),
            errc::bad_length);
  EXPECT_EQ(code("dcf8f173 01000000 0500000000000000 01000000 ffffffff c5737734"),
            errc::bad_length);
  EXPECT_EQ(to_json(samples::tables(), bytes("a3813cd2")).error().code, errc::truncated);
  EXPECT_EQ(
      to_json(samples::tables(), {value_kind::boolean, false, 0}, bytes("00000000")).error().code,
      errc::wrong_constructor);
}

// Wrappers within wrappers within wrappers: looking ahead must not double the work on each level.
TEST(Print, DeepNestingIsPrintedOrRefusedInTime) {
  core::byte_buffer deep;
  for (int i = 0; i < 120; ++i) core::append(deep, bytes("b75994bf"));
  core::append(deep, bytes("6b18f9c4"));
  EXPECT_TRUE(to_json(api::tables(), deep).has_value());
  core::byte_buffer deeper;
  for (int i = 0; i < 100'000; ++i) core::append(deeper, bytes("b75994bf"));
  EXPECT_TRUE(to_json(api::tables(), deeper).has_value());
}

}  // namespace
}  // namespace corogram::tl

#include <corogram/tools/event_line.hpp>

#include <gtest/gtest.h>

namespace corogram::tools {
namespace {

TEST(EventLine, IsTextForPeopleAndJsonForMachines) {
  testdc::call_answered answered;
  answered.connection = 3;
  answered.method = "help.getConfig";
  answered.layer = 227;
  answered.answer_bytes = 500;
  const auto line = describe(testdc::data_center_event(answered));
  ASSERT_TRUE(line);
  EXPECT_EQ(to_text(*line), "#3 call  method: help.getConfig  layer: 227  answer_bytes: 500");
  EXPECT_EQ(to_json(*line),
            R"({"event":"call","connection":3,"method":"help.getConfig","layer":"227",)"
            R"("answer_bytes":"500"})");
}

TEST(EventLine, NamesTheRequirementOfABrokenRule) {
  mtproto::violation_event event;
  event.connection = 1;
  event.what = {mtproto::rule::after_outermost, "it was inside", false};
  const auto line = describe(testdc::data_center_event(mtproto::server_event(event)));
  ASSERT_TRUE(line);
  EXPECT_EQ(to_text(*line),
            "#1 violation  rule: after_outermost  requirement: INV-14  verdict: recorded  what: it "
            "was inside");
}

TEST(EventLine, LeavesOutAcknowledgements) {
  EXPECT_FALSE(
      describe(testdc::data_center_event(mtproto::server_event(mtproto::message_acknowledged()))));
}

TEST(JsonString, EscapesWhatJsonDoesNotAllow) {
  EXPECT_EQ(json_string("a\"b\\c\n\x01"), R"("a\"b\\c\n\u0001")");
  EXPECT_EQ(json_string("\xd0\xb6"), "\"\xd0\xb6\"");
  EXPECT_EQ(json_string(""), "\"\"");
}

TEST(JsonString, ReplacesBytesThatAreNoUtf8) {
  const std::string replacement = "\xef\xbf\xbd";
  for (const std::string_view wrong :
       {"\x80", "\xff", "\xc0\x80", "\xe0\x80\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xd0"}) {
    const std::string quoted = json_string(wrong);
    EXPECT_EQ(quoted.size(), 2 + wrong.size() * replacement.size());
    EXPECT_NE(quoted.find(replacement), std::string::npos);
  }
}

}  // namespace
}  // namespace corogram::tools

#include <corogram/rpc/rpc_error.hpp>

#include <gtest/gtest.h>

#include <limits>
#include <string>

namespace corogram::rpc {
namespace {

struct parsed {
  const char* message;
  const char* name;
  std::optional<std::int64_t> parameter;
};

//= ERR-02 test
TEST(RpcError, ParametersAreTakenFromAnywhereInTheName) {
  const parsed table[] = {
      {"FLOOD_WAIT_30", "FLOOD_WAIT_X", 30},
      {"FILE_PART_3_MISSING", "FILE_PART_X_MISSING", 3},
      {"FILE_REFERENCE_0_EXPIRED", "FILE_REFERENCE_X_EXPIRED", 0},
      {"PHONE_MIGRATE_5", "PHONE_MIGRATE_X", 5},
      {"2FA_CONFIRM_WAIT_604800", "2FA_CONFIRM_WAIT_X", 604800},
      {"PREVIOUS_CHAT_IMPORT_ACTIVE_WAIT_10MIN", "PREVIOUS_CHAT_IMPORT_ACTIVE_WAIT_XMIN", 10},
      {"INTERDC_2_CALL_RICH_ERROR", "INTERDC_X_CALL_RICH_ERROR", 2},
      {"INPUT_METHOD_INVALID_1192227_42", "INPUT_METHOD_INVALID_X_X", 1192227},
      {"7", "X", 7},
      {"9223372036854775807", "X", std::numeric_limits<std::int64_t>::max()},
  };
  for (const auto& [message, name, parameter] : table) {
    const rpc_error error = parse_rpc_error(400, message);
    EXPECT_EQ(error.name, name);
    EXPECT_EQ(error.parameter, parameter) << message;
    EXPECT_EQ(error.message, message);
    EXPECT_EQ(error.code, 400);
  }
}

//= ERR-02 test
TEST(RpcError, DigitsInsideAWordBelongToTheName) {
  for (const char* message : {"2FA_RECENT_CONFIRM", "SHA256_HASH_INVALID", "MD5_CHECKSUM_INVALID",
                              "AUTH_TOKEN_INVALID2", "WAIT_10MINUTES", "MIN", "_", "A__B"}) {
    const rpc_error error = parse_rpc_error(400, message);
    EXPECT_EQ(error.name, message);
    EXPECT_EQ(error.parameter, std::nullopt) << message;
  }
}

TEST(RpcError, AParameterBeyond64BitsIsLeftOut) {
  const rpc_error error = parse_rpc_error(420, "FLOOD_WAIT_9223372036854775808");
  EXPECT_EQ(error.name, "FLOOD_WAIT_X");
  EXPECT_EQ(error.parameter, std::nullopt);
  EXPECT_EQ(reaction_to(error), reaction::report);
  EXPECT_EQ(wait_time(error), std::nullopt);
}

//= ERR-19 test
TEST(RpcError, TextsThatAreNoNamesAndNumbersWithoutMeaningAreKeptAsTheyAre) {
  for (const char* message : {"", "Timeout", "Invalid msgs_ack query", "FLOOD_WAIT_3.5",
                              "flood_wait_3", "FLOOD-WAIT-3", "\xff\xfe"}) {
    for (const std::int32_t code : {-503, -500, 0, 1, 999, std::numeric_limits<std::int32_t>::min(),
                                    std::numeric_limits<std::int32_t>::max()}) {
      const rpc_error error = parse_rpc_error(code, message);
      EXPECT_EQ(error.name, message);
      EXPECT_EQ(error.message, message);
      EXPECT_EQ(error.code, code);
      EXPECT_EQ(error.parameter, std::nullopt);
      EXPECT_TRUE(error.error_code());
      EXPECT_EQ(reaction_to(error), reaction::retry);
    }
  }
}

struct expected_reaction {
  std::int32_t code;
  const char* message;
  reaction what;
};

//= ERR-05 test
//= ERR-09 test
//= ERR-10 test
//= ERR-15 test
//= ERR-17 test
//= ERR-18 test
//= DIV-42 test
TEST(RpcError, TheNameDecidesAndThenTheNumber) {
  const expected_reaction table[] = {
      {303, "PHONE_MIGRATE_2", reaction::migrate},
      {303, "NETWORK_MIGRATE_2", reaction::migrate},
      {303, "USER_MIGRATE_2", reaction::migrate},
      {303, "FILE_MIGRATE_2", reaction::migrate_query},
      {303, "STATS_MIGRATE_2", reaction::migrate_query},
      {400, "FILE_MIGRATE_2", reaction::migrate_query},
      {400, "PHONE_NUMBER_INVALID", reaction::report},
      {400, "NEVER_HEARD_OF", reaction::report},
      {400, "CONNECTION_NOT_INITED", reaction::init_connection},
      {400, "CONNECTION_LAYER_INVALID", reaction::init_connection},
      {400, "SESSION_PASSWORD_NEEDED", reaction::check_password},
      {401, "SESSION_PASSWORD_NEEDED", reaction::check_password},
      {401, "AUTH_KEY_UNREGISTERED", reaction::sign_in},
      {401, "AUTH_KEY_INVALID", reaction::sign_in},
      {401, "USER_DEACTIVATED", reaction::sign_in},
      {401, "SESSION_REVOKED", reaction::sign_in},
      {401, "SESSION_EXPIRED", reaction::sign_in},
      {401, "AUTH_KEY_PERM_EMPTY", reaction::bind_key},
      {401, "NEVER_HEARD_OF", reaction::report},
      {403, "CHAT_WRITE_FORBIDDEN", reaction::report},
      {404, "METHOD_INVALID", reaction::report},
      {406, "AUTH_KEY_DUPLICATED", reaction::new_key},
      {406, "PHONE_PASSWORD_FLOOD", reaction::keep_silent},
      {420, "FLOOD_WAIT_3", reaction::wait},
      {420, "SLOWMODE_WAIT_3", reaction::wait},
      {420, "2FA_CONFIRM_WAIT_3", reaction::wait},
      {420, "FLOOD_PREMIUM_WAIT_3", reaction::wait},
      {420, "FROZEN_METHOD_INVALID", reaction::report},
      {400, "MSG_WAIT_FAILED", reaction::await_predecessors},
      {500, "MSG_WAIT_FAILED", reaction::await_predecessors},
      {500, "MSG_WAIT_TIMEOUT", reaction::follow_again},
      {500, "INTERDC_2_CALL_ERROR", reaction::retry},
      {-503, "Timeout", reaction::retry},
      {599, "NEVER_HEARD_OF", reaction::retry},
  };
  for (const auto& [code, message, what] : table)
    EXPECT_EQ(to_string(reaction_to(parse_rpc_error(code, message))), to_string(what))
        << code << ' ' << message;
}

//= ERR-14 test
TEST(RpcError, OnlyWaitsHaveATimeAndThatIsBounded) {
  using std::chrono::seconds;
  EXPECT_EQ(wait_time(parse_rpc_error(420, "FLOOD_WAIT_17")), seconds(17));
  EXPECT_EQ(wait_time(parse_rpc_error(420, "FLOOD_WAIT_0")), seconds(0));
  EXPECT_EQ(wait_time(parse_rpc_error(420, "FLOOD_WAIT")), std::nullopt);
  EXPECT_EQ(wait_time(parse_rpc_error(400, "FILE_PART_17_MISSING")), std::nullopt);
  const auto longest = wait_time(parse_rpc_error(420, "FLOOD_WAIT_9223372036854775807"));
  ASSERT_TRUE(longest);
  EXPECT_GT(std::chrono::nanoseconds(*longest), std::chrono::hours(24 * 365));
}

TEST(RpcError, AnExceptionCarriesTheWholeError) {
  const rpc_exception thrown(parse_rpc_error(420, "FLOOD_WAIT_17"));
  EXPECT_EQ(thrown.code(), api_errc::FLOOD_WAIT_X);
  EXPECT_EQ(thrown.details().parameter, 17);
}

TEST(ApiErrc, ACodeHasBothItsNameAndItsNumber) {
  const std::error_code usual = parse_rpc_error(420, "FLOOD_WAIT_17").error_code();
  EXPECT_EQ(usual, api_errc::FLOOD_WAIT_X);
  EXPECT_EQ(usual, api_group::flood);
  EXPECT_NE(usual, api_errc::SLOWMODE_WAIT_X);
  EXPECT_NE(usual, api_group::bad_request);

  const std::error_code odd = parse_rpc_error(400, "FLOOD_WAIT_17").error_code();
  EXPECT_EQ(odd, api_errc::FLOOD_WAIT_X);
  EXPECT_EQ(odd, api_group::bad_request);
  EXPECT_NE(odd, usual);
}

TEST(ApiErrc, NamesThatAreNoIdentifiersAreFoundToo) {
  EXPECT_EQ(parse_rpc_error(420, "2FA_CONFIRM_WAIT_9").error_code(), api_errc::_2FA_CONFIRM_WAIT_X);
  EXPECT_EQ(parse_rpc_error(400, "FILE_PART_0_MISSING").error_code(),
            api_errc::FILE_PART_X_MISSING);
  EXPECT_EQ(parse_rpc_error(400, "SHA256_HASH_INVALID").error_code(),
            api_errc::SHA256_HASH_INVALID);
}

TEST(ApiErrc, AnUnlistedNameLeavesTheNumber) {
  for (const std::int32_t number : {-503, 0, 400, 406, 500, 12345}) {
    const std::error_code code = api_error(number, "NEVER_HEARD_OF");
    EXPECT_TRUE(code);
    EXPECT_EQ(code.category(), api_category());
    EXPECT_EQ(code, api_error(number, "NOR_OF_THIS"));
    EXPECT_NE(code, api_error(number + 1, "NEVER_HEARD_OF"));
    EXPECT_EQ(code == api_group::bad_request, number == 400);
  }
  EXPECT_TRUE(api_error(std::numeric_limits<std::int32_t>::min(), ""));
  EXPECT_TRUE(api_error(std::numeric_limits<std::int32_t>::max(), ""));
}

}  // namespace
}  // namespace corogram::rpc

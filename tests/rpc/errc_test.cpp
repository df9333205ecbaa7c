#include <corogram/mtproto/errc.hpp>
#include <corogram/rpc/errc.hpp>

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace corogram::rpc {
namespace {

TEST(Errc, EveryCodeHasAMessageOfItsOwn) {
  std::set<std::string> messages;
  for (int code = 1; code <= static_cast<int>(errc::already_receiving); ++code) {
    const std::error_code failure(code, rpc_category());
    EXPECT_EQ(failure.message().find("unknown error"), std::string::npos) << code;
    EXPECT_TRUE(messages.insert(failure.message()).second) << code;
  }
  EXPECT_STREQ(rpc_category().name(), "corogram.rpc");
}

TEST(Errc, OnlyWhatAnotherAttemptCannotMendIsFinal) {
  for (const errc code : {errc::closed, errc::bad_options, errc::auth_key_unknown, errc::wrong_dc})
    EXPECT_TRUE(is_final(code)) << make_error_code(code).message();
  for (const errc code : {errc::connect_timed_out, errc::handshake_timed_out, errc::disconnected,
                          errc::too_many_connections, errc::transport_error})
    EXPECT_FALSE(is_final(code)) << make_error_code(code).message();
  EXPECT_TRUE(is_final(mtproto::errc::no_known_key));
  EXPECT_TRUE(is_final(mtproto::errc::wrong_dc));
  EXPECT_FALSE(is_final(mtproto::errc::hash_mismatch));
  EXPECT_FALSE(is_final(std::make_error_code(std::errc::connection_refused)));
}

TEST(Errc, CancellationIsTheOneThatTheStandardNames) {
  EXPECT_EQ(cancelled(), std::errc::operation_canceled);
}

}  // namespace
}  // namespace corogram::rpc

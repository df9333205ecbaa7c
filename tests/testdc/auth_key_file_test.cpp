#include <corogram/core/hex.hpp>
#include <corogram/testdc/auth_key_file.hpp>
#include <corogram/testdc/errc.hpp>

#include <gtest/gtest.h>

namespace corogram::testdc {
namespace {

const std::string digits(512, 'a');

const auth_key_file_error* error_of(
    const std::variant<std::vector<provisioned_key>, auth_key_file_error>& parsed) {
  return std::get_if<auth_key_file_error>(&parsed);
}

TEST(AuthKeyFile, ReadsKeysBetweenCommentsAndEmptyLines) {
  const auto parsed =
      parse_auth_keys("# a comment\n\n  " + digits + "\r\n" + digits + " salt=-5 expires_at=77");
  const auto* const keys = std::get_if<std::vector<provisioned_key>>(&parsed);
  ASSERT_NE(keys, nullptr);
  ASSERT_EQ(keys->size(), 2u);
  EXPECT_EQ(core::to_hex((*keys)[0].key.view()), digits);
  EXPECT_EQ((*keys)[0].first_salt, 0);
  EXPECT_FALSE((*keys)[0].expires_at);
  EXPECT_EQ((*keys)[1].first_salt, -5);
  EXPECT_EQ((*keys)[1].expires_at, 77);
}

TEST(AuthKeyFile, NamesTheLineAndThePlaceOfWhatIsWrong) {
  const auto short_key = parse_auth_keys("\n " + digits.substr(1) + "\n");
  ASSERT_NE(error_of(short_key), nullptr);
  EXPECT_EQ(error_of(short_key)->line, 2u);
  EXPECT_EQ(error_of(short_key)->error.code, errc::bad_auth_key_line);
  EXPECT_EQ(error_of(short_key)->error.offset, 1u);

  std::string with_letter = digits;
  with_letter[511] = 'x';
  const auto not_hex = parse_auth_keys(with_letter);
  ASSERT_NE(error_of(not_hex), nullptr);
  EXPECT_EQ(error_of(not_hex)->error.code, core::errc::bad_hex);
  EXPECT_EQ(error_of(not_hex)->error.offset, 511u);

  const auto unknown = parse_auth_keys(digits + " pepper=1");
  ASSERT_NE(error_of(unknown), nullptr);
  EXPECT_EQ(error_of(unknown)->error.offset, 513u);

  for (const char* const value :
       {"salt=", "salt=1x", "salt=9223372036854775808", "expires_at=2147483648", "expires_at=-"})
    EXPECT_NE(error_of(parse_auth_keys(digits + ' ' + value)), nullptr) << value;
}

TEST(AuthKeyFile, RelatesAnEndToTheClocks) {
  using namespace std::chrono_literals;
  const core::instant now{5s, 1000s};
  auto parsed = parse_auth_keys(digits + " expires_at=1060");
  auto& keys = std::get<std::vector<provisioned_key>>(parsed);
  const mtproto::stored_key stored = to_stored_key(std::move(keys[0]), now);
  ASSERT_TRUE(stored.is_temporary());
  EXPECT_EQ(stored.expiry->deadline, 65s);
  EXPECT_EQ(stored.expiry->expires_at, 1060);
}

}  // namespace
}  // namespace corogram::testdc

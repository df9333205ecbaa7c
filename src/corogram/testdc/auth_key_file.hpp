#pragma once

// Auth keys that were agreed on elsewhere, as text: so that a client that has a key already can be
// pointed at the data centre.
//
//   # comment
//   <512 hex digits of the key> [salt=<number>] [expires_at=<unix time>]

#include <corogram/core/clock.hpp>
#include <corogram/core/result.hpp>
#include <corogram/mtproto/auth_key.hpp>
#include <corogram/mtproto/auth_key_store.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace corogram::testdc {

/// One line of the file.
struct provisioned_key {
  explicit provisioned_key(mtproto::auth_key key_) : key(std::move(key_)) {}

  mtproto::auth_key key;
  /// The salt that the client begins with.
  std::int64_t first_salt = 0;
  /// Set: a temporary key, and when it ends. Units: seconds of unix time.
  std::optional<std::int32_t> expires_at;
};

/// to_stored_key makes of a line what a server keeps; `now` relates the end of a temporary key to
/// this machine's clocks.
mtproto::stored_key to_stored_key(provisioned_key provisioned, core::instant now);

/// Where in the file an error is: lines count from 1.
struct auth_key_file_error {
  std::size_t line = 0;
  /// Offset within the line.
  core::error error;
};

/// parse_auth_keys reads the whole text of a file.
/// Errors: errc::bad_auth_key_line, core::errc::bad_hex.
std::variant<std::vector<provisioned_key>, auth_key_file_error> parse_auth_keys(
    std::string_view text);

}  // namespace corogram::testdc

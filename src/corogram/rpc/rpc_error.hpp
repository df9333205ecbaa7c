#pragma once

// What the API answers in place of a result: a number and a name, in which further numbers may
// hide. Here they are taken apart, and it is decided what each asks of the client.

#include <corogram/rpc/api_errc.hpp>

#include <chrono>
#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

namespace corogram::rpc {

/// One RPC error, taken apart.
struct rpc_error {
  rpc_error() = default;

  /// The number, like an HTTP status; negative numbers occur (ERR-19).
  std::int32_t code = 0;
  /// The text as it came.
  std::string message;
  /// The name with an X where the text has a number: FLOOD_WAIT_X.
  std::string name;
  /// The first such number: 30 for FLOOD_WAIT_30. Nothing if there is none, or none of 64 bits.
  std::optional<std::int64_t> parameter;

  /// error_code returns the error as a code of the category "corogram.api": by its name if
  /// schema/errors.tsv lists that, else by its number.
  [[nodiscard]] std::error_code error_code() const;
};

/// parse_rpc_error takes an rpc_error's two fields apart.
/// A part of the name between underscores that is a number (or a number of minutes: 10MIN) is a
/// parameter, wherever it stands; other digits (2FA, SHA256, MD5) belong to the name. A text that
/// is no name (ERR-01) is kept as it is.
[[nodiscard]] rpc_error parse_rpc_error(std::int32_t code, std::string_view message);

/// What an RPC error asks of the client.
enum class reaction {
  /// Nothing can be done here: the caller has to know.
  report,
  /// Wait `parameter` seconds before this method is called again with these parameters.
  wait,
  /// A failure inside the server: try again after a pause, not too often.
  retry,
  /// The server does not know us: repeat with initConnection.
  init_connection,
  /// Go to DC `parameter` with everything.
  migrate,
  /// Go to DC `parameter` with this query only.
  migrate_query,
  /// Bind the temporary key, then repeat.
  bind_key,
  /// The authorization is gone: sign in again.
  sign_in,
  /// The key is dead: make a new one and sign in again.
  new_key,
  /// The account has a password: go on with the two-step check.
  check_password,
  /// Do not show an error: what the user should read comes in updateServiceNotification.
  keep_silent,
  /// The query's predecessors take their time: repeat it, to follow the same ones.
  follow_again,
  /// One of the query's predecessors has failed: wait for their outcome, then repeat.
  await_predecessors,
};

/// to_string returns the enumerator's name.
[[nodiscard]] std::string_view to_string(reaction value) noexcept;

/// reaction_to decides by the name first, since numbers differ between servers (DIV-39, DIV-42),
/// and by the number if the name says nothing.
[[nodiscard]] reaction reaction_to(const rpc_error& error) noexcept;

/// wait_time returns how long a `reaction::wait` has to last. Nothing if the error asks for none.
[[nodiscard]] std::optional<std::chrono::seconds> wait_time(const rpc_error& error) noexcept;

/// An RPC error as an exception, for coroutines: code() is details().error_code().
class rpc_exception final : public std::system_error {
 public:
  explicit rpc_exception(rpc_error details);

  [[nodiscard]] const rpc_error& details() const noexcept { return details_; }

 private:
  rpc_error details_;
};

}  // namespace corogram::rpc

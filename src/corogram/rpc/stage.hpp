#pragma once

// What happens on the way from an address to an answer, for people who watch.

#include <corogram/core/clock.hpp>

#include <chrono>
#include <string>
#include <string_view>
#include <system_error>

namespace corogram::rpc {

enum class stage_kind {
  /// A TCP connection is being opened; `what` is the address.
  connecting,
  connected,
  /// A message of the key exchange was checked or made; `what` says which and how.
  key_exchange,
  /// There is an authorization key; `what` is its id, and whether it is a temporary one.
  key_agreed,
  /// The temporary key acts for the permanent one; `what` is the id of the latter.
  key_bound,
  /// The server has made a session for us.
  session_created,
  /// The server has answered in our session for the first time on this TCP connection.
  ready,
  /// The server has answered a request; `what` says how long it took.
  answered,
  /// The TCP connection ended, or could not be opened, because of `failure`.
  disconnected,
  /// The next attempt comes later; `what` says when.
  pausing,
  /// Something was ignored, as the specification demands; `failure` says why.
  ignored,
};

/// to_string returns the enumerator's name.
[[nodiscard]] std::string_view to_string(stage_kind value) noexcept;

/// to_milliseconds prints a duration as in "12.345 ms".
[[nodiscard]] std::string to_milliseconds(std::chrono::nanoseconds duration);

/// One thing that happened. Never holds secrets.
struct stage {
  stage(stage_kind kind_, core::instant at_, std::string what_ = {}, std::error_code failure_ = {})
      : kind(kind_), at(at_), what(std::move(what_)), failure(failure_) {}

  stage_kind kind;
  core::instant at;
  std::string what;
  std::error_code failure;
};

}  // namespace corogram::rpc

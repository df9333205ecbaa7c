#pragma once

// The failures of the test data centre itself. What it tells its clients are RPC errors
// (method.hpp) and transport errors.

#include <system_error>

namespace corogram::testdc {

/// Category "corogram.testdc".
enum class errc {
  /// A call is wrapped more often than max_wrappers.
  too_many_wrappers = 1,
  /// A line of a file of auth keys is not what auth_key_file.hpp describes.
  bad_auth_key_line,
  /// A client began something and did not finish it in time.
  too_slow,
  /// A client does not read what it is sent.
  not_reading,
  /// More connections than server_options::max_connections.
  too_many_connections,
  /// A client of the proxy sent in plain text what belongs to no key exchange (PROXY-09).
  not_relayed,
};

const std::error_category& testdc_category() noexcept;

inline std::error_code make_error_code(errc code) noexcept {
  return {static_cast<int>(code), testdc_category()};
}

}  // namespace corogram::testdc

template <>
struct std::is_error_code_enum<corogram::testdc::errc> : std::true_type {};

#pragma once

// The errors that the API answers with: one enumerator for each name in schema/errors.tsv.
//
//   if (failure == rpc::api_errc::PHONE_CODE_INVALID) ask_again();
//   if (failure == rpc::api_group::flood) slow_down();
//
// A code of the category "corogram.api" has both the name and the number of the answer; servers
// combine them in more than one way (DIV-39, DIV-42). The enumerations are conditions of such
// codes.

#include <cstdint>
#include <string_view>
#include <system_error>

namespace corogram::rpc {

/// The names as they are on the wire, but with X for each number inside; one that begins with a
/// digit has an underscore before it. The values change with the list.
enum class api_errc {
#include <corogram/rpc/api_errc_enum.inc>
};

/// The numbers, which group the names.
enum class api_group {
  see_other = 303,
  bad_request = 400,
  unauthorized = 401,
  forbidden = 403,
  not_found = 404,
  not_acceptable = 406,
  flood = 420,
  internal = 500,
};

/// api_error returns the code of an RPC error with this number and this name, X for numbers inside.
/// Names that are not listed are left out of it. It is never the code of success.
[[nodiscard]] std::error_code api_error(std::int32_t number, std::string_view name) noexcept;

/// api_category is the category of what api_error() returns.
const std::error_category& api_category() noexcept;

/// The categories of the conditions.
const std::error_category& api_name_category() noexcept;
const std::error_category& api_group_category() noexcept;

inline std::error_condition make_error_condition(api_errc name) noexcept {
  return {static_cast<int>(name), api_name_category()};
}

inline std::error_condition make_error_condition(api_group group) noexcept {
  return {static_cast<int>(group), api_group_category()};
}

}  // namespace corogram::rpc

template <>
struct std::is_error_condition_enum<corogram::rpc::api_errc> : std::true_type {};
template <>
struct std::is_error_condition_enum<corogram::rpc::api_group> : std::true_type {};

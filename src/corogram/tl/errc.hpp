#pragma once

// What can be wrong with serialised TL.

#include <system_error>

namespace corogram::tl {

/// The failures of decoding TL. Category "corogram.tl". What is wrong with the text of a schema is
/// told apart (schema_errc.hpp).
enum class errc {
  /// The input ends before the value does.
  truncated = 1,
  /// The value ends before the input does.
  trailing_bytes,
  /// A string begins with 0xff, or the length before an Object is negative or no multiple of 4.
  bad_length,
  /// A vector announces a negative number of elements, or more than the rest of the input can hold.
  bad_count,
  /// No constructor or function of the schema has this number.
  unknown_constructor,
  /// The number is known, and belongs to another type than the one that is expected here.
  wrong_constructor,
  /// Values nest deeper than max_depth.
  too_deep,
  /// The decoded value would take more memory than its limit allows.
  too_large,
  /// The compressed data is not gzip or zlib, is damaged, or is cut off.
  bad_gzip,
  /// An older layer's form of a constructor needs a field that the newest one lacks.
  no_older_form,
};

/// tl_category is the category of `errc`.
const std::error_category& tl_category() noexcept;

inline std::error_code make_error_code(errc code) noexcept {
  return {static_cast<int>(code), tl_category()};
}

}  // namespace corogram::tl

template <>
struct std::is_error_code_enum<corogram::tl::errc> : std::true_type {};

#pragma once

// What can be wrong with JSON that should become a TL value.

#include <system_error>

namespace corogram::tl {

/// The failures of reading JSON. Category "corogram.tl.json": these belong to text from a person or
/// a program, not to bytes from a peer, and so stand apart from the wire errors of this layer.
enum class json_errc {
  /// Not JSON.
  syntax = 1,
  /// A string is no UTF-8, or has an escape that stands for no character.
  bad_string,
  /// Arrays and objects nest deeper than max_json_depth.
  too_deep,
  /// An object has two members of the same name.
  duplicate_member,
  /// No constructor, function or type of the schema has this name.
  unknown_name,
  /// The constructor exists, and belongs to another type than the one that is expected here.
  wrong_constructor,
  /// The constructor or function has no field of this name.
  unknown_field,
  /// A field that must be there is not.
  missing_field,
  /// A field's value is of another kind than its type.
  wrong_type,
  /// A number is too great or too small for its type, or a string too long.
  out_of_range,
  /// Text that should be base64 or hexadecimal digits is not.
  bad_bytes,
  /// Two members say the opposite of each other.
  contradiction,
};

/// json_category is the category of `json_errc`.
const std::error_category& json_category() noexcept;

inline std::error_code make_error_code(json_errc code) noexcept {
  return {static_cast<int>(code), json_category()};
}

}  // namespace corogram::tl

template <>
struct std::is_error_code_enum<corogram::tl::json_errc> : std::true_type {};

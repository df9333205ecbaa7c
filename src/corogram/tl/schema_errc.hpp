#pragma once

// What can be wrong with the text of a schema.

#include <system_error>

namespace corogram::tl {

/// The failures of reading TL text. Category "corogram.tl.schema": these belong to a text of ours,
/// not to bytes from a peer, and so stand apart from the wire errors of this layer.
enum class schema_errc {
  /// A character that no token begins with, or a comment without an end.
  bad_character = 1,
  /// Another token was expected here.
  syntax,
  /// Upper and lower case, or the namespace, of a name is wrong for its place.
  bad_name,
  /// A number has too many digits or is out of its range.
  bad_number,
  /// A variable is not a field further left, or not of the kind that its use wants.
  bad_variable,
  /// An optional field `{...}` is not allowed here, has another type than Type or #, or appears
  /// in neither the result nor a `!` argument.
  bad_implicit,
  /// The name was declared before.
  duplicate_name,
  /// Another declaration has the same number.
  duplicate_number,
  /// New, Final or Empty forbids this constructor.
  forbidden_constructor,
  /// `name ? = Type` stands for built-in types only.
  not_built_in,
  /// No declaration has this name.
  unknown_name,
  /// The bare form of a type that does not have exactly one constructor.
  not_bare,
  /// A type has another number of arguments than its declaration.
  wrong_arity,
  /// Brackets nest too deep.
  too_deep,
  /// The text is longer than `max_schema_bytes`.
  too_long,
  /// A form of the language that no published schema uses and that is not taken.
  unsupported,
};

/// schema_category is the category of `schema_errc`.
const std::error_category& schema_category() noexcept;

inline std::error_code make_error_code(schema_errc code) noexcept {
  return {static_cast<int>(code), schema_category()};
}

}  // namespace corogram::tl

template <>
struct std::is_error_code_enum<corogram::tl::schema_errc> : std::true_type {};

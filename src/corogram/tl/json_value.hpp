#pragma once

// JSON text (RFC 8259) as a tree, and strings as JSON text. Strict: one value, UTF-8, no comments,
// no trailing commas, no two members of one name.

#include <corogram/core/result.hpp>
#include <corogram/tl/json_errc.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace corogram::tl {

/// How deep arrays and objects may lie in each other.
inline constexpr unsigned max_json_depth = 256;

enum class json_kind : std::uint8_t { null, boolean, number, string, array, object };

struct json_member;

/// A JSON value and where it stood.
struct json_value {
  json_kind kind = json_kind::null;
  bool boolean = false;
  /// Of a string its characters in UTF-8; of a number its literal as it stood.
  std::string text;
  /// Of an array.
  std::vector<json_value> elements;
  /// Of an object, in the order of the text.
  std::vector<json_member> members;
  /// Units: bytes from the beginning of the text.
  std::size_t offset = 0;

  /// find returns the value of a member, or nullptr.
  [[nodiscard]] const json_value* find(std::string_view name) const noexcept;
};

/// A member of an object.
struct json_member {
  std::string name;
  /// Where the name stood.
  std::size_t offset = 0;
  json_value value;
};

/// parse_json reads a text that holds one value.
/// Errors: json_errc syntax, bad_string, too_deep, duplicate_member, with the offset in `text`.
[[nodiscard]] core::result<json_value> parse_json(std::string_view text);

/// append_json_string appends `text` with quotes and escapes. Pre: `text` is UTF-8.
void append_json_string(std::string& out, std::string_view text);

}  // namespace corogram::tl

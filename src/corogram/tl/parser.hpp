#pragma once

// TL text in, tree out (schema.hpp). Grammar: that of the formal description of TL, with what
// published schemas do besides (numbers without leading zeros).

#include <corogram/core/result.hpp>
#include <corogram/tl/schema.hpp>
#include <corogram/tl/schema_errc.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace corogram::tl {

/// The deepest nesting of brackets in a type expression or of repetitions in each other.
inline constexpr unsigned max_schema_depth = 32;

/// The longest text that is taken, in bytes.
inline constexpr std::size_t max_schema_bytes = std::size_t{64} << 20;

/// parse_schema reads a schema text. Every combinator gets its computed number, and its id.
/// Checked here: all that a declaration tells about itself, doubled names (except where
/// `// UNTIL LAYER` sets them apart), and New, Final, Empty. Names of other declarations are left
/// to `check_types` (check.hpp), since an overlay may use types of another text. Errors:
/// schema_errc; the error's offset is the byte of the text at which the offending token begins.
/// `describe` renders it.
[[nodiscard]] core::result<schema> parse_schema(std::string_view text);

/// Line and column of a place in a text. Units: both count from 1; columns count bytes.
struct text_position {
  std::size_t line = 1;
  std::size_t column = 1;
  friend bool operator==(const text_position&, const text_position&) = default;
};

/// locate finds line and column of a byte offset; an offset past the end means the end.
[[nodiscard]] text_position locate(std::string_view text, std::size_t offset) noexcept;

/// describe renders `name:line:column: what, expected E, found "token"`.
[[nodiscard]] std::string describe(std::string_view text, const core::error& failure,
                                   std::string_view name);

}  // namespace corogram::tl

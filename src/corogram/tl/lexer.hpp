#pragma once

// TL text into tokens.

#include <corogram/core/result.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace corogram::tl {

/// What a token is. One letter of punctuation is a kind of its own.
enum class token_kind : std::uint8_t {
  /// `int`, `auth.sentCode`: begins in lower case after the dot. The namespace is part of it.
  lower_name,
  /// `Vector`, `auth.SentCode`.
  upper_name,
  /// `auth.sentCode#5e002502`: a lower-case name and its number, without a blank between.
  numbered_name,
  /// `10`
  number,
  /// `---`
  triple_minus,
  underscore,
  colon,
  semicolon,
  open_paren,
  close_paren,
  open_bracket,
  close_bracket,
  open_brace,
  close_brace,
  open_angle,
  close_angle,
  equals,
  hash,
  question,
  percent,
  plus,
  comma,
  dot,
  asterisk,
  exclamation,
  /// After the last token; its text is empty.
  end,
};

/// One token. Lifetime: `text` is a part of the text that was read.
struct token {
  token_kind kind = token_kind::end;
  /// Of a numbered name without the number.
  std::string_view text;
  /// Units: bytes from the beginning of the text.
  std::size_t offset = 0;
  /// The value of a number (up to 2^32-1), or the combinator number of a numbered name.
  std::uint32_t number = 0;
};

/// A comment that says something to the program: `// LAYER n` or `// UNTIL LAYER n`.
struct layer_mark {
  std::size_t offset = 0;
  std::uint32_t layer = 0;
  bool until = false;
};

/// What a text is made of. `tokens` ends with one of kind `end`.
struct token_list {
  std::vector<token> tokens;
  std::vector<layer_mark> marks;
};

/// tokenize cuts a text into tokens; white space and comments vanish, but for the layer marks.
/// Errors: schema_errc bad_character, bad_name, bad_number, too_long, unsupported (`$`, `@`).
[[nodiscard]] core::result<token_list> tokenize(std::string_view text);

}  // namespace corogram::tl

#include <corogram/tl/lexer.hpp>
#include <corogram/tl/parser.hpp>
#include <corogram/tl/schema_errc.hpp>

#include <optional>

namespace corogram::tl {
namespace {

// The letters of TL, independent of the locale.
bool is_lower(char c) noexcept {
  return c >= 'a' && c <= 'z';
}
bool is_upper(char c) noexcept {
  return c >= 'A' && c <= 'Z';
}
bool is_letter(char c) noexcept {
  return is_lower(c) || is_upper(c);
}
bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}
bool is_name_char(char c) noexcept {
  return is_letter(c) || is_digit(c) || c == '_';
}
bool is_space(char c) noexcept {
  return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f' || c == '\v';
}

std::optional<token_kind> punctuation(char c) noexcept {
  switch (c) {
    case ':':
      return token_kind::colon;
    case ';':
      return token_kind::semicolon;
    case '(':
      return token_kind::open_paren;
    case ')':
      return token_kind::close_paren;
    case '[':
      return token_kind::open_bracket;
    case ']':
      return token_kind::close_bracket;
    case '{':
      return token_kind::open_brace;
    case '}':
      return token_kind::close_brace;
    case '<':
      return token_kind::open_angle;
    case '>':
      return token_kind::close_angle;
    case '=':
      return token_kind::equals;
    case '#':
      return token_kind::hash;
    case '?':
      return token_kind::question;
    case '%':
      return token_kind::percent;
    case '+':
      return token_kind::plus;
    case ',':
      return token_kind::comma;
    case '.':
      return token_kind::dot;
    case '*':
      return token_kind::asterisk;
    case '!':
      return token_kind::exclamation;
    default:
      return std::nullopt;
  }
}

// Reads decimal digits from the front of `text`; nothing when there are none or they exceed 32
// bits.
std::optional<std::uint32_t> take_decimal(std::string_view& text) noexcept {
  std::uint64_t value = 0;
  std::size_t used = 0;
  for (; used < text.size() && is_digit(text[used]); ++used) {
    value = value * 10 + static_cast<unsigned>(text[used] - '0');
    if (value > 0xffffffff) return std::nullopt;
  }
  if (used == 0) return std::nullopt;
  text.remove_prefix(used);
  return static_cast<std::uint32_t>(value);
}

// The mark in a comment's text (without its slashes), if it is one.
std::optional<layer_mark> read_mark(std::string_view comment, std::size_t offset) noexcept {
  const auto take = [&comment](std::string_view word) {
    if (!comment.starts_with(word)) return false;
    comment.remove_prefix(word.size());
    return true;
  };
  layer_mark mark;
  mark.offset = offset;
  if (!take(" ")) return std::nullopt;
  mark.until = take("UNTIL ");
  if (!take("LAYER ")) return std::nullopt;
  const std::optional<std::uint32_t> layer = take_decimal(comment);
  while (!comment.empty() && is_space(comment.front())) comment.remove_prefix(1);
  if (!layer || *layer == 0 || !comment.empty()) return std::nullopt;
  mark.layer = *layer;
  return mark;
}

class scanner {
 public:
  explicit scanner(std::string_view text) : text_(text) {}

  core::result<token_list> run() {
    if (text_.size() > max_schema_bytes) {
      return core::error(schema_errc::too_long, max_schema_bytes, "the end of the text");
    }
    for (;;) {
      COROGRAM_CHECK(skip_blank());
      if (at_ >= text_.size()) break;
      COROGRAM_TRY(token found, next());
      found_.tokens.push_back(found);
    }
    found_.tokens.push_back({token_kind::end, text_.substr(text_.size()), text_.size(), 0});
    return std::move(found_);
  }

 private:
  char peek(std::size_t ahead = 0) const noexcept {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }

  //= TL-03
  core::result<void> skip_blank() {
    while (at_ < text_.size()) {
      if (is_space(peek())) {
        ++at_;
      } else if (peek() == '/' && peek(1) == '/') {
        const std::size_t begin = at_;
        const std::size_t newline = text_.find('\n', at_);
        at_ = newline == std::string_view::npos ? text_.size() : newline;
        if (auto mark = read_mark(text_.substr(begin + 2, at_ - begin - 2), begin)) {
          found_.marks.push_back(*mark);
        }
      } else if (peek() == '/' && peek(1) == '*') {
        const std::size_t close = text_.find("*/", at_ + 2);
        if (close == std::string_view::npos) {
          return core::error(schema_errc::bad_character, at_, "the end of this comment");
        }
        at_ = close + 2;
      } else {
        break;
      }
    }
    return {};
  }

  core::result<token> next() {
    const char c = peek();
    if (is_letter(c)) return name();
    if (is_digit(c)) return number();
    if (c == '_' && !is_name_char(peek(1))) return take(token_kind::underscore, 1);
    if (c == '-' && peek(1) == '-' && peek(2) == '-') return take(token_kind::triple_minus, 3);
    if (auto kind = punctuation(c)) return take(*kind, 1);
    //= TL-33
    if (c == '$' || c == '@') {
      return core::error(schema_errc::unsupported, at_, "a declaration without patterns");
    }
    if (c == '_') return core::error(schema_errc::bad_name, at_, "a letter first");
    return core::error(schema_errc::bad_character, at_, "a token of TL");
  }

  token take(token_kind kind, std::size_t length) {
    const token taken{kind, text_.substr(at_, length), at_, 0};
    at_ += length;
    return taken;
  }

  std::size_t name_end(std::size_t from) const noexcept {
    while (from < text_.size() && is_name_char(text_[from])) ++from;
    return from;
  }

  //= TL-05
  core::result<token> name() {
    const std::size_t begin = at_;
    std::size_t local = begin;
    std::size_t end = name_end(begin);
    const auto dot_and_letter = [this](std::size_t place) {
      return place + 1 < text_.size() && text_[place] == '.' && is_letter(text_[place + 1]);
    };
    if (dot_and_letter(end)) {
      if (is_upper(text_[begin])) {
        return core::error(schema_errc::bad_name, begin, "a namespace in lower case");
      }
      local = end + 1;
      end = name_end(local);
      if (dot_and_letter(end)) {
        return core::error(schema_errc::bad_name, end, "one namespace only");
      }
    }
    const bool upper = is_upper(text_[local]);
    token taken = take(upper ? token_kind::upper_name : token_kind::lower_name, end - begin);
    if (peek() == '#' && is_name_char(peek(1))) {
      if (upper) return core::error(schema_errc::bad_name, begin, "a name in lower case");
      taken.kind = token_kind::numbered_name;
      COROGRAM_TRY(taken.number, combinator_number());
    }
    return taken;
  }

  //= TL-04
  core::result<std::uint32_t> combinator_number() {
    const std::size_t begin = at_ + 1;
    const std::size_t end = name_end(begin);
    const core::error failure(schema_errc::bad_number, begin, "1 to 8 hexadecimal digits");
    if (end - begin > 8) return failure;
    std::uint32_t value = 0;
    for (const char c : text_.substr(begin, end - begin)) {
      if (!is_digit(c) && !(c >= 'a' && c <= 'f')) return failure;
      value = value << 4 | static_cast<std::uint32_t>(is_digit(c) ? c - '0' : c - 'a' + 10);
    }
    at_ = end;
    return value;
  }

  core::result<token> number() {
    std::string_view rest = text_.substr(at_);
    const std::optional<std::uint32_t> value = take_decimal(rest);
    if (!value) return core::error(schema_errc::bad_number, at_, "a number of 32 bits");
    token taken = take(token_kind::number, text_.size() - at_ - rest.size());
    if (is_name_char(peek())) {
      return core::error(schema_errc::bad_number, taken.offset, "decimal digits");
    }
    taken.number = *value;
    return taken;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  token_list found_;
};

}  // namespace

core::result<token_list> tokenize(std::string_view text) {
  return scanner(text).run();
}

}  // namespace corogram::tl

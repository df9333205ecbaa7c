#include <corogram/core/utf8.hpp>
#include <corogram/tl/json_value.hpp>

#include <algorithm>
#include <set>
#include <utility>

namespace corogram::tl {
namespace {

bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

void append_utf8(std::string& out, std::uint32_t code_point) {
  const auto add = [&out](std::uint32_t bits) { out += static_cast<char>(bits); };
  const auto tail = [](std::uint32_t bits) { return 0x80 | (bits & 0x3f); };
  if (code_point < 0x80) {
    add(code_point);
  } else if (code_point < 0x800) {
    add(0xc0 | code_point >> 6);
    add(tail(code_point));
  } else if (code_point < 0x10000) {
    add(0xe0 | code_point >> 12);
    add(tail(code_point >> 6));
    add(tail(code_point));
  } else {
    add(0xf0 | code_point >> 18);
    add(tail(code_point >> 12));
    add(tail(code_point >> 6));
    add(tail(code_point));
  }
}

class json_reader {
 public:
  explicit json_reader(std::string_view text) : text_(text) {}

  core::result<json_value> document() {
    COROGRAM_TRY(json_value root, value(0));
    skip_blank();
    if (at_ != text_.size()) return failure("the end of the text");
    return root;
  }

 private:
  [[nodiscard]] char peek() const noexcept { return at_ < text_.size() ? text_[at_] : '\0'; }

  bool take(char wanted) noexcept {
    if (at_ == text_.size() || text_[at_] != wanted) return false;
    ++at_;
    return true;
  }

  [[nodiscard]] core::error failure(std::string_view expected) const noexcept {
    return {json_errc::syntax, at_, expected};
  }

  void skip_blank() noexcept {
    while (at_ < text_.size() && std::string_view(" \t\n\r").find(text_[at_]) != text_.npos) ++at_;
  }

  core::result<json_value> value(unsigned depth) {
    skip_blank();
    json_value read;
    read.offset = at_;
    switch (peek()) {
      case '{':
        COROGRAM_CHECK(object(read, depth));
        return read;
      case '[':
        COROGRAM_CHECK(array(read, depth));
        return read;
      case '"': {
        read.kind = json_kind::string;
        COROGRAM_TRY(read.text, string());
        return read;
      }
      case 't':
      case 'f':
      case 'n':
        COROGRAM_CHECK(word(read));
        return read;
      default:
        COROGRAM_CHECK(number(read));
        return read;
    }
  }

  core::result<void> word(json_value& read) {
    for (const std::string_view wanted : {"true", "false", "null"}) {
      if (!text_.substr(at_).starts_with(wanted)) continue;
      at_ += wanted.size();
      read.kind = wanted == "null" ? json_kind::null : json_kind::boolean;
      read.boolean = wanted == "true";
      return {};
    }
    return failure("a value");
  }

  core::result<void> number(json_value& read) {
    const std::size_t begin = at_;
    take('-');
    if (!is_digit(peek())) return failure(at_ == begin ? "a value" : "a digit");
    if (!take('0')) digits();
    if (take('.')) {
      if (!is_digit(peek())) return failure("a digit");
      digits();
    }
    if (take('e') || take('E')) {
      if (!take('+')) take('-');
      if (!is_digit(peek())) return failure("a digit");
      digits();
    }
    read.kind = json_kind::number;
    read.text = text_.substr(begin, at_ - begin);
    return {};
  }

  void digits() noexcept {
    while (is_digit(peek())) ++at_;
  }

  core::result<std::string> string() {
    std::string made;
    const std::size_t begin = at_;
    ++at_;
    for (;;) {
      const std::size_t run = at_;
      while (at_ < text_.size() && text_[at_] != '"' && text_[at_] != '\\' &&
             static_cast<unsigned char>(text_[at_]) >= 0x20) {
        ++at_;
      }
      const std::string_view plain = text_.substr(run, at_ - run);
      // Quotes and escapes are ASCII, so no character is cut by them.
      if (!core::is_utf8(plain)) return core::error(json_errc::bad_string, run, "UTF-8");
      made += plain;
      if (at_ == text_.size()) {
        return core::error(json_errc::syntax, begin, "the end of this string");
      }
      if (take('"')) return made;
      if (peek() != '\\') return failure("an escape in place of this control character");
      COROGRAM_CHECK(escape(made));
    }
  }

  core::result<void> escape(std::string& out) {
    static constexpr std::string_view letters = "\"\\/bfnrt";
    static constexpr std::string_view meanings = "\"\\/\b\f\n\r\t";
    const std::size_t begin = at_++;
    if (take('u')) {
      COROGRAM_TRY(std::uint32_t code, hexadecimal(begin));
      if (code >= 0xdc00 && code <= 0xdfff) return lone(begin);
      if (code >= 0xd800 && code <= 0xdbff) {
        if (!take('\\') || !take('u')) return lone(begin);
        COROGRAM_TRY(const std::uint32_t low, hexadecimal(begin));
        if (low < 0xdc00 || low > 0xdfff) return lone(begin);
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
      }
      append_utf8(out, code);
      return {};
    }
    const std::size_t place = at_ < text_.size() ? letters.find(text_[at_]) : letters.npos;
    if (place == letters.npos) {
      return core::error(json_errc::syntax, begin, "an escape of JSON");
    }
    out += meanings[place];
    ++at_;
    return {};
  }

  [[nodiscard]] static core::error lone(std::size_t offset) noexcept {
    return {json_errc::bad_string, offset, "both halves of a surrogate pair"};
  }

  core::result<std::uint32_t> hexadecimal(std::size_t escape_begin) {
    std::uint32_t code = 0;
    for (int i = 0; i < 4; ++i, ++at_) {
      const char c = peek();
      std::uint32_t digit = 0;
      if (is_digit(c)) {
        digit = static_cast<std::uint32_t>(c - '0');
      } else if (c >= 'a' && c <= 'f') {
        digit = static_cast<std::uint32_t>(c - 'a' + 10);
      } else if (c >= 'A' && c <= 'F') {
        digit = static_cast<std::uint32_t>(c - 'A' + 10);
      } else {
        return core::error(json_errc::syntax, escape_begin, "four hexadecimal digits");
      }
      code = code << 4 | digit;
    }
    return code;
  }

  core::result<void> array(json_value& read, unsigned depth) {
    if (depth == max_json_depth) return deep();
    read.kind = json_kind::array;
    ++at_;
    skip_blank();
    if (take(']')) return {};
    do {
      COROGRAM_TRY(json_value element, value(depth + 1));
      read.elements.push_back(std::move(element));
      skip_blank();
    } while (take(','));
    return take(']') ? core::result<void>() : failure(", or ]");
  }

  core::result<void> object(json_value& read, unsigned depth) {
    if (depth == max_json_depth) return deep();
    read.kind = json_kind::object;
    ++at_;
    skip_blank();
    if (take('}')) return {};
    std::set<std::string> names;
    do {
      skip_blank();
      json_member member;
      member.offset = at_;
      if (peek() != '"') return failure("the name of a member");
      COROGRAM_TRY(member.name, string());
      if (!names.insert(member.name).second) {
        return core::error(json_errc::duplicate_member, member.offset, "a name that is not taken");
      }
      skip_blank();
      if (!take(':')) return failure(":");
      COROGRAM_TRY(member.value, value(depth + 1));
      read.members.push_back(std::move(member));
      skip_blank();
    } while (take(','));
    return take('}') ? core::result<void>() : failure(", or }");
  }

  [[nodiscard]] core::error deep() const noexcept {
    return {json_errc::too_deep, at_, "fewer arrays and objects within each other"};
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

const json_value* json_value::find(std::string_view name) const noexcept {
  const auto found = std::ranges::find(members, name, &json_member::name);
  return found == members.end() ? nullptr : &found->value;
}

core::result<json_value> parse_json(std::string_view text) {
  return json_reader(text).document();
}

void append_json_string(std::string& out, std::string_view text) {
  static constexpr char digits[] = "0123456789abcdef";
  out += '"';
  for (const char c : text) {
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        if (static_cast<unsigned char>(c) >= 0x20) {
          out += c;
        } else {
          out += "\\u00";
          out += digits[static_cast<unsigned char>(c) >> 4];
          out += digits[c & 0xf];
        }
    }
  }
  out += '"';
}

}  // namespace corogram::tl

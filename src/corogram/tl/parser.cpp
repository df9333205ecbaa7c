#include <corogram/tl/argument_parser.hpp>
#include <corogram/tl/lexer.hpp>
#include <corogram/tl/number.hpp>
#include <corogram/tl/parser.hpp>
#include <corogram/tl/token_cursor.hpp>

#include <algorithm>
#include <array>
#include <set>
#include <unordered_map>
#include <unordered_set>
#include <utility>

namespace corogram::tl {
namespace {

//= TL-29
constexpr std::array<std::string_view, 6> built_in_names = {"int",    "long",   "double",
                                                            "string", "object", "function"};

// What New, Final and Empty need to know of a type.
struct type_state {
  bool has_constructors = false;
  bool closed = false;
};

class schema_parser {
 public:
  explicit schema_parser(const token_list& list) : cursor_(list.tokens), marks_(list.marks) {}

  core::result<schema> run() {
    while (cursor_.kind() != token_kind::end) {
      read_marks(cursor_.offset());
      if (cursor_.kind() == token_kind::triple_minus) {
        COROGRAM_CHECK(separator());
      } else if (cursor_.kind() == token_kind::upper_name) {
        COROGRAM_CHECK(rule());
      } else {
        COROGRAM_CHECK(declaration());
      }
    }
    read_marks(cursor_.offset());
    return std::move(parsed_);
  }

 private:
  void read_marks(std::size_t up_to) {
    for (; next_mark_ < marks_.size() && marks_[next_mark_].offset < up_to; ++next_mark_) {
      (marks_[next_mark_].until ? until_layer_ : parsed_.layer) = marks_[next_mark_].layer;
    }
  }

  //= TL-01
  core::result<void> separator() {
    COROGRAM_CHECK(cursor_.expect(token_kind::triple_minus, "---"));
    const std::string_view word = cursor_.current().text;
    if (word != "functions" && word != "types") {
      return cursor_.failure(schema_errc::syntax, "---functions--- or ---types---");
    }
    functions_section_ = word == "functions";
    cursor_.advance();
    return cursor_.expect(token_kind::triple_minus, "---");
  }

  //= TL-28
  core::result<void> rule() {
    static constexpr std::array<std::pair<std::string_view, type_rule::kind>, 3> keywords = {{
        {"New", type_rule::kind::is_new},
        {"Final", type_rule::kind::is_final},
        {"Empty", type_rule::kind::is_empty},
    }};
    const auto keyword = std::ranges::find(keywords, cursor_.current().text,
                                           &std::pair<std::string_view, type_rule::kind>::first);
    if (keyword == keywords.end()) {
      //= TL-33
      return cursor_.failure(schema_errc::unsupported,
                             "a combinator's declaration (patterns are not taken)");
    }
    type_rule made;
    made.rule = keyword->second;
    made.where.value = cursor_.offset();
    cursor_.advance();
    if (cursor_.kind() != token_kind::upper_name) {
      return cursor_.failure(schema_errc::bad_name, "the name of a type");
    }
    made.type = cursor_.current().text;
    type_state& state = types_[made.type];
    if (made.rule != type_rule::kind::is_final && state.has_constructors) {
      return cursor_.failure(schema_errc::forbidden_constructor, "a type without constructors");
    }
    if (made.rule != type_rule::kind::is_new) state.closed = true;
    cursor_.advance();
    COROGRAM_CHECK(cursor_.expect(token_kind::semicolon, ";"));
    parsed_.rules.push_back(std::move(made));
    return {};
  }

  core::result<void> declaration() {
    combinator made;
    made.where.value = cursor_.offset();
    made.until_layer = until_layer_;
    switch (cursor_.kind()) {
      case token_kind::numbered_name:
        made.written_id = cursor_.current().number;
        [[fallthrough]];
      case token_kind::lower_name:
        made.name = cursor_.current().text;
        [[fallthrough]];
      case token_kind::underscore:
        break;
      default:
        return cursor_.failure(schema_errc::syntax, "a declaration");
    }
    cursor_.advance();

    if (cursor_.kind() == token_kind::question) {
      if (std::ranges::find(built_in_names, made.name) == built_in_names.end()) {
        return core::error(schema_errc::not_built_in, made.where.value, "a built-in type");
      }
      made.built_in = true;
      cursor_.advance();
    } else {
      argument_parser arguments(cursor_);
      COROGRAM_TRY(made.fields, arguments.declared_fields());
      COROGRAM_CHECK(result_of(made, arguments));
      COROGRAM_CHECK(arguments.check_implicit_fields(made));
      return finish(std::move(made));
    }
    argument_parser no_arguments(cursor_);
    COROGRAM_CHECK(result_of(made, no_arguments));
    return finish(std::move(made));
  }

  core::result<void> result_of(combinator& made, argument_parser& arguments) {
    if (cursor_.kind() == token_kind::semicolon) {
      return cursor_.failure(schema_errc::unsupported, "= and a result (patterns are not taken)");
    }
    COROGRAM_CHECK(cursor_.expect(token_kind::equals, "another argument or ="));
    //= TL-02
    made.is_function = functions_section_;
    if (cursor_.kind() == token_kind::exclamation) {
      made.is_function = true;
      cursor_.advance();
    }
    const std::size_t begin = cursor_.offset();
    if (cursor_.kind() != token_kind::upper_name) {
      return cursor_.failure(schema_errc::bad_name, "the name of a type");
    }
    COROGRAM_TRY(made.result, arguments.whole_expression());
    const bool is_type = made.result.kind == expression_kind::type;
    if (!is_type && !(made.is_function && made.result.kind == expression_kind::variable)) {
      return core::error(schema_errc::bad_variable, begin, "a type");
    }
    return cursor_.expect(token_kind::semicolon, ";");
  }

  core::result<void> finish(combinator made) {
    made.computed_id = canonical_number(made);
    made.id = made.written_id.value_or(made.computed_id);

    const std::size_t begin = made.where.value;
    if (!made.name.empty() && !names_.emplace(made.until_layer, made.name).second) {
      return core::error(schema_errc::duplicate_name, begin, "a name that is not taken");
    }
    if (!numbers_.insert(made.id).second) {
      return core::error(schema_errc::duplicate_number, begin, "a number that is not taken");
    }
    if (!made.is_function) {
      type_state& state = types_[made.result.name];
      if (state.closed) {
        return core::error(schema_errc::forbidden_constructor, made.result.where.value,
                           "a type that is not Final or Empty");
      }
      state.has_constructors = true;
    }
    (made.is_function ? parsed_.functions : parsed_.constructors).push_back(std::move(made));
    return {};
  }

  token_cursor cursor_;
  const std::vector<layer_mark>& marks_;
  std::size_t next_mark_ = 0;
  std::uint32_t until_layer_ = 0;
  bool functions_section_ = false;
  schema parsed_;
  std::set<std::pair<std::uint32_t, std::string>> names_;
  std::unordered_set<std::uint32_t> numbers_;
  std::unordered_map<std::string, type_state> types_;
};

}  // namespace

core::result<schema> parse_schema(std::string_view text) {
  COROGRAM_TRY(const token_list list, tokenize(text));
  return schema_parser(list).run();
}

text_position locate(std::string_view text, std::size_t offset) noexcept {
  const std::string_view before = text.substr(0, std::min(offset, text.size()));
  const std::size_t newline = before.rfind('\n');
  return {
      .line = 1 + static_cast<std::size_t>(std::ranges::count(before, '\n')),
      .column = newline == std::string_view::npos ? before.size() + 1 : before.size() - newline,
  };
}

std::string describe(std::string_view text, const core::error& failure, std::string_view name) {
  const text_position place = locate(text, failure.offset);
  std::string message(name);
  message += ':' + std::to_string(place.line) + ':' + std::to_string(place.column) + ": ";
  message += failure.code.message();
  if (!failure.expected.empty()) message += ", expected " + std::string(failure.expected);
  if (failure.offset < text.size()) {
    const std::string_view rest = text.substr(failure.offset);
    constexpr std::size_t longest = 40;
    std::size_t end = rest.find_first_of(" \t\r\n;:=", 1);
    end = std::min({end, rest.size(), longest});
    message += ", found \"" + std::string(rest.substr(0, end)) + '"';
  }
  return message;
}

}  // namespace corogram::tl

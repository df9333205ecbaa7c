#include <corogram/tl/argument_parser.hpp>
#include <corogram/tl/parser.hpp>

#include <algorithm>
#include <utility>

namespace corogram::tl {
namespace {

constexpr std::string_view expected_type = "a type";

bool is_type_of_types(const expression& type) noexcept {
  return type.kind == expression_kind::type && type.is("Type");
}

core::error too_deep(std::size_t offset) noexcept {
  return {schema_errc::too_deep, offset, "fewer brackets within each other"};
}

bool uses(const expression& node, std::string_view variable) {
  if (node.kind == expression_kind::variable && node.name == variable) return true;
  return std::ranges::any_of(node.arguments,
                             [&](const expression& inner) { return uses(inner, variable); });
}

bool call_uses(const field& one, std::string_view variable) {
  if (one.function_call && uses(one.type, variable)) return true;
  return std::ranges::any_of(one.fields,
                             [&](const field& inner) { return call_uses(inner, variable); });
}

}  // namespace

core::result<std::vector<field>> argument_parser::declared_fields() {
  std::vector<field> fields;
  while (cursor_.kind() == token_kind::open_brace) COROGRAM_CHECK(implicit_fields(fields));
  COROGRAM_CHECK(fields_until(token_kind::equals, fields, 0));
  return fields;
}

core::result<expression> argument_parser::whole_expression() {
  return expression_at(0);
}

//= TL-11
core::result<void> argument_parser::implicit_fields(std::vector<field>& into) {
  cursor_.advance();
  std::vector<token> names;
  while (cursor_.kind() == token_kind::lower_name || cursor_.kind() == token_kind::upper_name) {
    names.push_back(cursor_.current());
    cursor_.advance();
  }
  if (names.empty() || cursor_.kind() == token_kind::underscore) {
    return cursor_.failure(schema_errc::bad_implicit, "the name of an optional field");
  }
  COROGRAM_CHECK(cursor_.expect(token_kind::colon, ":"));

  field made;
  made.implicit = true;
  const std::size_t type_begin = cursor_.offset();
  if (cursor_.kind() == token_kind::exclamation) {
    return cursor_.failure(schema_errc::bad_implicit, "Type or #");
  }
  COROGRAM_TRY(made.type, expression_at(0));
  if (made.type.kind != expression_kind::nat && !is_type_of_types(made.type)) {
    return core::error(schema_errc::bad_implicit, type_begin, "Type or #");
  }
  COROGRAM_CHECK(cursor_.expect(token_kind::close_brace, "}"));
  for (const token& name : names) {
    made.name = name.text;
    made.where.value = name.offset;
    COROGRAM_CHECK(declare(name.text, made));
    into.push_back(made);
  }
  return {};
}

core::result<void> argument_parser::fields_until(token_kind close, std::vector<field>& into,
                                                 unsigned depth) {
  while (cursor_.kind() != close && cursor_.kind() != token_kind::semicolon) {
    COROGRAM_CHECK(argument(into, depth));
  }
  return {};
}

core::result<void> argument_parser::argument(std::vector<field>& into, unsigned depth) {
  if (cursor_.kind() == token_kind::open_brace) {
    return cursor_.failure(schema_errc::bad_implicit, "a required field, as one stood before");
  }
  if (at_group()) return group(into);

  field made;
  made.where.value = cursor_.offset();
  std::string_view name;
  if (cursor_.kind_at(1) == token_kind::colon) {
    switch (cursor_.kind()) {
      case token_kind::lower_name:
      case token_kind::upper_name:
        name = cursor_.current().text;
        break;
      case token_kind::underscore:
        break;
      default:
        return cursor_.failure(schema_errc::bad_name, "the name of a field");
    }
    cursor_.advance();
    cursor_.advance();
  }
  made.name = name;
  COROGRAM_CHECK(value_of(made, depth));
  COROGRAM_CHECK(declare(name, made));
  into.push_back(std::move(made));
  return {};
}

//= TL-15
core::result<void> argument_parser::group(std::vector<field>& into) {
  cursor_.advance();
  std::vector<token> names;
  for (; cursor_.kind() != token_kind::colon; cursor_.advance()) names.push_back(cursor_.current());
  cursor_.advance();

  field made;
  if (cursor_.kind() == token_kind::exclamation) {
    made.function_call = true;
    cursor_.advance();
  }
  COROGRAM_TRY(made.type, expression_at(0));
  COROGRAM_CHECK(check_is_type(made.type));
  COROGRAM_CHECK(cursor_.expect(token_kind::close_paren, ")"));
  for (const token& name : names) {
    const std::string_view text =
        name.kind == token_kind::underscore ? std::string_view() : name.text;
    made.name = text;
    made.where.value = name.offset;
    COROGRAM_CHECK(declare(text, made));
    into.push_back(made);
  }
  return {};
}

// What stands behind the colon of a field, or alone for an anonymous one.
core::result<void> argument_parser::value_of(field& made, unsigned depth) {
  if (cursor_.kind() == token_kind::open_bracket) return repetition(made, depth);
  if (at_condition(0)) return conditional_type(made);
  if (cursor_.kind() == token_kind::open_paren && at_condition(1)) {
    cursor_.advance();
    COROGRAM_CHECK(conditional_type(made));
    return cursor_.expect(token_kind::close_paren, ")");
  }
  if (cursor_.kind() == token_kind::exclamation) return plain_type(made);
  COROGRAM_TRY(made.type, term(0));
  if (cursor_.kind() == token_kind::asterisk) {
    made.count = std::exchange(made.type, {});
    made.count_written = true;
    COROGRAM_CHECK(check_is_count(made.count));
    cursor_.advance();
    return repetition(made, depth);
  }
  return check_is_type(made.type);
}

core::result<void> argument_parser::conditional_type(field& made) {
  COROGRAM_CHECK(condition(made));
  return plain_type(made);
}

core::result<void> argument_parser::plain_type(field& made) {
  if (cursor_.kind() == token_kind::exclamation) {
    made.function_call = true;
    cursor_.advance();
  }
  COROGRAM_TRY(made.type, term(0));
  return check_is_type(made.type);
}

// The caller has seen name [. number] ?, in this order.
core::result<void> argument_parser::condition(field& made) {
  const std::string_view name = cursor_.current().text;
  if (kind_of(name) != variable_kind::nat) {
    return cursor_.failure(schema_errc::bad_variable, "a # field further left");
  }
  field_condition made_condition;
  made_condition.field = name;
  cursor_.advance();
  if (cursor_.kind() == token_kind::dot) {
    cursor_.advance();
    const std::uint32_t bit = cursor_.current().number;
    if (bit > 31) return cursor_.failure(schema_errc::bad_number, "a bit from 0 to 31");
    made_condition.bit = static_cast<std::uint8_t>(bit);
    cursor_.advance();
  }
  made.condition = std::move(made_condition);
  return cursor_.expect(token_kind::question, "?");
}

//= TL-20
core::result<void> argument_parser::repetition(field& made, unsigned depth) {
  if (depth >= max_schema_depth) return too_deep(cursor_.offset());
  made.repeated = true;
  if (!made.count_written) {
    if (visible_nats_.empty()) {
      return cursor_.failure(schema_errc::bad_variable, "a # field further left, or a count");
    }
    made.count.kind = expression_kind::variable;
    made.count.name = visible_nats_.back();
    made.count.where.value = cursor_.offset();
  }
  COROGRAM_CHECK(cursor_.expect(token_kind::open_bracket, "["));
  const std::size_t outer = visible_.size();
  const std::size_t outer_nats = visible_nats_.size();
  COROGRAM_CHECK(fields_until(token_kind::close_bracket, made.fields, depth + 1));
  COROGRAM_CHECK(cursor_.expect(token_kind::close_bracket, "]"));
  for (; visible_.size() > outer; visible_.pop_back()) by_name_.erase(visible_.back());
  visible_nats_.resize(outer_nats);
  return {};
}

//= TL-09
core::result<expression> argument_parser::expression_at(unsigned depth) {
  COROGRAM_TRY(expression applied, subexpression(depth));
  while (at_term()) {
    if (applied.kind != expression_kind::type && applied.kind != expression_kind::constructor) {
      return cursor_.failure(schema_errc::syntax, "nothing behind what takes no arguments");
    }
    COROGRAM_TRY(expression argument, subexpression(depth));
    applied.arguments.push_back(std::move(argument));
  }
  return applied;
}

core::result<expression> argument_parser::subexpression(unsigned depth) {
  COROGRAM_TRY(expression left, term(depth));
  if (cursor_.kind() == token_kind::plus && left.kind == expression_kind::number) {
    cursor_.advance();
    COROGRAM_TRY(expression right, subexpression(depth + 1));
    return sum(std::move(right), left.number, true);
  }
  while (cursor_.kind() == token_kind::plus) {
    if (++depth > max_schema_depth) return too_deep(cursor_.offset());
    cursor_.advance();
    if (cursor_.kind() != token_kind::number) {
      return cursor_.failure(schema_errc::syntax, "a number");
    }
    COROGRAM_TRY(left, sum(std::move(left), cursor_.current().number, false));
    cursor_.advance();
  }
  return left;
}

core::result<expression> argument_parser::sum(expression operand, std::uint32_t constant,
                                              bool constant_first) {
  COROGRAM_CHECK(check_is_count(operand));
  expression made;
  made.kind = expression_kind::sum;
  made.number = constant;
  made.constant_first = constant_first;
  made.where = operand.where;
  made.arguments.push_back(std::move(operand));
  return made;
}

core::result<expression> argument_parser::term(unsigned depth) {
  if (depth > max_schema_depth) return too_deep(cursor_.offset());
  expression made;
  made.where.value = cursor_.offset();
  switch (cursor_.kind()) {
    case token_kind::open_paren: {
      cursor_.advance();
      COROGRAM_TRY(expression inner, expression_at(depth + 1));
      COROGRAM_CHECK(cursor_.expect(token_kind::close_paren, ")"));
      return inner;
    }
    case token_kind::percent: {
      cursor_.advance();
      COROGRAM_TRY(expression inner, term(depth + 1));
      //= TL-22
      if (inner.kind != expression_kind::type || inner.percent) {
        return core::error(schema_errc::not_bare, inner.where.value, "the name of a type behind %");
      }
      inner.percent = true;
      return inner;
    }
    case token_kind::number:
      made.kind = expression_kind::number;
      made.number = cursor_.current().number;
      break;
    case token_kind::hash:
      break;
    case token_kind::lower_name:
    case token_kind::upper_name:
      return name_term(depth);
    case token_kind::numbered_name:
      return cursor_.failure(schema_errc::bad_name, "a type, without a number");
    default:
      return cursor_.failure(schema_errc::syntax, "an argument, or the end of the arguments");
  }
  cursor_.advance();
  return made;
}

core::result<expression> argument_parser::name_term(unsigned depth) {
  const token name = cursor_.current();
  expression made;
  made.where.value = name.offset;
  made.name = name.text;
  cursor_.advance();
  //= TL-13
  if (kind_of(name.text) != variable_kind::nothing) {
    made.kind = expression_kind::variable;
    return made;
  }
  made.kind =
      name.kind == token_kind::upper_name ? expression_kind::type : expression_kind::constructor;
  used_names_.emplace(name.text, name.offset);
  if (cursor_.kind() != token_kind::open_angle) return made;
  do {
    cursor_.advance();
    COROGRAM_TRY(expression argument, expression_at(depth + 1));
    made.arguments.push_back(std::move(argument));
  } while (cursor_.kind() == token_kind::comma);
  COROGRAM_CHECK(cursor_.expect(token_kind::close_angle, ", or >"));
  return made;
}

core::result<void> argument_parser::declare(std::string_view name, const field& made) {
  variable_kind kind = variable_kind::nothing;
  if (!made.repeated && made.type.kind == expression_kind::nat) kind = variable_kind::nat;
  if (!made.repeated && is_type_of_types(made.type)) kind = variable_kind::type;

  if (name.find('.') != std::string_view::npos) {
    return core::error(schema_errc::bad_name, made.where.value, "a name without namespace");
  }
  if (!name.empty() && !by_name_.emplace(name, kind).second) {
    return core::error(schema_errc::duplicate_name, made.where.value, "a name that is not taken");
  }
  const auto used = used_names_.find(name);
  if (kind != variable_kind::nothing && used != used_names_.end()) {
    return core::error(schema_errc::bad_variable, used->second, "a field further left");
  }
  if (!name.empty()) visible_.push_back(name);
  if (kind == variable_kind::nat) visible_nats_.push_back(name);
  return {};
}

core::result<void> argument_parser::check_is_type(const expression& type) const {
  switch (type.kind) {
    case expression_kind::nat:
    case expression_kind::type:
    case expression_kind::constructor:
      return {};
    case expression_kind::variable:
      if (kind_of(type.name) == variable_kind::type) return {};
      return core::error(schema_errc::bad_variable, type.where.value, expected_type);
    case expression_kind::number:
    case expression_kind::sum:
      break;
  }
  return core::error(schema_errc::syntax, type.where.value, expected_type);
}

core::result<void> argument_parser::check_is_count(const expression& count) const {
  switch (count.kind) {
    case expression_kind::number:
    case expression_kind::sum:
      return {};
    case expression_kind::variable:
      if (kind_of(count.name) == variable_kind::nat) return {};
      [[fallthrough]];
    case expression_kind::nat:
    case expression_kind::type:
    case expression_kind::constructor:
      break;
  }
  return core::error(schema_errc::bad_variable, count.where.value,
                     "a constant or a # field further left");
}

//= TL-12
core::result<void> argument_parser::check_implicit_fields(const combinator& made) const {
  for (const field& one : made.fields) {
    if (!one.implicit || uses(made.result, one.name)) continue;
    const bool in_call = std::ranges::any_of(
        made.fields, [&](const field& other) { return call_uses(other, one.name); });
    if (!in_call) {
      return core::error(schema_errc::bad_implicit, one.where.value,
                         "a field that the result or a ! argument tells");
    }
  }
  return {};
}

// `( a b :` and not `( type )`.
bool argument_parser::at_group() const noexcept {
  if (cursor_.kind() != token_kind::open_paren) return false;
  for (std::size_t ahead = 1;; ++ahead) {
    switch (cursor_.kind_at(ahead)) {
      case token_kind::lower_name:
      case token_kind::upper_name:
      case token_kind::underscore:
        continue;
      case token_kind::colon:
        return ahead > 1;
      default:
        return false;
    }
  }
}

bool argument_parser::at_term() const noexcept {
  switch (cursor_.kind()) {
    case token_kind::open_paren:
    case token_kind::percent:
    case token_kind::number:
    case token_kind::hash:
    case token_kind::lower_name:
    case token_kind::upper_name:
      return true;
    default:
      return false;
  }
}

bool argument_parser::at_condition(std::size_t ahead) const noexcept {
  const token_kind first = cursor_.kind_at(ahead);
  if (first != token_kind::lower_name && first != token_kind::upper_name) return false;
  if (cursor_.kind_at(ahead + 1) == token_kind::question) return true;
  return cursor_.kind_at(ahead + 1) == token_kind::dot &&
         cursor_.kind_at(ahead + 2) == token_kind::number &&
         cursor_.kind_at(ahead + 3) == token_kind::question;
}

argument_parser::variable_kind argument_parser::kind_of(std::string_view name) const {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? variable_kind::nothing : found->second;
}

}  // namespace corogram::tl

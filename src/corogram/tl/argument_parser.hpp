#pragma once

// The part of the parser that stands between the name of a combinator and its `;`: fields and
// type expressions, with the variables that they may use.

#include <corogram/core/result.hpp>
#include <corogram/tl/schema.hpp>
#include <corogram/tl/token_cursor.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace corogram::tl {

/// argument_parser reads the arguments of one declaration. Lifetime: the cursor outlives it.
class argument_parser {
 public:
  explicit argument_parser(token_cursor& cursor) noexcept : cursor_(cursor) {}

  /// declared_fields reads up to the token that begins no argument, normally `=`.
  core::result<std::vector<field>> declared_fields();

  /// whole_expression reads `T a b` as far as it goes, with the variables of the fields so far.
  core::result<expression> whole_expression();

  /// check_implicit_fields demands that each `{...}` field can be deduced from the result or a
  /// `!` argument.
  core::result<void> check_implicit_fields(const combinator& made) const;

 private:
  /// What a field may stand for further right.
  enum class variable_kind : std::uint8_t { type, nat, nothing };

  core::result<void> implicit_fields(std::vector<field>& into);
  core::result<void> fields_until(token_kind close, std::vector<field>& into, unsigned depth);
  core::result<void> argument(std::vector<field>& into, unsigned depth);
  core::result<void> group(std::vector<field>& into);
  core::result<void> value_of(field& made, unsigned depth);
  core::result<void> conditional_type(field& made);
  core::result<void> plain_type(field& made);
  core::result<void> repetition(field& made, unsigned depth);
  core::result<void> condition(field& made);

  core::result<expression> expression_at(unsigned depth);
  core::result<expression> subexpression(unsigned depth);
  core::result<expression> term(unsigned depth);
  core::result<expression> name_term(unsigned depth);
  core::result<expression> sum(expression operand, std::uint32_t constant, bool constant_first);

  core::result<void> declare(std::string_view name, const field& made);
  core::result<void> check_is_type(const expression& type) const;
  core::result<void> check_is_count(const expression& count) const;
  [[nodiscard]] bool at_group() const noexcept;
  [[nodiscard]] bool at_term() const noexcept;
  [[nodiscard]] bool at_condition(std::size_t ahead) const noexcept;
  [[nodiscard]] variable_kind kind_of(std::string_view name) const;

  token_cursor& cursor_;
  /// The fields so far that have a name; those of a repetition leave with it.
  std::vector<std::string_view> visible_;
  /// Those of them that are #; here anonymous ones stand too, with an empty name.
  std::vector<std::string_view> visible_nats_;
  std::unordered_map<std::string_view, variable_kind> by_name_;
  /// Plain names that were taken for types, and where: none may become a variable further right.
  std::unordered_map<std::string_view, std::size_t> used_names_;
};

}  // namespace corogram::tl

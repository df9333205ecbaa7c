#pragma once

// A TL schema as a tree: what lexer.hpp and parser.hpp make of the text, and what the generator and
// the number checks (number.hpp) read. Names and order are those of the text.
//
//   auth.sentCode#5e002502 flags:# type:auth.SentCodeType hash:string timeout:flags.2?int =
//   auth.SentCode;
//   `- combinator -------- `- field                                        `- field with a
//   condition
//
// Two trees are equal (==) when they say the same, wherever they stand in their texts: `T<A,B>`
// equals `(T A B)`, and `(a b : T)` equals `a:T b:T`.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace corogram::tl {

/// Where in its text a node begins. It takes no part in comparing trees.
/// Units: bytes from the beginning of the text; `locate` (parser.hpp) makes line and column of it.
struct text_offset {
  std::size_t value = 0;
  friend bool operator==(text_offset, text_offset) noexcept { return true; }
};

/// What a node of a type or count expression is.
enum class expression_kind : std::uint8_t {
  /// `#`: a number of 32 bits (flags words, counts).
  nat,
  /// An upper-case name that is not a variable: `User`, `auth.SentCode`, `Vector`, `Type`,
  /// `Object`.
  type,
  /// A lower-case name that is not a variable: a constructor's name for its bare type: `int`,
  /// `bytes`, `vector`, `true`, `future_salt`.
  constructor,
  /// A field further left: `t` in `vector`, `X` in `!X`, the count in `n*[ int ]`.
  variable,
  /// A constant: the 4 in `4*[ int ]`. Its value is `number`.
  number,
  /// `e + c`: `arguments[0]` is e, `number` is c.
  sum,
};

/// An expression that stands for a type or a number.
struct expression {
  expression_kind kind = expression_kind::nat;
  /// `%T`: the bare form of the type T. Only with kind type.
  bool percent = false;
  /// Only with kind sum: the constant stood first (`2+n`). It matters to the canonical line only.
  bool constant_first = false;
  /// With its namespace (`auth.SentCode`); empty for nat, number and sum.
  std::string name;
  /// The constant of kind number or sum.
  std::uint32_t number = 0;
  /// `Vector<int>` has one, int. Of a sum: its one operand that is not the constant.
  std::vector<expression> arguments;
  text_offset where;

  friend bool operator==(const expression&, const expression&) = default;

  /// is tells whether this is the plain name `wanted`, without arguments or `%`.
  [[nodiscard]] bool is(std::string_view wanted) const noexcept {
    return name == wanted && arguments.empty() && !percent;
  }
};

/// `flags.5?` or `n?`: when a field is there.
struct field_condition {
  /// The `#` field further left.
  std::string field;
  /// 0..31: present when this bit is set. None: present when the number is not 0.
  std::optional<std::uint8_t> bit;

  friend bool operator==(const field_condition&, const field_condition&) = default;
};

/// One argument of a combinator.
struct field {
  /// Empty when anonymous (`_` or left out).
  std::string name;
  /// `{X:Type}`: deduced, not sent.
  bool implicit = false;
  /// `!X`: a function call whose result is X.
  bool function_call = false;
  std::optional<field_condition> condition;
  /// The type; of a repetition it stays the default and means nothing.
  expression type;
  /// `count*[ fields ]`. A missing count is filled in by the parser: the nearest `#` field to the
  /// left (an anonymous one has the empty name); `count_written` tells which it was.
  bool repeated = false;
  bool count_written = false;
  expression count;
  std::vector<field> fields;
  text_offset where;

  friend bool operator==(const field&, const field&) = default;

  /// is_true_flag tells whether this is `x:flags.N?true`: a bit and no bytes.
  [[nodiscard]] bool is_true_flag() const noexcept {
    return condition && condition->bit && type.is("true");
  }
};

/// A constructor or a function.
struct combinator {
  /// With its namespace: `auth.sentCode`. Empty for the anonymous `_`.
  std::string name;
  /// The number that counts: the written one if there is one, else the computed one.
  std::uint32_t id = 0;
  /// The number in the text: `#5e002502`.
  std::optional<std::uint32_t> written_id;
  /// CRC32 of the canonical line.
  std::uint32_t computed_id = 0;
  bool is_function = false;
  /// `int ? = Int`: the bytes of this type are not described by fields.
  bool built_in = false;
  /// Implicit ones first.
  std::vector<field> fields;
  /// A type, or for functions also a variable (`= X`).
  expression result;
  /// 0, or the last layer that had this combinator (`// UNTIL LAYER n` above it).
  std::uint32_t until_layer = 0;
  text_offset where;

  friend bool operator==(const combinator&, const combinator&) = default;

  /// find_field returns the field of this name outside repetitions, or nullptr.
  [[nodiscard]] const field* find_field(std::string_view wanted) const noexcept;
};

/// `New T;`, `Final T;`, `Empty T;`: T has no constructor before, after, at all.
struct type_rule {
  enum class kind : std::uint8_t { is_new, is_final, is_empty };
  kind rule = kind::is_new;
  std::string type;
  text_offset where;

  friend bool operator==(const type_rule&, const type_rule&) = default;
};

/// A whole schema text.
struct schema {
  /// In the order of the text.
  std::vector<combinator> constructors;
  std::vector<combinator> functions;
  std::vector<type_rule> rules;
  /// From a comment `// LAYER n`; 0 when there is none.
  std::uint32_t layer = 0;

  friend bool operator==(const schema&, const schema&) = default;

  /// find_constructor and find_function return the first of that name, or nullptr.
  [[nodiscard]] const combinator* find_constructor(std::string_view name) const noexcept;
  [[nodiscard]] const combinator* find_function(std::string_view name) const noexcept;
};

/// name_namespace is the part before the dot (`auth`), empty when there is none.
[[nodiscard]] std::string_view name_namespace(std::string_view full_name) noexcept;

/// name_local is the part after the dot (`sentCode`), or all of it.
[[nodiscard]] std::string_view name_local(std::string_view full_name) noexcept;

}  // namespace corogram::tl

#pragma once

// What a schema looks like to the interpreters that decode, encode, copy, destroy, compare and
// print its values: flat constant tables, made by the generator. They hold indices and no pointers.
//
//   tables --- combinators (constructors by type, then functions by name)
//                |  .first_field, .field_count --> fields --- .value  (what is on the wire)
//                |                                         `- .offset (where it lies in memory)
//                `- .type --> types (constructors), values (the results of functions)
//
// To walk a value on the wire: take the 4-byte number, `find` the combinator, then go through
// `fields_of` in order; `is_present` needs the flags words met on the way; a field's `value` says
// what follows (see value_type). To walk a value in memory: the same, adding field.offset to the
// address of the object.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace corogram::tl {

/// What a value is, on the wire and in memory.
enum class value_kind : std::uint8_t {
  /// `#`: 4 bytes; std::uint32_t. Flags words and plain naturals.
  word,
  /// `int`, `long`, `double`: 4, 8, 8 bytes; std::int32_t, std::int64_t, double.
  int32,
  int64,
  float64,
  /// 16 and 32 bytes; tl::int128, tl::int256.
  bytes16,
  bytes32,
  /// `Bool`: the number of boolTrue or boolFalse; bool.
  boolean,
  /// `flags.N?true`: no bytes, no memory.
  presence,
  /// `string`, `bytes`: length, bytes, padding; tl::string.
  string,
  bytes,
  /// `Object`, `!X`: serialised bytes as they are; tl::raw. If value_type::type is not 0, field
  /// number type - 1 of the same combinator is an int that tells their number; else all that is
  /// left.
  raw,
  /// A value of an abstract type, beginning with the number of its constructor; tl::box.
  /// value_type::type is the abstract type (tables::types).
  box,
  /// The fields of one constructor; its generated struct. value_type::type is the combinator.
  bare,
  /// A count and so many elements; tl::vector. value_type::type is the element (tables::values).
  vector,
};

/// A type as a field, an element or a result has it.
struct value_type {
  value_kind kind;
  /// A number precedes the value: of `Vector t`, of `Int` and its like, of the one constructor that
  /// is allowed here. Box and boolean have theirs in any case, and this is false.
  bool numbered;
  /// What it is depends on the kind.
  std::uint16_t type;

  friend bool operator==(const value_type&, const value_type&) = default;
};

/// is_numbered_alone tells whether a value of this kind begins with a number that is not its own
/// when it stands alone in a message, where its type has to be told (`Int` instead of `int`).
[[nodiscard]] constexpr bool is_numbered_alone(value_kind kind) noexcept {
  return kind != value_kind::box && kind != value_kind::boolean && kind != value_kind::raw;
}

/// The numbers that are the same in every schema.
inline constexpr std::uint32_t vector_id = 0x1cb5c415;
inline constexpr std::uint32_t bool_true_id = 0x997275b5;
inline constexpr std::uint32_t bool_false_id = 0xbc799737;
inline constexpr std::uint32_t int_id = 0xa8509bda;
inline constexpr std::uint32_t long_id = 0x22076cba;
inline constexpr std::uint32_t double_id = 0x2210c154;
inline constexpr std::uint32_t string_id = 0xb5286e24;
inline constexpr std::uint32_t int128_id = 0x84ccf7b7;
inline constexpr std::uint32_t int256_id = 0x7bedeb5b;

/// One field of a combinator.
struct field_row {
  /// field_row::bit of a field that is always there.
  static constexpr std::uint8_t always = 0xff;
  /// field_row::bit of a field `f:n?T`, which is there when n is not 0.
  static constexpr std::uint8_t non_zero = 0xfe;

  /// From the beginning of the struct. Of a presence: 0.
  std::uint16_t offset;
  /// 0..31: there when this bit of the flags word is set; or one of the two above.
  std::uint8_t bit;
  /// The number of the field, counted within the combinator, that is the flags word.
  std::uint8_t flags_field;
  value_type value;

  [[nodiscard]] bool is_conditional() const noexcept { return bit != always; }
  /// is_present tells, by the value of the flags word, whether the field is there.
  [[nodiscard]] bool is_present(std::uint32_t flags) const noexcept {
    if (bit < 32) return (flags >> bit & 1U) != 0;
    return bit == always || flags != 0;
  }
};

/// One constructor or function.
struct combinator_row {
  std::uint32_t id;
  /// Offset in the names.
  std::uint32_t name;
  std::uint16_t first_field;
  /// sizeof the generated struct.
  std::uint16_t size;
  /// Constructors: the abstract type (tables::types). Functions: the result (tables::values).
  std::uint16_t type;
  /// The fewest bytes that the fields take on the wire, the number not counted.
  std::uint16_t min_wire_size;
  std::uint8_t field_count;
  bool is_function;
  /// At most 8 bytes without anything to release: a box holds it inside instead of pointing at it.
  bool fits_box;
  /// The declaration gives the type parameter of its result (`{X:Type} ... query:!X = X`): the
  /// result is that of the wrapped query.
  bool is_wrapper;
};

/// One abstract type. Its constructors stand together.
struct type_row {
  /// Offset in the names.
  std::uint32_t name;
  /// The first of its constructors (tables::combinators), and how many there are.
  std::uint16_t first;
  std::uint16_t count;
};

/// One slot of the open hash from numbers to combinators: slot id & (slots - 1), then the next
/// ones.
struct id_slot {
  static constexpr std::uint16_t unused = 0xffff;

  std::uint32_t id;
  std::uint16_t combinator;
  /// Constructors: the abstract type. Functions: `unused`.
  std::uint16_t type;
};

/// The tables of one schema. They are constants: references and spans stay valid for ever.
/// Threads: safe, as nothing changes.
struct tables {
  /// The namespace that the generated code lives in: "service", "api".
  std::string_view schema_name;
  /// 0 when the schema tells none.
  std::uint32_t layer;
  std::span<const combinator_row> combinators;
  /// So many of them, the first ones, are constructors.
  std::uint16_t constructor_count;
  std::span<const field_row> fields;
  /// For each field, the offset of its name.
  std::span<const std::uint16_t> field_names;
  /// Sorted by name.
  std::span<const type_row> types;
  /// What vectors hold and functions return. The first ones are the boxes of all types, in order.
  std::span<const value_type> values;
  /// A power of two of them.
  std::span<const id_slot> slots;
  /// Combinators sorted by name.
  std::span<const std::uint16_t> constructors_by_name;
  std::span<const std::uint16_t> functions_by_name;
  /// Zero-terminated, at the offsets above.
  const char* names;

  /// find_slot returns what has this number, or nullptr.
  [[nodiscard]] const id_slot* find_slot(std::uint32_t id) const noexcept {
    if (slots.empty()) return nullptr;
    const std::size_t mask = slots.size() - 1;
    for (std::size_t at = id & mask;; at = (at + 1) & mask) {
      const id_slot& slot = slots[at];
      if (slot.combinator == id_slot::unused) return nullptr;
      if (slot.id == id) return &slot;
    }
  }

  /// find returns the constructor or function with this number, or nullptr.
  [[nodiscard]] const combinator_row* find(std::uint32_t id) const noexcept {
    const id_slot* slot = find_slot(id);
    return slot == nullptr ? nullptr : &combinators[slot->combinator];
  }

  /// find_constructor, find_function and find_type look up a full name (`help.getConfig`), or
  /// return nullptr.
  [[nodiscard]] const combinator_row* find_constructor(std::string_view full_name) const noexcept;
  [[nodiscard]] const combinator_row* find_function(std::string_view full_name) const noexcept;
  [[nodiscard]] const type_row* find_type(std::string_view full_name) const noexcept;

  /// find_value returns the index in `values` of a type, or values.size().
  [[nodiscard]] std::size_t find_value(value_type wanted) const noexcept;

  [[nodiscard]] std::string_view name_of(const combinator_row& row) const noexcept {
    return names + row.name;
  }
  [[nodiscard]] std::string_view name_of(const type_row& row) const noexcept {
    return names + row.name;
  }
  [[nodiscard]] std::string_view name_of(const field_row& row) const noexcept {
    return names + field_names[static_cast<std::size_t>(&row - fields.data())];
  }

  [[nodiscard]] std::span<const field_row> fields_of(const combinator_row& row) const noexcept {
    return fields.subspan(row.first_field, row.field_count);
  }
  [[nodiscard]] std::span<const combinator_row> constructors_of(
      const type_row& row) const noexcept {
    return combinators.subspan(row.first, row.count);
  }
  /// type_of returns the abstract type of a constructor. Pre: it is no function.
  [[nodiscard]] const type_row& type_of(const combinator_row& row) const noexcept {
    return types[row.type];
  }
  /// result_of returns what a function returns. Pre: it is a function.
  [[nodiscard]] value_type result_of(const combinator_row& row) const noexcept {
    return values[row.type];
  }
  /// index_of returns the position of a combinator in `combinators`.
  [[nodiscard]] std::uint16_t index_of(const combinator_row& row) const noexcept {
    return static_cast<std::uint16_t>(&row - combinators.data());
  }

  /// number_of returns the number that precedes a value of this type. Pre: value.numbered.
  [[nodiscard]] std::uint32_t number_of(value_type value) const noexcept;
  /// size_of returns the size in memory of a value of this type.
  [[nodiscard]] std::size_t size_of(value_type value) const noexcept;
  /// min_wire_size_of returns the fewest bytes that a value of this type takes on the wire.
  [[nodiscard]] std::size_t min_wire_size_of(value_type value) const noexcept;
};

/// no_tables describes a schema without declarations: enough for the built-in types and vectors of
/// them.
[[nodiscard]] const tables& no_tables() noexcept;

}  // namespace corogram::tl

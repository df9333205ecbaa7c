// The decoder over the tables.

#include <corogram/core/endian.hpp>
#include <corogram/tl/box.hpp>
#include <corogram/tl/interpreter.hpp>
#include <corogram/tl/string.hpp>
#include <corogram/tl/vector.hpp>

#include <algorithm>
#include <cstring>
#include <new>

namespace corogram::tl {

arena arena_for(std::size_t input_size) noexcept {
  // Measured on answers of the API: 1.6 to 2.2 times the input. Short inputs grow more; long ones
  // are mostly one part of a file, which stays in the input.
  constexpr std::size_t longest_first_block = std::size_t{64} << 10;
  const std::size_t usual = std::min(input_size / 2 * 5 + 64, longest_first_block);
  const std::size_t most = input_size * max_growth + growth_allowance;
  return {usual, most};
}

namespace detail {
namespace {

std::uint32_t load_word(const std::byte* at) noexcept {
  std::uint32_t word;
  std::memcpy(&word, at, sizeof word);
  return word;
}

/// Reads values. Each function takes the place in the input where its value begins and returns the
/// place where it ends, or nullptr when it has failed; the place stays in a register that way,
/// which no write to the value in memory can change.
class decoder {
 public:
  using place = const core::byte*;

  decoder(const tables& schema, core::byte_view input, arena& memory) noexcept
      : schema_(schema), begin_(input.data()), end_(input.data() + input.size()), memory_(memory) {}

  [[nodiscard]] place value(value_type type, place at, std::byte* to, unsigned depth);
  [[nodiscard]] const core::error& failure() const noexcept { return failure_; }

 private:
  [[nodiscard]] std::size_t left(place at) const noexcept {
    return static_cast<std::size_t>(end_ - at);
  }

  [[gnu::cold]] place fail(errc code, place at, std::string_view expected) noexcept {
    failure_ = core::error(code, static_cast<std::size_t>(at - begin_), expected);
    return nullptr;
  }

  /// Fixed-size values: T is an integer of the size of the value.
  template <class T>
  place integer(place at, std::byte* to, std::string_view expected) noexcept {
    if (left(at) < sizeof(T)) return fail(errc::truncated, at, expected);
    const T value = core::load_le<T>(at);
    std::memcpy(to, &value, sizeof value);
    return at + sizeof value;
  }

  template <std::size_t Size>
  place copy(place at, std::byte* to, std::string_view expected) noexcept {
    if (left(at) < Size) return fail(errc::truncated, at, expected);
    std::memcpy(to, at, Size);
    return at + Size;
  }

  place number(value_type type, place at) noexcept;
  place boolean(place at, std::byte* to) noexcept;
  place string_value(place at, std::byte* to) noexcept;
  place raw_value(place at, std::byte* to, std::size_t size) noexcept;
  place raw_field(const field_row& field, const field_row* fields, place at,
                  std::byte* object) noexcept;
  place box(std::uint16_t type, place at, std::byte* to, unsigned depth);
  place vector(value_type element, place at, std::byte* to, unsigned depth);
  place object(const combinator_row& row, place at, std::byte* to, unsigned depth);

  const tables& schema_;
  const place begin_;
  const place end_;
  arena& memory_;
  core::error failure_{errc::truncated};
};

decoder::place decoder::value(value_type type, place at, std::byte* to, unsigned depth) {
  if (type.numbered) {
    at = number(type, at);
    if (at == nullptr) return nullptr;
  }
  switch (type.kind) {
    case value_kind::word:
      return integer<std::uint32_t>(at, to, "a natural number");
    case value_kind::int32:
      return integer<std::int32_t>(at, to, "an int");
    case value_kind::int64:
      return integer<std::int64_t>(at, to, "a long");
    case value_kind::float64:
      return integer<std::int64_t>(at, to, "a double");
    //= TL-21
    case value_kind::bytes16:
      return copy<16>(at, to, "an int128");
    case value_kind::bytes32:
      return copy<32>(at, to, "an int256");
    case value_kind::boolean:
      return boolean(at, to);
    case value_kind::presence:
      return at;
    case value_kind::string:
    case value_kind::bytes:
      return string_value(at, to);
    case value_kind::raw:
      return raw_value(at, to, left(at));
    case value_kind::box:
      return box(type.type, at, to, depth);
    case value_kind::bare:
      return object(schema_.combinators[type.type], at, to, depth + 1);
    case value_kind::vector:
      return vector(schema_.values[type.type], at, to, depth);
  }
  return fail(errc::unknown_constructor, at, "a kind of value that the tables know");
}

decoder::place decoder::number(value_type type, place at) noexcept {
  if (left(at) < 4) return fail(errc::truncated, at, "the number of the value's type");
  const auto id = core::load_le<std::uint32_t>(at);
  if (id == schema_.number_of(type)) return at + 4;
  return fail(schema_.find(id) != nullptr ? errc::wrong_constructor : errc::unknown_constructor, at,
              type.kind == value_kind::vector ? "a vector" : "another constructor number");
}

//= TL-26
decoder::place decoder::boolean(place at, std::byte* to) noexcept {
  if (left(at) < 4) return fail(errc::truncated, at, "a Bool");
  const auto id = core::load_le<std::uint32_t>(at);
  if (id != bool_true_id && id != bool_false_id)
    return fail(errc::wrong_constructor, at, "boolTrue or boolFalse");
  *to = static_cast<std::byte>(id == bool_true_id);
  return at + 4;
}

// What the specification leaves open: padding may have any value, a short string may have the long
// form (official clients read both and write neither), and 0xff is no string.
//= SER-03
//= SER-04
//= SER-07
decoder::place decoder::string_value(place at, std::byte* to) noexcept {
  if (left(at) < 4) return fail(errc::truncated, at, "a string");
  const auto head = core::load_le<std::uint32_t>(at);
  std::size_t size = head & 0xff;
  std::size_t header = 1;
  if (size == 0xff) return fail(errc::bad_length, at, "a string");
  if (size == 0xfe) {
    size = head >> 8;
    header = 4;
  }
  const std::size_t padded = (header + size + 3) & ~std::size_t{3};
  if (left(at) < padded) return fail(errc::truncated, at, "the rest of a string");
  if (size != 0) ::new (static_cast<void*>(to)) string(string::borrow(at + header, size));
  return at + padded;
}

//= SER-13
decoder::place decoder::raw_value(place at, std::byte* to, std::size_t size) noexcept {
  if (size < 4) return fail(errc::truncated, at, "an object");
  if (size % 4 != 0) return fail(errc::bad_length, at, "an object of whole words");
  ::new (static_cast<void*>(to)) raw(raw::borrow(at, size));
  return at + size;
}

decoder::place decoder::raw_field(const field_row& field, const field_row* fields, place at,
                                  std::byte* object) noexcept {
  std::byte* to = object + field.offset;
  if (field.value.type == 0) return raw_value(at, to, left(at));
  const std::uint32_t size = load_word(object + fields[field.value.type - 1].offset);
  if (size > 0x7fffffff) return fail(errc::bad_length, at, "an object of no negative length");
  if (size > left(at)) return fail(errc::truncated, at, "an object of the announced length");
  return raw_value(at, to, size);
}

//= TL-25
decoder::place decoder::box(std::uint16_t type, place at, std::byte* to, unsigned depth) {
  if (left(at) < 4) return fail(errc::truncated, at, "a constructor number");
  const auto id = core::load_le<std::uint32_t>(at);
  const id_slot* slot = schema_.find_slot(id);
  if (slot == nullptr) return fail(errc::unknown_constructor, at, "a constructor of the schema");
  if (slot->type != type)
    return fail(errc::wrong_constructor, at, "a constructor of the field's type");
  const combinator_row& row = schema_.combinators[slot->combinator];

  auto* box = ::new (static_cast<void*>(to)) box_base;
  box->id_ = id;
  box->index_ = slot->combinator;
  void* content = box->payload_;
  if (row.fits_box) {
    box->holding_ = holding::inside;
  } else {
    content = memory_.allocate(row.size);
    if (content == nullptr) return fail(errc::too_large, at, "an object within the memory limit");
    box->set_pointer(content);
    box->holding_ = holding::borrowed;
  }
  return object(row, at + 4, static_cast<std::byte*>(content), depth + 1);
}

//= SER-11
//= SER-14
//= SER-15
decoder::place decoder::vector(value_type element, place at, std::byte* to, unsigned depth) {
  //= SER-16
  if (depth >= max_depth) return fail(errc::too_deep, at, "less nesting");
  if (left(at) < 4) return fail(errc::truncated, at, "the number of elements");
  const auto count = core::load_le<std::uint32_t>(at);
  //= TL-16
  // The generator takes no element without bytes, so the divisor is not 0. A negative count is more
  // than any input can hold.
  if (count > (left(at) - 4) / schema_.min_wire_size_of(element))
    return fail(errc::bad_count, at, "as many elements as the input can hold");
  at += 4;
  if (count == 0) return at;

  const std::size_t element_size = schema_.size_of(element);
  void* elements = memory_.allocate(count * element_size);
  if (elements == nullptr) return fail(errc::too_large, at, "elements within the memory limit");
  auto* vector = ::new (static_cast<void*>(to)) vector_base;
  vector->data_ = elements;
  vector->size_ = count;
  auto* next = static_cast<std::byte*>(elements);
  for (std::uint32_t i = 0; i < count; ++i, next += element_size) {
    at = value(element, at, next, depth + 1);
    if (at == nullptr) return nullptr;
  }
  return at;
}

//= TL-17
//= TL-18
//= TL-19
decoder::place decoder::object(const combinator_row& row, place at, std::byte* to, unsigned depth) {
  //= SER-16
  if (depth > max_depth) return fail(errc::too_deep, at, "less nesting");
  const field_row* const fields = schema_.fields.data() + row.first_field;
  const field_row* const end = fields + row.field_count;
  for (const field_row* field = fields; field != end; ++field) {
    if (field->value.kind == value_kind::presence) continue;
    if (field->is_conditional() &&
        !field->is_present(load_word(to + fields[field->flags_field].offset)))
      continue;
    at = field->value.kind == value_kind::raw ? raw_field(*field, fields, at, to)
                                              : value(field->value, at, to + field->offset, depth);
    if (at == nullptr) return nullptr;
  }
  return at;
}

}  // namespace

core::result<std::size_t> decode_value(const tables& schema, value_type value,
                                       core::byte_view input, arena& memory, void* to) {
  // An empty view may have no address, and nullptr stands for failure.
  static constexpr core::byte nothing = 0;
  if (input.empty()) input = {&nothing, 0};
  decoder from(schema, input, memory);
  const core::byte* end = from.value(value, input.data(), static_cast<std::byte*>(to), 0);
  if (end == nullptr) return from.failure();
  return static_cast<std::size_t>(end - input.data());
}

}  // namespace detail
}  // namespace corogram::tl

// Copying, destroying and comparing over the tables.

#include <corogram/tl/box.hpp>
#include <corogram/tl/interpreter.hpp>
#include <corogram/tl/string.hpp>
#include <corogram/tl/vector.hpp>

#include <cstring>
#include <new>

namespace corogram::tl::detail {
namespace {

std::uint32_t load_word(const std::byte* at) noexcept {
  std::uint32_t word;
  std::memcpy(&word, at, sizeof word);
  return word;
}

/// owns_nothing tells whether the value is complete in itself, whatever it is.
bool owns_nothing(const tables& schema, value_type type) noexcept {
  switch (type.kind) {
    case value_kind::string:
    case value_kind::bytes:
    case value_kind::raw:
    case value_kind::box:
    case value_kind::vector:
      return false;
    case value_kind::bare:
      for (const field_row& field : schema.fields_of(schema.combinators[type.type]))
        if (!owns_nothing(schema, field.value)) return false;
      return true;
    case value_kind::word:
    case value_kind::int32:
    case value_kind::int64:
    case value_kind::float64:
    case value_kind::bytes16:
    case value_kind::bytes32:
    case value_kind::boolean:
    case value_kind::presence:
      break;
  }
  return true;
}

// Pre of the three: the bytes of `to` are those of the value at `from`. What they refer to is
// shared until this returns.
void clone_value(const tables& schema, value_type type, const std::byte* from, std::byte* to);

void clone_vector(const tables& schema, value_type element, const vector_base& from,
                  std::byte* to) {
  auto* vector = ::new (static_cast<void*>(to)) vector_base;
  if (from.size_ == 0) return;
  const std::size_t element_size = schema.size_of(element);
  vector->grow(element_size, from.size_);
  vector->size_ = from.size_;
  std::memcpy(vector->data_, from.data_, from.size_ * element_size);
  if (owns_nothing(schema, element)) return;
  const auto* source = static_cast<const std::byte*>(from.data_);
  auto* target = static_cast<std::byte*>(vector->data_);
  for (std::uint32_t i = 0; i < from.size_; ++i, source += element_size, target += element_size)
    clone_value(schema, element, source, target);
}

void clone_fields(const tables& schema, const combinator_row& row, const std::byte* from,
                  std::byte* to) {
  // Absent fields too: an accessor may have been called and its bit cleared again.
  for (const field_row& field : schema.fields_of(row))
    clone_value(schema, field.value, from + field.offset, to + field.offset);
}

void clone_value(const tables& schema, value_type type, const std::byte* from, std::byte* to) {
  switch (type.kind) {
    case value_kind::string:
    case value_kind::bytes:
      ::new (static_cast<void*>(to)) string(*reinterpret_cast<const string*>(from));
      break;
    case value_kind::raw:
      ::new (static_cast<void*>(to)) raw(*reinterpret_cast<const raw*>(from));
      break;
    case value_kind::box: {
      const auto& source = *reinterpret_cast<const box_base*>(from);
      if (source.holding_ == holding::owned || source.holding_ == holding::borrowed)
        copy_box(schema, *::new (static_cast<void*>(to)) box_base, source);
      break;
    }
    case value_kind::bare:
      clone_fields(schema, schema.combinators[type.type], from, to);
      break;
    case value_kind::vector:
      clone_vector(schema, schema.values[type.type], *reinterpret_cast<const vector_base*>(from),
                   to);
      break;
    case value_kind::word:
    case value_kind::int32:
    case value_kind::int64:
    case value_kind::float64:
    case value_kind::bytes16:
    case value_kind::bytes32:
    case value_kind::boolean:
    case value_kind::presence:
      break;
  }
}

void destroy_value(const tables& schema, value_type type, std::byte* at) noexcept {
  switch (type.kind) {
    case value_kind::string:
    case value_kind::bytes:
    case value_kind::raw:
      reinterpret_cast<octets*>(at)->~octets();
      break;
    case value_kind::box: {
      auto& box = *reinterpret_cast<box_base*>(at);
      if (box.holding_ == holding::owned) destroy_box(schema, box);
      break;
    }
    case value_kind::bare:
      destroy_object(schema, schema.combinators[type.type], at);
      break;
    case value_kind::vector: {
      auto& vector = *reinterpret_cast<vector_base*>(at);
      if (vector.capacity_ == 0) break;
      const value_type element = schema.values[type.type];
      if (!owns_nothing(schema, element)) {
        const std::size_t element_size = schema.size_of(element);
        auto* next = static_cast<std::byte*>(vector.data_);
        for (std::uint32_t i = 0; i < vector.size_; ++i, next += element_size)
          destroy_value(schema, element, next);
      }
      release(vector.data_);
      break;
    }
    case value_kind::word:
    case value_kind::int32:
    case value_kind::int64:
    case value_kind::float64:
    case value_kind::bytes16:
    case value_kind::bytes32:
    case value_kind::boolean:
    case value_kind::presence:
      break;
  }
}

bool equal_objects(const tables& schema, const combinator_row& row, const std::byte* a,
                   const std::byte* b) noexcept {
  const std::span<const field_row> fields = schema.fields_of(row);
  for (const field_row& field : fields) {
    if (field.is_conditional()) {
      const std::size_t flags_offset = fields[field.flags_field].offset;
      const bool present = field.is_present(load_word(a + flags_offset));
      if (present != field.is_present(load_word(b + flags_offset))) return false;
      if (!present) continue;
    }
    if (!equal_values(schema, field.value, a + field.offset, b + field.offset)) return false;
  }
  return true;
}

bool equal_vectors(const tables& schema, value_type element, const vector_base& a,
                   const vector_base& b) noexcept {
  if (a.size_ != b.size_) return false;
  const std::size_t element_size = schema.size_of(element);
  const auto* x = static_cast<const std::byte*>(a.data_);
  const auto* y = static_cast<const std::byte*>(b.data_);
  for (std::uint32_t i = 0; i < a.size_; ++i, x += element_size, y += element_size)
    if (!equal_values(schema, element, x, y)) return false;
  return true;
}

}  // namespace

void clone_object(const tables& schema, const combinator_row& row, const void* from, void* to) {
  std::memcpy(to, from, row.size);
  clone_fields(schema, row, static_cast<const std::byte*>(from), static_cast<std::byte*>(to));
}

void destroy_object(const tables& schema, const combinator_row& row, void* object) noexcept {
  for (const field_row& field : schema.fields_of(row))
    destroy_value(schema, field.value, static_cast<std::byte*>(object) + field.offset);
}

void copy_box(const tables& schema, box_base& to, const box_base& from) {
  const combinator_row& row = schema.combinators[from.index_];
  void* copy = allocate(row.size);
  clone_object(schema, row, from.object(), copy);
  to.set_pointer(copy);
  to.id_ = from.id_;
  to.index_ = from.index_;
  to.holding_ = holding::owned;
}

void destroy_box(const tables& schema, box_base& box) noexcept {
  destroy_object(schema, schema.combinators[box.index_], box.pointer());
  release(box.pointer());
}

bool equal_values(const tables& schema, value_type value, const void* a, const void* b) noexcept {
  const auto* x = static_cast<const std::byte*>(a);
  const auto* y = static_cast<const std::byte*>(b);
  switch (value.kind) {
    case value_kind::presence:
      return true;
    case value_kind::string:
    case value_kind::bytes:
    case value_kind::raw:
      return *static_cast<const octets*>(a) == *static_cast<const octets*>(b);
    case value_kind::box: {
      const auto& left = *static_cast<const box_base*>(a);
      const auto& right = *static_cast<const box_base*>(b);
      if (left.holding_ == holding::nothing || right.holding_ == holding::nothing)
        return left.holding_ == right.holding_;
      return left.id_ == right.id_ && equal_objects(schema, schema.combinators[left.index_],
                                                    static_cast<const std::byte*>(left.object()),
                                                    static_cast<const std::byte*>(right.object()));
    }
    case value_kind::bare:
      return equal_objects(schema, schema.combinators[value.type], x, y);
    case value_kind::vector:
      return equal_vectors(schema, schema.values[value.type], *static_cast<const vector_base*>(a),
                           *static_cast<const vector_base*>(b));
    case value_kind::word:
    case value_kind::int32:
    case value_kind::int64:
    case value_kind::float64:
    case value_kind::bytes16:
    case value_kind::bytes32:
    case value_kind::boolean:
      break;
  }
  return std::memcmp(a, b, schema.size_of(value)) == 0;
}

}  // namespace corogram::tl::detail

#include <corogram/tl/box.hpp>
#include <corogram/tl/int128.hpp>
#include <corogram/tl/string.hpp>
#include <corogram/tl/tables.hpp>
#include <corogram/tl/vector.hpp>

#include <algorithm>

namespace corogram::tl {
namespace {

const combinator_row* find_by_name(const tables& schema, std::span<const std::uint16_t> sorted,
                                   std::string_view wanted) noexcept {
  const auto found = std::ranges::lower_bound(sorted, wanted, {}, [&schema](std::uint16_t index) {
    return schema.name_of(schema.combinators[index]);
  });
  if (found == sorted.end()) return nullptr;
  const combinator_row& row = schema.combinators[*found];
  return schema.name_of(row) == wanted ? &row : nullptr;
}

}  // namespace

const combinator_row* tables::find_constructor(std::string_view full_name) const noexcept {
  return find_by_name(*this, constructors_by_name, full_name);
}

const combinator_row* tables::find_function(std::string_view full_name) const noexcept {
  return find_by_name(*this, functions_by_name, full_name);
}

const type_row* tables::find_type(std::string_view full_name) const noexcept {
  const auto found = std::ranges::lower_bound(types, full_name, {},
                                              [this](const type_row& row) { return name_of(row); });
  if (found == types.end() || name_of(*found) != full_name) return nullptr;
  return &*found;
}

std::size_t tables::find_value(value_type wanted) const noexcept {
  if (wanted.kind == value_kind::box && wanted.type < types.size()) return wanted.type;
  return static_cast<std::size_t>(std::ranges::find(values, wanted) - values.begin());
}

std::uint32_t tables::number_of(value_type value) const noexcept {
  switch (value.kind) {
    case value_kind::int32:
      return int_id;
    case value_kind::int64:
      return long_id;
    case value_kind::float64:
      return double_id;
    case value_kind::bytes16:
      return int128_id;
    case value_kind::bytes32:
      return int256_id;
    case value_kind::string:
    case value_kind::bytes:
      return string_id;
    case value_kind::bare:
      return combinators[value.type].id;
    case value_kind::vector:
      return vector_id;
    case value_kind::word:
    case value_kind::boolean:
    case value_kind::presence:
    case value_kind::raw:
    case value_kind::box:
      break;
  }
  return 0;
}

std::size_t tables::size_of(value_type value) const noexcept {
  switch (value.kind) {
    case value_kind::word:
    case value_kind::int32:
      return sizeof(std::int32_t);
    case value_kind::int64:
      return sizeof(std::int64_t);
    case value_kind::float64:
      return sizeof(double);
    case value_kind::bytes16:
      return sizeof(int128);
    case value_kind::bytes32:
      return sizeof(int256);
    case value_kind::boolean:
      return sizeof(bool);
    case value_kind::presence:
      return 0;
    case value_kind::string:
    case value_kind::bytes:
      return sizeof(string);
    case value_kind::raw:
      return sizeof(raw);
    case value_kind::box:
      return sizeof(detail::box_base);
    case value_kind::bare:
      return combinators[value.type].size;
    case value_kind::vector:
      return sizeof(detail::vector_base);
  }
  return 0;
}

std::size_t tables::min_wire_size_of(value_type value) const noexcept {
  const std::size_t number = value.numbered ? 4 : 0;
  switch (value.kind) {
    case value_kind::presence:
      return 0;
    case value_kind::int64:
    case value_kind::float64:
      return number + 8;
    case value_kind::bytes16:
      return number + 16;
    case value_kind::bytes32:
      return number + 32;
    case value_kind::bare:
      return number + combinators[value.type].min_wire_size;
    case value_kind::word:
    case value_kind::int32:
    case value_kind::boolean:
    case value_kind::string:
    case value_kind::bytes:
    case value_kind::raw:
    case value_kind::box:
    case value_kind::vector:
      break;
  }
  return number + 4;
}

const tables& no_tables() noexcept {
  static constexpr value_type built_in[] = {
      {value_kind::boolean, false, 0}, {value_kind::int32, false, 0},
      {value_kind::int64, false, 0},   {value_kind::float64, false, 0},
      {value_kind::bytes16, false, 0}, {value_kind::bytes32, false, 0},
      {value_kind::string, false, 0},  {value_kind::raw, false, 0},
  };
  static constexpr tables nothing{.schema_name = {},
                                  .layer = 0,
                                  .combinators = {},
                                  .constructor_count = 0,
                                  .fields = {},
                                  .field_names = {},
                                  .types = {},
                                  .values = built_in,
                                  .slots = {},
                                  .constructors_by_name = {},
                                  .functions_by_name = {},
                                  .names = ""};
  return nothing;
}

static_assert(sizeof(string) == 16 && sizeof(raw) == 16 && sizeof(vector<int>) == 16 &&
              sizeof(detail::box_base) == 16);
static_assert(sizeof(value_type) == 4 && sizeof(field_row) == 8 && sizeof(id_slot) == 8);

}  // namespace corogram::tl

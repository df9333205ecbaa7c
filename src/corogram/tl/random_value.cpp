#include <corogram/core/writer.hpp>
#include <corogram/tl/random_value.hpp>

#include <algorithm>
#include <limits>
#include <vector>

namespace corogram::tl {
namespace {

/// Below this depth the shallowest constructors are chosen and nothing optional is there.
constexpr unsigned free_depth = 4;
constexpr unsigned unreachable = std::numeric_limits<unsigned>::max();

unsigned height_of(const tables& schema, const std::vector<unsigned>& heights, value_type type) {
  if (type.kind == value_kind::bare) return heights[type.type];
  if (type.kind != value_kind::box) return 0;
  unsigned least = unreachable;
  const type_row& row = schema.types[type.type];
  for (std::size_t i = 0; i < row.count; ++i) least = std::min(least, heights[row.first + i]);
  return least;
}

unsigned height_of(const tables& schema, const std::vector<unsigned>& heights,
                   const combinator_row& row) {
  unsigned height = 0;
  for (const field_row& field : schema.fields_of(row))
    if (!field.is_conditional()) height = std::max(height, height_of(schema, heights, field.value));
  return height == unreachable ? unreachable : height + 1;
}

class value_writer {
 public:
  value_writer(const tables& schema, const std::vector<unsigned>& heights,
               core::test_random& random, core::byte_buffer& out)
      : schema_(schema), heights_(heights), random_(random), buffer_(out), out_(out) {}

  void value(value_type type, unsigned depth);

 private:
  [[nodiscard]] bool one_in(std::uint64_t n) { return random_.below(n) == 0; }
  void number(std::uint32_t id) { out_.le(id); }
  void string_value();
  void raw_value(unsigned depth);
  void box(const type_row& type, unsigned depth);
  void object(const combinator_row& row, unsigned depth);
  [[nodiscard]] std::uint32_t flags_for(const combinator_row& row, std::size_t word,
                                        unsigned depth);

  const tables& schema_;
  const std::vector<unsigned>& heights_;
  core::test_random& random_;
  core::byte_buffer& buffer_;
  core::writer out_;
};

void value_writer::value(value_type type, unsigned depth) {
  if (type.numbered) number(schema_.number_of(type));
  switch (type.kind) {
    case value_kind::word:
    case value_kind::int32:
      out_.le(random_.integer<std::uint32_t>());
      break;
    case value_kind::int64:
    case value_kind::float64:
      out_.le(random_.next());
      break;
    case value_kind::bytes16:
      out_.bytes(random_.array<16>());
      break;
    case value_kind::bytes32:
      out_.bytes(random_.array<32>());
      break;
    case value_kind::boolean:
      number(one_in(2) ? bool_true_id : bool_false_id);
      break;
    case value_kind::presence:
      break;
    case value_kind::string:
    case value_kind::bytes:
      string_value();
      break;
    case value_kind::raw:
      raw_value(depth);
      break;
    case value_kind::box:
      box(schema_.types[type.type], depth);
      break;
    case value_kind::bare:
      object(schema_.combinators[type.type], depth + 1);
      break;
    case value_kind::vector: {
      const value_type element = schema_.values[type.type];
      const bool possible =
          depth < free_depth && height_of(schema_, heights_, element) != unreachable;
      const auto count = static_cast<std::uint32_t>(possible ? random_.below(4) : 0);
      number(count);
      for (std::uint32_t i = 0; i < count; ++i) value(element, depth + 1);
      break;
    }
  }
}

void value_writer::string_value() {
  // Around the border between the two forms of the length, now and then.
  const std::size_t size =
      one_in(16) ? 250 + random_.below(10) : random_.below(one_in(8) ? 100 : 12);
  core::byte_buffer text(size);
  random_.fill(text);
  if (size < 254)
    out_.le(static_cast<std::uint8_t>(size));
  else
    out_.le(static_cast<std::uint32_t>(size << 8 | 0xfe));
  out_.bytes(text);
  while (buffer_.size() % 4 != 0) out_.le(std::uint8_t{0});
}

void value_writer::raw_value(unsigned depth) {
  if (depth >= free_depth || schema_.combinators.empty()) {
    number(random_.integer<std::uint32_t>());
    return;
  }
  const auto index = static_cast<std::uint16_t>(random_.below(schema_.combinators.size()));
  number(schema_.combinators[index].id);
  object(schema_.combinators[index], depth + 1);
}

void value_writer::box(const type_row& type, unsigned depth) {
  const std::span<const combinator_row> constructors = schema_.constructors_of(type);
  const combinator_row* chosen = &constructors[random_.below(constructors.size())];
  if (depth >= free_depth)
    for (const combinator_row& other : constructors)
      if (heights_[schema_.index_of(other)] < heights_[schema_.index_of(*chosen)]) chosen = &other;
  number(chosen->id);
  object(*chosen, depth + 1);
}

std::uint32_t value_writer::flags_for(const combinator_row& row, std::size_t word, unsigned depth) {
  std::uint32_t meaningful = 0;
  std::uint32_t impossible = 0;
  bool as_a_whole = false;
  for (const field_row& field : schema_.fields_of(row)) {
    if (!field.is_conditional() || field.flags_field != word) continue;
    const std::uint32_t bit = field.bit < 32 ? std::uint32_t{1} << field.bit : 0;
    meaningful |= bit;
    if (height_of(schema_, heights_, field.value) == unreachable) impossible |= bit;
    as_a_whole = as_a_whole || bit == 0;
  }
  if (depth >= free_depth) return 0;
  if (as_a_whole && one_in(2)) return 0;
  const auto flags = random_.integer<std::uint32_t>() & ~impossible;
  return one_in(8) ? flags : flags & meaningful;
}

void value_writer::object(const combinator_row& row, unsigned depth) {
  const std::span<const field_row> fields = schema_.fields_of(row);
  // Where each field begins, for flags words and the lengths of Objects.
  std::vector<std::size_t> begins(fields.size());
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const field_row& field = fields[i];
    begins[i] = buffer_.size();
    if (field.is_conditional() &&
        !field.is_present(core::load_le<std::uint32_t>(buffer_.data() + begins[field.flags_field])))
      continue;
    if (field.value.kind == value_kind::word)
      out_.le(flags_for(row, i, depth));
    else
      value(field.value, depth);
    if (field.value.kind == value_kind::raw && field.value.type != 0)
      core::store_le(buffer_.data() + begins[field.value.type - std::size_t{1}],
                     static_cast<std::uint32_t>(buffer_.size() - begins[i]));
  }
}

}  // namespace

random_values::random_values(const tables& schema)
    : schema_(schema), heights_(schema.combinators.size(), unreachable) {
  for (bool changed = true; changed;) {
    changed = false;
    for (std::size_t i = 0; i < heights_.size(); ++i) {
      const unsigned height = height_of(schema_, heights_, schema_.combinators[i]);
      changed = changed || height != heights_[i];
      heights_[i] = height;
    }
  }
}

void random_values::value(value_type type, core::test_random& random,
                          core::byte_buffer& out) const {
  value_writer(schema_, heights_, random, out).value(type, 0);
}

core::byte_buffer random_values::object(const combinator_row& row,
                                        core::test_random& random) const {
  core::byte_buffer out;
  value({value_kind::bare, true, schema_.index_of(row)}, random, out);
  return out;
}

}  // namespace corogram::tl

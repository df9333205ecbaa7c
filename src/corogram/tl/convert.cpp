#include <corogram/core/reader.hpp>
#include <corogram/core/writer.hpp>
#include <corogram/tl/convert.hpp>
#include <corogram/tl/errc.hpp>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <vector>

namespace corogram::tl {
namespace {

/// How deep values may nest. Units: boxes and vectors within each other.
constexpr std::size_t max_convert_depth = 64;

/// A field as it was found in the newest form: its flags word if it is one, or its converted bytes.
struct found_field {
  const field_row* row = nullptr;
  bool present = false;
  std::uint32_t word = 0;
  core::byte_buffer converted;
};

/// The form of a constructor in the layer that is spoken.
struct older_form {
  const tables* schema = nullptr;
  const combinator_row* row = nullptr;
};

/// Tells whether other fields of `fields` depend on field number `index`.
bool is_flags_word(std::span<const field_row> fields, std::size_t index) {
  return fields[index].value.kind == value_kind::word &&
         std::ranges::any_of(fields, [&](const field_row& field) {
           return field.is_conditional() && field.flags_field == index;
         });
}

class converter {
 public:
  converter(const tables& newest, std::span<const older_layer> older, std::uint32_t layer,
            core::byte_view input)
      : newest_(newest), older_(older), layer_(layer), in_(input) {}

  core::result<void> value(value_type type, core::byte_buffer& out, std::size_t depth) {
    if (depth > max_convert_depth)
      return core::error(errc::too_deep, in_.offset(), "a value that nests less");
    switch (type.kind) {
      case value_kind::presence:
        return {};
      case value_kind::raw:
        return copy(in_.remaining(), out);
      case value_kind::box:
        return boxed(out, depth);
      case value_kind::boolean:
        return copy(4, out);
      default:
        break;
    }
    if (type.numbered) COROGRAM_CHECK(number(type, out));
    switch (type.kind) {
      case value_kind::word:
      case value_kind::int32:
        return copy(4, out);
      case value_kind::int64:
      case value_kind::float64:
        return copy(8, out);
      case value_kind::bytes16:
        return copy(16, out);
      case value_kind::bytes32:
        return copy(32, out);
      case value_kind::string:
      case value_kind::bytes:
        return string(out);
      case value_kind::vector:
        return vector(newest_.values[type.type], out, depth);
      case value_kind::bare:
        return fields(newest_.combinators[type.type], out, depth);
      default:
        return core::errc::internal;
    }
  }

  core::result<void> finish() const {
    if (in_.remaining() == 0) return {};
    return core::error(errc::trailing_bytes, in_.offset(), "the end of the value");
  }

 private:
  core::result<void> copy(std::size_t size, core::byte_buffer& out) {
    COROGRAM_TRY(const core::byte_view bytes, in_.take(size, "the rest of a value"));
    core::append(out, bytes);
    return {};
  }

  core::result<void> number(value_type type, core::byte_buffer& out) {
    const std::size_t begin = in_.offset();
    COROGRAM_TRY(const auto id, in_.le<std::uint32_t>());
    if (id != newest_.number_of(type))
      return core::error(errc::wrong_constructor, begin, "the number of the field's type");
    const older_form form =
        type.kind == value_kind::bare ? find_form(newest_.combinators[type.type]) : older_form();
    core::writer(out).le(form.row != nullptr ? form.row->id : id);
    return {};
  }

  /// Strings are copied with their lengths and padding.
  core::result<void> string(core::byte_buffer& out) {
    const core::byte_view rest = in_.rest();
    if (rest.size() < 4) return core::error(errc::truncated, in_.offset(), "a string");
    const bool is_long = rest[0] == 0xfe;
    if (rest[0] == 0xff) return core::error(errc::bad_length, in_.offset(), "a string");
    const std::size_t length = is_long ? core::load_le<std::uint32_t>(rest.data()) >> 8 : rest[0];
    const std::size_t whole = (is_long ? 4 : 1) + length;
    return copy((whole + 3) / 4 * 4, out);
  }

  core::result<void> vector(value_type element, core::byte_buffer& out, std::size_t depth) {
    const std::size_t begin = in_.offset();
    COROGRAM_TRY(const auto count, in_.le<std::uint32_t>());
    const std::size_t smallest = std::max<std::size_t>(newest_.min_wire_size_of(element), 1);
    if (count > in_.remaining() / smallest)
      return core::error(errc::bad_count, begin, "no more elements than bytes follow");
    core::writer(out).le(count);
    for (std::uint32_t i = 0; i < count; ++i) COROGRAM_CHECK(value(element, out, depth + 1));
    return {};
  }

  core::result<void> boxed(core::byte_buffer& out, std::size_t depth) {
    const std::size_t begin = in_.offset();
    COROGRAM_TRY(const auto id, in_.le<std::uint32_t>());
    const combinator_row* const row = newest_.find(id);
    if (row == nullptr || row->is_function)
      return core::error(errc::unknown_constructor, begin, "a constructor of the newest layer");
    const older_form form = find_form(*row);
    core::writer(out).le(form.row != nullptr ? form.row->id : id);
    return fields(*row, out, depth + 1);
  }

  core::result<void> fields(const combinator_row& row, core::byte_buffer& out, std::size_t depth) {
    COROGRAM_TRY(const std::vector<found_field> found, read_fields(row, depth));
    const older_form form = find_form(row);
    if (form.row != nullptr) return write_older(form, found, out);
    for (const found_field& field : found) core::append(out, field.converted);
    return {};
  }

  core::result<std::vector<found_field>> read_fields(const combinator_row& row, std::size_t depth) {
    const auto rows = newest_.fields_of(row);
    std::vector<found_field> found(rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
      found_field& field = found[i];
      field.row = &rows[i];
      field.present =
          !rows[i].is_conditional() || rows[i].is_present(found[rows[i].flags_field].word);
      if (!field.present) continue;
      COROGRAM_CHECK(value(rows[i].value, field.converted, depth));
      if (rows[i].value.kind == value_kind::word)
        field.word = core::load_le<std::uint32_t>(field.converted.data());
    }
    return found;
  }

  /// The form in the earliest of the layers from `layer_` on that spells this constructor
  /// otherwise.
  [[nodiscard]] older_form find_form(const combinator_row& row) const {
    for (const older_layer& candidate : older_) {
      if (candidate.until < layer_) continue;
      const combinator_row* const found = candidate.schema->find_constructor(newest_.name_of(row));
      if (found != nullptr) return {candidate.schema, found};
    }
    return {};
  }

  /// Finds the field that an older one goes by, of the same kind and present.
  [[nodiscard]] const found_field* counterpart(const older_form& form, const field_row& older,
                                               const std::vector<found_field>& found) const {
    for (const found_field& field : found)
      if (field.present && field.row->value.kind == older.value.kind &&
          newest_.name_of(*field.row) == form.schema->name_of(older))
        return &field;
    return nullptr;
  }

  core::result<void> write_older(const older_form& form, const std::vector<found_field>& found,
                                 core::byte_buffer& out) const {
    const auto rows = form.schema->fields_of(*form.row);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (is_flags_word(rows, i)) {
        core::writer(out).le(older_flags(form, i, found));
        continue;
      }
      const found_field* const same = counterpart(form, rows[i], found);
      if (same != nullptr)
        core::append(out, same->converted);
      else if (!rows[i].is_conditional())
        COROGRAM_CHECK(write_nothing(*form.schema, rows[i].value, out));
    }
    return {};
  }

  /// The flags word number `index` of the older form: a bit for each field that is there.
  [[nodiscard]] std::uint32_t older_flags(const older_form& form, std::size_t index,
                                          const std::vector<found_field>& found) const {
    std::uint32_t word = 0;
    for (const field_row& field : form.schema->fields_of(*form.row))
      if (field.flags_field == index && field.bit < 32 &&
          counterpart(form, field, found) != nullptr)
        word |= std::uint32_t{1} << field.bit;
    return word;
  }

  core::result<void> write_nothing(const tables& schema, value_type type,
                                   core::byte_buffer& out) const {
    core::writer to(out);
    if (type.kind == value_kind::boolean) {
      to.le(bool_false_id);
      return {};
    }
    if (type.kind == value_kind::box || type.kind == value_kind::bare ||
        type.kind == value_kind::raw)
      return core::error(errc::no_older_form, in_.offset(), "a field that the newest layer lacks");
    if (type.numbered) to.le(schema.number_of(type));
    to.extend(schema.min_wire_size_of({type.kind, false, type.type}));
    return {};
  }

  const tables& newest_;
  std::span<const older_layer> older_;
  std::uint32_t layer_;
  core::reader in_;
};

}  // namespace

core::result<core::byte_buffer> to_older_layer(const tables& newest,
                                               std::span<const older_layer> older,
                                               std::uint32_t layer, value_type type,
                                               core::byte_view value) {
  core::byte_buffer out;
  out.reserve(value.size());
  converter conversion(newest, older, layer, value);
  COROGRAM_CHECK(conversion.value(type, out, 0));
  COROGRAM_CHECK(conversion.finish());
  return out;
}

}  // namespace corogram::tl

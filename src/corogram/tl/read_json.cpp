// JSON to bytes, over the tables.

#include <corogram/core/writer.hpp>
#include <corogram/tl/detail/json_scalars.hpp>
#include <corogram/tl/interpreter.hpp>
#include <corogram/tl/json_value.hpp>
#include <corogram/tl/print.hpp>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <span>
#include <vector>

namespace corogram::tl {
namespace {

constexpr std::string_view constructor_member = "_";

void append_tl_string(core::byte_buffer& out, core::byte_view content) {
  const std::size_t before = out.size();
  if (content.size() <= 253) {
    out.push_back(static_cast<core::byte>(content.size()));
  } else {
    core::writer(out).le(static_cast<std::uint32_t>(content.size() << 8 | 0xfe));
  }
  core::append(out, content);
  while ((out.size() - before) % 4 != 0) out.push_back(0);
}

// What the JSON says of one field.
struct given_field {
  const json_value* value = nullptr;
  /// The field takes part: it is in the JSON (and not as `false` for a true flag), or flags say so.
  bool here = false;
  /// Of a # field: its value so far.
  std::uint32_t word = 0;
};

class json_encoder {
 public:
  json_encoder(const tables& schema, const tables* inner) : schema_(schema), inner_(inner) {}

  [[nodiscard]] const std::string& path() const noexcept { return path_; }

  core::result<void> named(std::string_view name, const json_value& json, core::byte_buffer& out);
  core::result<void> value(value_type type, const json_value& json, core::byte_buffer& out,
                           unsigned depth);

 private:
  /// Lengthens the path while it lives; a failure keeps the path as it was then.
  class step {
   public:
    step(json_encoder& owner, std::string_view more) : owner_(owner), before_(owner.path_.size()) {
      owner_.path_ += more;
    }
    ~step() {
      if (!owner_.failed_) owner_.path_.resize(before_);
    }
    step(const step&) = delete;
    step& operator=(const step&) = delete;

   private:
    json_encoder& owner_;
    std::size_t before_;
  };

  core::error failure(json_errc code, std::size_t offset, std::string_view expected) {
    failed_ = true;
    return {code, offset, expected};
  }
  core::error wrong_type(const json_value& json, std::string_view expected) {
    return failure(json_errc::wrong_type, json.offset, expected);
  }

  core::result<void> root_boolean(std::string_view name, const json_value& json,
                                  core::byte_buffer& out);
  core::result<std::string_view> constructor_name(const json_value& json);
  core::result<void> any_object(const json_value& json, core::byte_buffer& out, unsigned depth);
  core::result<void> box(const type_row& type, const json_value& json, core::byte_buffer& out,
                         unsigned depth);
  core::result<void> numbered_object(const combinator_row& row, const json_value& json,
                                     core::byte_buffer& out, unsigned depth);
  core::result<void> object(const combinator_row& row, const json_value& json,
                            core::byte_buffer& out, unsigned depth);
  core::result<std::vector<given_field>> read_members(const combinator_row& row,
                                                      const json_value& json);
  core::result<void> derive_flags(std::span<const field_row> rows, const json_value& json,
                                  std::vector<given_field>& given);
  core::result<void> check_present(std::span<const field_row> rows,
                                   const std::vector<given_field>& given, const json_value& json,
                                   std::size_t index);
  core::result<void> vector(value_type element, const json_value& json, core::byte_buffer& out,
                            unsigned depth);
  core::result<void> raw(const json_value& json, core::byte_buffer& out, unsigned depth);

  /// kept notes that reading a scalar failed.
  template <class T>
  core::result<T> kept(core::result<T> read) {
    if (!read) failed_ = true;
    return read;
  }

  const tables& schema_;
  const tables* inner_;
  std::string path_ = "$";
  bool failed_ = false;
};

core::result<void> json_encoder::named(std::string_view name, const json_value& json,
                                       core::byte_buffer& out) {
  if (json.kind == json_kind::boolean) return root_boolean(name, json, out);
  if (name.empty()) return any_object(json, out, 0);
  if (const auto* row = schema_.find_function(name)) return numbered_object(*row, json, out, 0);
  if (const auto* row = schema_.find_constructor(name)) return numbered_object(*row, json, out, 0);
  if (const auto* type = schema_.find_type(name)) return box(*type, json, out, 0);
  return failure(json_errc::unknown_name, json.offset, "a function, constructor or type");
}

// Bool is no object in JSON, so its constructors have no "_".
core::result<void> json_encoder::root_boolean(std::string_view name, const json_value& json,
                                              core::byte_buffer& out) {
  const std::string_view constructor = json.boolean ? "boolTrue" : "boolFalse";
  if (!name.empty() && name != "Bool" && name != constructor) {
    return wrong_type(json, "a value of the named kind");
  }
  return value({value_kind::boolean, false, 0}, json, out, 0);
}

core::result<void> json_encoder::value(value_type type, const json_value& json,
                                       core::byte_buffer& out, unsigned depth) {
  if (type.numbered) core::writer(out).le(schema_.number_of(type));
  switch (type.kind) {
    case value_kind::word: {
      COROGRAM_TRY(const auto read, kept(detail::json_integer<std::uint32_t>(
                                        json, "a number from 0 to 4294967295")));
      core::writer(out).le(read);
      return {};
    }
    case value_kind::int32: {
      COROGRAM_TRY(const auto read,
                   kept(detail::json_integer<std::int32_t>(json, "an int of 32 bits")));
      core::writer(out).le(read);
      return {};
    }
    case value_kind::int64: {
      COROGRAM_TRY(const auto read, kept(detail::json_integer<std::int64_t>(
                                        json, "a long of 64 bits, as a number or a string")));
      core::writer(out).le(read);
      return {};
    }
    case value_kind::float64: {
      COROGRAM_TRY(const double read, kept(detail::json_double(json)));
      core::writer(out).le(std::bit_cast<std::uint64_t>(read));
      return {};
    }
    case value_kind::bytes16:
    case value_kind::bytes32: {
      COROGRAM_TRY(const auto read,
                   kept(detail::json_digits(json, type.kind == value_kind::bytes16 ? 16 : 32)));
      core::append(out, read);
      return {};
    }
    case value_kind::boolean:
      if (json.kind != json_kind::boolean) return wrong_type(json, "true or false");
      core::writer(out).le(json.boolean ? bool_true_id : bool_false_id);
      return {};
    case value_kind::presence:
      if (json.kind != json_kind::boolean) return wrong_type(json, "true or false");
      return {};
    case value_kind::string: {
      COROGRAM_TRY(const auto read, kept(detail::json_string(json)));
      append_tl_string(out, read);
      return {};
    }
    case value_kind::bytes: {
      COROGRAM_TRY(const auto read, kept(detail::json_bytes(json)));
      append_tl_string(out, read);
      return {};
    }
    case value_kind::raw:
      return raw(json, out, depth);
    case value_kind::box:
      return box(schema_.types[type.type], json, out, depth + 1);
    case value_kind::bare:
      return object(schema_.combinators[type.type], json, out, depth + 1);
    case value_kind::vector:
      return vector(schema_.values[type.type], json, out, depth);
  }
  return core::errc::internal;
}

core::result<void> json_encoder::vector(value_type element, const json_value& json,
                                        core::byte_buffer& out, unsigned depth) {
  if (json.kind != json_kind::array) return wrong_type(json, "an array");
  core::writer(out).le(static_cast<std::uint32_t>(json.elements.size()));
  for (std::size_t i = 0; i < json.elements.size(); ++i) {
    const step inside(*this, '[' + std::to_string(i) + ']');
    COROGRAM_CHECK(value(element, json.elements[i], out, depth + 1));
  }
  return {};
}

core::result<void> json_encoder::raw(const json_value& json, core::byte_buffer& out,
                                     unsigned depth) {
  if (json.kind == json_kind::object) return any_object(json, out, depth + 1);
  if (json.kind == json_kind::boolean) return root_boolean({}, json, out);
  COROGRAM_TRY(const auto read, kept(detail::json_bytes(json)));
  if (read.size() < 4 || read.size() % 4 != 0) {
    return failure(json_errc::out_of_range, json.offset, "an object of whole words");
  }
  core::append(out, read);
  return {};
}

// The member "_", which must be there.
core::result<std::string_view> json_encoder::constructor_name(const json_value& json) {
  if (json.kind != json_kind::object) return wrong_type(json, "an object");
  const json_value* name = json.find(constructor_member);
  if (name == nullptr) {
    const step inside(*this, "._");
    return failure(json_errc::missing_field, json.offset, "\"_\", the name of a constructor");
  }
  if (name->kind != json_kind::string) {
    const step inside(*this, "._");
    return wrong_type(*name, "the name of a constructor");
  }
  return std::string_view(name->text);
}

core::result<void> json_encoder::any_object(const json_value& json, core::byte_buffer& out,
                                            unsigned depth) {
  COROGRAM_TRY(const std::string_view name, constructor_name(json));
  for (const tables* candidate : {&schema_, inner_}) {
    if (candidate == nullptr) continue;
    const combinator_row* row = candidate->find_constructor(name);
    if (row == nullptr) row = candidate->find_function(name);
    if (row == nullptr) continue;
    if (candidate == &schema_) return numbered_object(*row, json, out, depth);
    json_encoder inside(*inner_, inner_);
    inside.path_ = path_;
    auto outcome = inside.numbered_object(*row, json, out, depth);
    if (!outcome) {
      failed_ = true;
      path_ = inside.path_;
    }
    return outcome;
  }
  const step inside(*this, "._");
  return failure(json_errc::unknown_name, json.find(constructor_member)->offset,
                 "a constructor or function of the schema");
}

core::result<void> json_encoder::box(const type_row& type, const json_value& json,
                                     core::byte_buffer& out, unsigned depth) {
  const auto constructors = schema_.constructors_of(type);
  if (constructors.size() == 1 && json.kind == json_kind::object &&
      json.find(constructor_member) == nullptr) {
    return numbered_object(constructors.front(), json, out, depth);
  }
  COROGRAM_TRY(const std::string_view name, constructor_name(json));
  const auto row = std::ranges::find_if(
      constructors, [&](const combinator_row& one) { return schema_.name_of(one) == name; });
  if (row != constructors.end()) return numbered_object(*row, json, out, depth);
  const step inside(*this, "._");
  return failure(schema_.find_constructor(name) != nullptr ? json_errc::wrong_constructor
                                                           : json_errc::unknown_name,
                 json.find(constructor_member)->offset, "a constructor of the field's type");
}

core::result<void> json_encoder::numbered_object(const combinator_row& row, const json_value& json,
                                                 core::byte_buffer& out, unsigned depth) {
  core::writer(out).le(row.id);
  return object(row, json, out, depth);
}

core::result<void> json_encoder::object(const combinator_row& row, const json_value& json,
                                        core::byte_buffer& out, unsigned depth) {
  if (depth > max_depth) return failure(json_errc::too_deep, json.offset, "less nesting");
  const std::span<const field_row> rows = schema_.fields_of(row);
  COROGRAM_TRY(std::vector<given_field> given, read_members(row, json));
  COROGRAM_CHECK(derive_flags(rows, json, given));

  // An Object with its length before it is written first, to know the length.
  std::vector<core::byte_buffer> contents(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    COROGRAM_CHECK(check_present(rows, given, json, i));
    if (!given[i].here || rows[i].value.kind == value_kind::presence) continue;
    const step inside(*this, '.' + std::string(schema_.name_of(rows[i])));
    if (rows[i].value.kind == value_kind::word) {
      core::writer(contents[i]).le(given[i].word);
    } else if (given[i].value != nullptr) {
      COROGRAM_CHECK(value(rows[i].value, *given[i].value, contents[i], depth));
    }
  }
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (rows[i].value.kind != value_kind::raw || rows[i].value.type == 0) continue;
    const std::size_t length_field = rows[i].value.type - std::size_t{1};
    core::byte_buffer length;
    core::writer(length).le(static_cast<std::int32_t>(contents[i].size()));
    if (given[length_field].value != nullptr && contents[length_field] != length) {
      const step inside(*this, '.' + std::string(schema_.name_of(rows[length_field])));
      return failure(json_errc::contradiction, given[length_field].value->offset,
                     "the length of the object behind it, or nothing");
    }
    contents[length_field] = std::move(length);
  }
  for (const core::byte_buffer& content : contents) core::append(out, content);
  return {};
}

core::result<std::vector<given_field>> json_encoder::read_members(const combinator_row& row,
                                                                  const json_value& json) {
  if (json.kind != json_kind::object) return wrong_type(json, "an object");
  const std::span<const field_row> rows = schema_.fields_of(row);
  std::vector<given_field> given(rows.size());
  for (const json_member& member : json.members) {
    const step inside(*this, '.' + member.name);
    if (member.name == constructor_member) {
      if (member.value.kind != json_kind::string) {
        return wrong_type(member.value, "the name of a constructor");
      }
      if (member.value.text == schema_.name_of(row)) continue;
      return failure(json_errc::wrong_constructor, member.value.offset,
                     "the constructor that this place has, or no \"_\"");
    }
    const auto field = std::ranges::find_if(
        rows, [&](const field_row& one) { return schema_.name_of(one) == member.name; });
    if (field == rows.end()) {
      return failure(json_errc::unknown_field, member.offset, "a field of this constructor");
    }
    given_field& found = given[static_cast<std::size_t>(field - rows.begin())];
    found.value = &member.value;
    found.here = true;
    if (field->value.kind == value_kind::presence) {
      if (member.value.kind != json_kind::boolean) return wrong_type(member.value, "true or false");
      found.here = member.value.boolean;
    } else if (field->value.kind == value_kind::word) {
      COROGRAM_TRY(found.word, kept(detail::json_integer<std::uint32_t>(
                                   member.value, "a number from 0 to 4294967295")));
    }
  }
  return given;
}

// Sets the bits of flags words by the fields that are there. From the last field to the first: a
// flags word may itself depend on an earlier one.
//= TL-17
core::result<void> json_encoder::derive_flags(std::span<const field_row> rows,
                                              const json_value& json,
                                              std::vector<given_field>& given) {
  for (std::size_t i = rows.size(); i-- > 0;) {
    const field_row& row = rows[i];
    if (given[i].word != 0) given[i].here = true;
    if (!row.is_conditional() || !given[i].here) continue;
    if (row.bit < 32) given[row.flags_field].word |= 1U << row.bit;
  }
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const field_row& row = rows[i];
    const bool wanted = given[i].here;
    given[i].here = !row.is_conditional() || row.is_present(given[row.flags_field].word);
    if (!wanted || given[i].here) continue;
    const step inside(*this, '.' + std::string(schema_.name_of(row)));
    return failure(json_errc::contradiction,
                   given[i].value == nullptr ? json.offset : given[i].value->offset,
                   "nothing, as the number that it depends on is 0");
  }
  return {};
}

// Each field that the flags want is there, and none is denied that they want.
core::result<void> json_encoder::check_present(std::span<const field_row> rows,
                                               const std::vector<given_field>& given,
                                               const json_value& json, std::size_t index) {
  const field_row& row = rows[index];
  const given_field& field = given[index];
  if (!field.here) return {};
  const step inside(*this, '.' + std::string(schema_.name_of(row)));
  if (row.value.kind == value_kind::presence) {
    if (field.value == nullptr || field.value->boolean) return {};
    return failure(json_errc::contradiction, field.value->offset,
                   "true or nothing, as other members set the bit");
  }
  if (field.value != nullptr) return {};
  const bool follows = std::ranges::any_of(rows, [&](const field_row& other) {
    if (row.value.kind == value_kind::word) {
      return other.is_conditional() && other.flags_field == index;
    }
    return other.value.kind == value_kind::raw && other.value.type == index + 1;
  });
  if (follows) return {};
  return failure(json_errc::missing_field, json.offset, "this field");
}

core::result<core::byte_buffer> finish(json_encoder& encoder, core::result<void> outcome,
                                       core::byte_buffer out, std::string_view json,
                                       const json_options& options) {
  if (outcome) return out;
  if (options.failure != nullptr) {
    json_failure& told = *options.failure;
    told.path = encoder.path();
    told.place = locate(json, outcome.error().offset);
    told.message = "line " + std::to_string(told.place.line) + ", column " +
                   std::to_string(told.place.column) + ": " + told.path + ": " +
                   outcome.error().code.message() + ", expected " +
                   std::string(outcome.error().expected);
  }
  return outcome.error();
}

}  // namespace

core::result<core::byte_buffer> from_json(const tables& schema, std::string_view name,
                                          std::string_view json, const json_options& options) {
  json_encoder encoder(schema, options.inner);
  core::byte_buffer out;
  auto parsed = parse_json(json);
  auto outcome = parsed ? encoder.named(name, *parsed, out) : core::result<void>(parsed.error());
  return finish(encoder, std::move(outcome), std::move(out), json, options);
}

core::result<core::byte_buffer> from_json(const tables& schema, value_type type,
                                          std::string_view json, const json_options& options) {
  json_encoder encoder(schema, options.inner);
  core::byte_buffer out;
  auto parsed = parse_json(json);
  auto outcome = parsed ? encoder.value(type, *parsed, out, 0) : core::result<void>(parsed.error());
  return finish(encoder, std::move(outcome), std::move(out), json, options);
}

}  // namespace corogram::tl

#include <corogram/core/endian.hpp>
#include <corogram/tl/detail/value_walker.hpp>
#include <corogram/tl/errc.hpp>
#include <corogram/tl/interpreter.hpp>

#include <bit>
#include <cstddef>
#include <vector>

namespace corogram::tl::detail {
namespace {

/// Hears nothing: for a first look at bytes that may be anything.
class silent_sink final : public value_sink {
 public:
  void begin_object(std::string_view) override {}
  void field(std::string_view) override {}
  void end_object() override {}
  void begin_vector(bool) override {}
  void end_vector() override {}
  void natural(std::uint32_t) override {}
  void int32(std::int32_t) override {}
  void int64(std::int64_t) override {}
  void float64(double) override {}
  void boolean(bool) override {}
  void digits(core::byte_view) override {}
  void string(core::byte_view) override {}
  void bytes(core::byte_view) override {}
};

constexpr bool is_bool(std::uint32_t id) noexcept {
  return id == bool_true_id || id == bool_false_id;
}

class walker {
 public:
  walker(const tables& schema, const tables* inner, core::byte_view input, value_sink& sink)
      : schema_(schema), inner_(inner), input_(input), sink_(sink) {}

  // Without looking into Objects: with that, and a look before each of them, depth would double
  // the work on every level.
  void keep_out_of_objects() noexcept { look_into_objects_ = false; }

  core::result<void> boxed(unsigned depth);
  core::result<void> value(value_type type, unsigned depth);

  core::result<void> finish() const {
    if (left() == 0) return {};
    return failure(errc::trailing_bytes, "the end of the value");
  }

 private:
  [[nodiscard]] std::size_t left() const noexcept { return input_.size() - at_; }

  [[nodiscard]] core::error failure(errc code, std::string_view expected) const noexcept {
    return {code, at_, expected};
  }

  core::result<core::byte_view> take(std::size_t size, std::string_view expected) {
    if (left() < size) return failure(errc::truncated, expected);
    const core::byte_view taken = input_.subspan(at_, size);
    at_ += size;
    return taken;
  }

  template <class T>
  core::result<T> integer(std::string_view expected) {
    COROGRAM_TRY(const core::byte_view taken, take(sizeof(T), expected));
    return core::load_le<T>(taken.data());
  }

  core::result<void> number(value_type type);
  core::result<void> boolean();
  core::result<core::byte_view> string();
  core::result<void> vector(value_type element, unsigned depth);
  core::result<void> raw(std::size_t size, unsigned depth);
  core::result<void> fields(const combinator_row& row, unsigned depth);
  core::result<void> field(const field_row& field, std::span<const std::uint32_t> words,
                           unsigned depth);
  [[nodiscard]] const tables* tables_of_object(core::byte_view content, unsigned depth) const;

  const tables& schema_;
  const tables* inner_;
  core::byte_view input_;
  value_sink& sink_;
  std::size_t at_ = 0;
  bool look_into_objects_ = true;
};

core::result<void> walker::boxed(unsigned depth) {
  if (depth > max_depth) return failure(errc::too_deep, "less nesting");
  const std::size_t begin = at_;
  COROGRAM_TRY(const auto id, integer<std::uint32_t>("a constructor number"));
  if (is_bool(id)) {
    sink_.boolean(id == bool_true_id);
    return {};
  }
  const combinator_row* row = schema_.find(id);
  if (row == nullptr) {
    return core::error(errc::unknown_constructor, begin, "a constructor of the schema");
  }
  return fields(*row, depth);
}

core::result<void> walker::number(value_type type) {
  const std::size_t begin = at_;
  COROGRAM_TRY(const auto id, integer<std::uint32_t>("the number of the value's type"));
  if (id == schema_.number_of(type)) return {};
  return core::error(
      schema_.find(id) != nullptr ? errc::wrong_constructor : errc::unknown_constructor, begin,
      "another constructor number");
}

core::result<void> walker::value(value_type type, unsigned depth) {
  if (depth > max_depth) return failure(errc::too_deep, "less nesting");
  if (type.numbered) COROGRAM_CHECK(number(type));
  switch (type.kind) {
    case value_kind::word: {
      COROGRAM_TRY(const auto read, integer<std::uint32_t>("a natural number"));
      sink_.natural(read);
      return {};
    }
    case value_kind::int32: {
      COROGRAM_TRY(const auto read, integer<std::int32_t>("an int"));
      sink_.int32(read);
      return {};
    }
    case value_kind::int64: {
      COROGRAM_TRY(const auto read, integer<std::int64_t>("a long"));
      sink_.int64(read);
      return {};
    }
    case value_kind::float64: {
      COROGRAM_TRY(const auto read, integer<std::uint64_t>("a double"));
      sink_.float64(std::bit_cast<double>(read));
      return {};
    }
    case value_kind::bytes16:
    case value_kind::bytes32: {
      const std::size_t size = type.kind == value_kind::bytes16 ? 16 : 32;
      COROGRAM_TRY(const auto read, take(size, "an int128 or int256"));
      sink_.digits(read);
      return {};
    }
    case value_kind::boolean:
      return boolean();
    case value_kind::presence:
      sink_.boolean(true);
      return {};
    case value_kind::string: {
      COROGRAM_TRY(const auto read, string());
      sink_.string(read);
      return {};
    }
    case value_kind::bytes: {
      COROGRAM_TRY(const auto read, string());
      sink_.bytes(read);
      return {};
    }
    case value_kind::raw:
      return raw(left(), depth);
    case value_kind::box: {
      if (left() >= 4) {
        const auto id = core::load_le<std::uint32_t>(&input_[at_]);
        const id_slot* slot = schema_.find_slot(id);
        // A Bool has a kind of its own, so it is none of any field's type.
        if (is_bool(id) || (slot != nullptr && slot->type != type.type)) {
          return failure(errc::wrong_constructor, "a constructor of the field's type");
        }
      }
      return boxed(depth + 1);
    }
    case value_kind::bare:
      return fields(schema_.combinators[type.type], depth + 1);
    case value_kind::vector:
      return vector(schema_.values[type.type], depth);
  }
  return core::errc::internal;
}

core::result<void> walker::boolean() {
  const std::size_t begin = at_;
  COROGRAM_TRY(const auto id, integer<std::uint32_t>("a Bool"));
  if (!is_bool(id)) {
    return core::error(errc::wrong_constructor, begin, "boolTrue or boolFalse");
  }
  sink_.boolean(id == bool_true_id);
  return {};
}

core::result<core::byte_view> walker::string() {
  if (left() < 4) return failure(errc::truncated, "a string");
  std::size_t size = input_[at_];
  std::size_t header = 1;
  if (size == 0xff) return failure(errc::bad_length, "a string");
  if (size == 0xfe) {
    size = core::load_le<std::uint32_t>(&input_[at_]) >> 8;
    header = 4;
  }
  COROGRAM_TRY(const auto whole, take((header + size + 3) / 4 * 4, "the rest of a string"));
  return whole.subspan(header, size);
}

core::result<void> walker::vector(value_type element, unsigned depth) {
  if (depth >= max_depth) return failure(errc::too_deep, "less nesting");
  const std::size_t begin = at_;
  COROGRAM_TRY(const auto count, integer<std::uint32_t>("the number of elements"));
  // The generator takes no element without bytes, so the divisor is not 0.
  if (count > left() / schema_.min_wire_size_of(element)) {
    return core::error(errc::bad_count, begin, "as many elements as the input can hold");
  }
  const bool of_objects = element.kind == value_kind::box || element.kind == value_kind::bare ||
                          element.kind == value_kind::vector || element.kind == value_kind::raw;
  sink_.begin_vector(of_objects);
  for (std::uint32_t i = 0; i < count; ++i) COROGRAM_CHECK(value(element, depth + 1));
  sink_.end_vector();
  return {};
}

// The tables by which these bytes are one whole object, or nullptr.
const tables* walker::tables_of_object(core::byte_view content, unsigned depth) const {
  if (!look_into_objects_ || content.size() < 4) return nullptr;
  for (const tables* candidate : {&schema_, inner_}) {
    if (candidate == nullptr) continue;
    if (candidate->find(core::load_le<std::uint32_t>(content.data())) == nullptr) continue;
    silent_sink silence;
    walker look(*candidate, inner_, content, silence);
    look.keep_out_of_objects();
    if (look.boxed(depth + 1).has_value() && look.finish().has_value()) return candidate;
  }
  return nullptr;
}

core::result<void> walker::raw(std::size_t size, unsigned depth) {
  if (size < 4) return failure(errc::truncated, "an object");
  if (size % 4 != 0) return failure(errc::bad_length, "an object of whole words");
  const std::size_t begin = at_;
  COROGRAM_TRY(const auto content, take(size, "an object of the announced length"));
  const tables* known = tables_of_object(content, depth);
  if (known == nullptr) {
    sink_.bytes(content);
    return {};
  }
  walker nested(*known, inner_, content, sink_);
  auto outcome = nested.boxed(depth + 1);
  return outcome ? outcome : outcome.error().at(begin);
}

core::result<void> walker::fields(const combinator_row& row, unsigned depth) {
  if (depth > max_depth) return failure(errc::too_deep, "less nesting");
  sink_.begin_object(schema_.name_of(row));
  const std::span<const field_row> rows = schema_.fields_of(row);
  // The values of the # and int fields: flags words, counts, lengths.
  std::vector<std::uint32_t> words(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const field_row& one = rows[i];
    if (one.is_conditional() && !one.is_present(words[one.flags_field])) continue;
    const bool is_word = one.value.kind == value_kind::word;
    if ((is_word || one.value.kind == value_kind::int32) && left() >= 4) {
      words[i] = core::load_le<std::uint32_t>(&input_[at_]);
    }
    std::uint32_t told = 0;
    bool is_flags_word = false;
    bool value_matters = false;
    for (const field_row& other : rows) {
      if (!is_word || !other.is_conditional() || other.flags_field != i) continue;
      is_flags_word = true;
      if (other.bit == field_row::non_zero) {
        value_matters = true;
      } else {
        told |= 1U << other.bit;
      }
    }
    if (is_flags_word && !value_matters && (words[i] & ~told) == 0) {
      COROGRAM_CHECK(take(4, "a natural number"));
      continue;
    }
    sink_.field(schema_.name_of(one));
    COROGRAM_CHECK(field(one, words, depth));
  }
  sink_.end_object();
  return {};
}

core::result<void> walker::field(const field_row& one, std::span<const std::uint32_t> words,
                                 unsigned depth) {
  if (one.value.kind != value_kind::raw || one.value.type == 0) return value(one.value, depth);
  const std::uint32_t size = words[one.value.type - std::size_t{1}];
  if (size > 0x7fffffff) return failure(errc::bad_length, "an object of no negative length");
  return raw(size, depth);
}

}  // namespace

core::result<void> walk_boxed(const tables& schema, const tables* inner, core::byte_view input,
                              value_sink& sink) {
  walker over(schema, inner, input, sink);
  // The outermost object is one level, as it is where it is decoded.
  COROGRAM_CHECK(over.boxed(1));
  return over.finish();
}

core::result<void> walk_value(const tables& schema, const tables* inner, value_type type,
                              core::byte_view input, value_sink& sink) {
  walker over(schema, inner, input, sink);
  COROGRAM_CHECK(over.value(type, 0));
  return over.finish();
}

}  // namespace corogram::tl::detail

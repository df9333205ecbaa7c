#include "objects.hpp"

#include "alter.hpp"
#include "target.hpp"

#include <corogram/core/endian.hpp>
#include <corogram/core/random.hpp>
#include <corogram/tl/codec.hpp>
#include <corogram/tl/interpreter.hpp>
#include <corogram/tl/print.hpp>
#include <corogram/tl/random_value.hpp>

#include <cstddef>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace corogram::fuzz {

namespace {

// Everything shown: the printed form has to be enough to make the object again.
constexpr std::size_t all = std::numeric_limits<std::size_t>::max();

std::string name_of(const tl::tables& schema, const tl::combinator_row& row) {
  return schema.names + row.name;
}

// What decoding made, in memory of its own.
class copied_object {
 public:
  copied_object(const tl::tables& schema, const tl::combinator_row& row, const void* from)
      : schema_(schema), row_(row), memory_(row.size / sizeof(std::max_align_t) + 1) {
    tl::detail::clone_object(schema, row, from, memory_.data());
  }
  ~copied_object() { tl::detail::destroy_object(schema_, row_, memory_.data()); }
  copied_object(const copied_object&) = delete;
  copied_object& operator=(const copied_object&) = delete;

  [[nodiscard]] const void* get() const { return memory_.data(); }

 private:
  const tl::tables& schema_;
  const tl::combinator_row& row_;
  std::vector<std::max_align_t> memory_;
};

// What the printers made of the input: its text, and the bytes that the text makes.
struct printed_form {
  std::string json;
  core::byte_buffer bytes;
};

void check_values(const tl::tables& schema, core::byte_view input,
                  const std::optional<printed_form>& printed) {
  const tl::combinator_row* const row = schema.find(core::load_le<std::uint32_t>(input.data()));
  if (row == nullptr) return;
  const tl::value_type type{tl::value_kind::bare, true, schema.index_of(*row)};
  const auto made = tl::detail::decode_root_view({schema, type}, input, nullptr);
  require(made.has_value() == printed.has_value(), "the decoder agrees with the printers");
  const auto owned = tl::detail::decode_root({schema, type}, {input.begin(), input.end()});
  require(owned.has_value() == made.has_value(), "and with itself when it owns the input");
  require(!owned || tl::detail::equal_values(schema, type, owned->root, made->root),
          "both values are equal");
  std::size_t consumed = 0;
  const auto beginning = tl::detail::decode_root_view({schema, type}, input, &consumed);
  require(!beginning || consumed <= input.size(), "no more is consumed than there is");
  require(!made || (beginning && consumed == input.size()), "all of it where nothing is left");
  if (!made) return require_within(made.error(), input.size());

  core::byte_buffer bytes;
  tl::detail::encode_value(schema, type, made->root, bytes);
  // Objects within objects are kept as they came, so the bytes need not be the canonical ones.
  tl::print_options whole;
  whole.longest_bytes = all;
  const auto json = tl::to_json(schema, bytes, whole);
  require(json && *json == printed->json, "what is encoded prints the same");
  const auto again = tl::detail::decode_root_view({schema, type}, bytes, nullptr);
  require(again && tl::detail::equal_values(schema, type, made->root, again->root),
          "and makes an equal value");
  const auto canonical = tl::detail::decode_root_view({schema, type}, printed->bytes, nullptr);
  require(canonical.has_value(), "the canonical bytes decode");
  core::byte_buffer same;
  tl::detail::encode_value(schema, type, canonical->root, same);
  require(same == printed->bytes, "and are a fixed point of the encoder");
  const copied_object copy(schema, *row, made->root);
  require(tl::detail::equal_values(schema, type, made->root, copy.get()), "a copy is equal");
}

}  // namespace

void check_object(const tl::tables& schema, core::byte_view input) {
  tl::print_options whole;
  whole.longest_bytes = all;
  const auto json = tl::to_json(schema, input, whole);
  const auto text = tl::to_text(schema, input);
  require(json.has_value() == text.has_value(), "both printers decode the same");
  if (!json) {
    require_within(json.error(), input.size());
    if (input.size() >= 4) check_values(schema, input, std::nullopt);
    return;
  }
  const tl::combinator_row* const row = schema.find(core::load_le<std::uint32_t>(input.data()));
  if (row == nullptr) return;  // a vector or a boolean on its own has no name to be read back by
  const auto bytes = tl::from_json(schema, name_of(schema, *row), *json);
  require(bytes.has_value(), "what was printed can be read");
  require(bytes->size() <= input.size() + 64, "the canonical form is no longer");
  const auto again = tl::to_json(schema, *bytes, whole);
  require(again && *again == *json, "and prints the same");
  check_values(schema, input, printed_form{*json, *bytes});
}

void check_random_object(const tl::random_values& values, const tl::tables& schema,
                         core::byte_view input) {
  choices from(input);
  const auto& row = schema.combinators[from.below(65536) % schema.combinators.size()];
  core::test_random random(number(from));
  core::byte_buffer bytes = values.object(row, random);
  alter(from, bytes);
  check_object(schema, bytes);
}

void check_json(const tl::tables& schema, core::byte_view input) {
  choices from(input);
  const auto& row = schema.combinators[from.below(65536) % schema.combinators.size()];
  const std::string_view text = core::as_text(from.rest());
  tl::json_failure failure;
  tl::json_options options;
  options.failure = &failure;
  const auto bytes = tl::from_json(schema, name_of(schema, row), text, options);
  if (!bytes) {
    require_within(bytes.error(), text.size());
    return;
  }
  tl::print_options whole;
  whole.longest_bytes = all;
  const auto json = tl::to_json(schema, *bytes, whole);
  require(json.has_value(), "what was read decodes");
  const auto again = tl::from_json(schema, name_of(schema, row), *json);
  require(again && *again == *bytes, "and is a fixed point");
}

}  // namespace corogram::fuzz

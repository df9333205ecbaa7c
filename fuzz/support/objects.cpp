#include "objects.hpp"

#include "target.hpp"

#include <corogram/core/endian.hpp>
#include <corogram/tl/print.hpp>

#include <limits>
#include <string>
#include <string_view>

namespace corogram::fuzz {

namespace {

// Everything shown: the printed form has to be enough to make the object again.
constexpr std::size_t all = std::numeric_limits<std::size_t>::max();

std::string name_of(const tl::tables& schema, const tl::combinator_row& row) {
  return schema.names + row.name;
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
    return;
  }
  const tl::combinator_row* const row = schema.find(core::load_le<std::uint32_t>(input.data()));
  if (row == nullptr) return;  // a vector or a boolean on its own has no name to be read back by
  const auto bytes = tl::from_json(schema, name_of(schema, *row), *json);
  require(bytes.has_value(), "what was printed can be read");
  require(bytes->size() <= input.size() + 64, "the canonical form is no longer");
  const auto again = tl::to_json(schema, *bytes, whole);
  require(again && *again == *json, "and prints the same");
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

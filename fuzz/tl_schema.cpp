// TL text: any input gives a schema or one error within it.

#include "support/target.hpp"

#include <corogram/tl/parser.hpp>

#include <string_view>

namespace corogram::fuzz {

void run(core::byte_view input) noexcept {
  const std::string_view text = core::as_text(input);
  const auto parsed = tl::parse_schema(text);
  if (parsed) {
    for (const tl::combinator& one : parsed->constructors)
      require(parsed->find_constructor(one.name) != nullptr, "what was declared can be found");
    return;
  }
  require_within(parsed.error(), text.size());
  const tl::text_position place = tl::locate(text, parsed.error().offset);
  require(place.line >= 1 && place.column >= 1, "a place is counted from 1");
  require(!tl::describe(text, parsed.error(), "input").empty(), "an error can be told");
}

}  // namespace corogram::fuzz

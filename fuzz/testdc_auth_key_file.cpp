// The file of provisioned auth keys that `corogram serve` reads.

#include "support/target.hpp"

#include <corogram/testdc/auth_key_file.hpp>

#include <algorithm>
#include <string_view>
#include <variant>

namespace corogram::fuzz {

void run(core::byte_view input) noexcept {
  const std::string_view text = core::as_text(input);
  const auto lines = static_cast<std::size_t>(std::ranges::count(text, '\n')) + 1;
  const auto parsed = testdc::parse_auth_keys(text);
  if (const auto* const failure = std::get_if<testdc::auth_key_file_error>(&parsed))
    require(failure->line >= 1 && failure->line <= lines, "the line is one of the text");
  else
    require(std::get<0>(parsed).size() <= lines, "no more keys than lines");
}

}  // namespace corogram::fuzz

// Hexadecimal, base64 and UTF-8: what is read and printed again reads the same, and every byte
// string survives being printed.

#include "support/target.hpp"

#include <corogram/core/base64.hpp>
#include <corogram/core/hex.hpp>
#include <corogram/core/utf8.hpp>

#include <algorithm>
#include <string_view>

namespace corogram::fuzz {

namespace {

// By the table of RFC 3629, one sequence at a time, without a state.
bool well_formed(std::string_view text) {
  while (!text.empty()) {
    const auto at = [&](std::size_t i) -> unsigned {
      return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u;
    };
    const auto follows = [&](std::size_t i) { return at(i) >= 0x80 && at(i) <= 0xbf; };
    std::size_t size = 0;
    if (at(0) < 0x80)
      size = 1;
    else if (at(0) >= 0xc2 && at(0) <= 0xdf && follows(1))
      size = 2;
    else if (at(0) >= 0xe0 && at(0) <= 0xef && follows(1) && follows(2) &&
             !(at(0) == 0xe0 && at(1) < 0xa0) && !(at(0) == 0xed && at(1) > 0x9f))
      size = 3;
    else if (at(0) >= 0xf0 && at(0) <= 0xf4 && follows(1) && follows(2) && follows(3) &&
             !(at(0) == 0xf0 && at(1) < 0x90) && !(at(0) == 0xf4 && at(1) > 0x8f))
      size = 4;
    if (size == 0) return false;
    text.remove_prefix(size);
  }
  return true;
}

}  // namespace

void run(core::byte_view input) noexcept {
  const std::string_view text = core::as_text(input);
  if (const auto bytes = core::from_hex(text)) {
    const auto again = core::from_hex(core::to_hex(*bytes));
    require(again && *again == *bytes, "hexadecimal is a fixed point");
    require(bytes->size() <= text.size() / 2, "of two digits a byte");
  } else {
    require_within(bytes.error(), text.size());
  }
  if (const auto bytes = core::from_base64(text)) {
    const auto again = core::from_base64(core::to_base64(*bytes));
    require(again && *again == *bytes, "base64 is a fixed point");
  } else {
    require_within(bytes.error(), text.size());
  }
  const auto from_hex = core::from_hex(core::to_hex(input));
  const auto from_base64 = core::from_base64(core::to_base64(input));
  require(from_hex && std::ranges::equal(*from_hex, input), "every byte has its digits");
  require(from_base64 && std::ranges::equal(*from_base64, input), "in base64, too");
  require(core::is_utf8(text) == well_formed(text), "the table of RFC 3629 agrees");
}

}  // namespace corogram::fuzz

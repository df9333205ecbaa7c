#pragma once

// Is this run of bytes text?

#include <string_view>

namespace corogram::core {

/// is_utf8 tells whether `text` is well-formed UTF-8: no overlong forms, no surrogates, nothing
/// above U+10FFFF, nothing cut off.
[[nodiscard]] bool is_utf8(std::string_view text) noexcept;

}  // namespace corogram::core

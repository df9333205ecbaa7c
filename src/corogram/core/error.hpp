#pragma once

// What went wrong, for a program (code) and for a tired person (layer, offset, expected).

#include <cstddef>
#include <string>
#include <string_view>
#include <system_error>

namespace corogram::core {

/// A failure as a value. The layer is the name of the code's category ("corogram.tl"), so each
/// layer defines its own `errc` enumeration and category and nothing here has to know them.
struct error {
  /// Marks a failure that no position in the input belongs to.
  static constexpr std::size_t no_offset = static_cast<std::size_t>(-1);

  std::error_code code;
  /// Units: bytes from the beginning of the input of the function that failed.
  std::size_t offset = no_offset;
  /// What should have been there. Lifetime: static storage (string literals only).
  std::string_view expected;

  error(std::error_code code_, std::size_t offset_ = no_offset,
        std::string_view expected_ = {}) noexcept
      : code(code_), offset(offset_), expected(expected_) {}

  template <class Errc>
    requires std::is_error_code_enum_v<Errc>
  error(Errc code_, std::size_t offset_ = no_offset, std::string_view expected_ = {}) noexcept
      : code(make_error_code(code_)), offset(offset_), expected(expected_) {}

  /// at returns this error seen from an enclosing input in which the inner one began at `base`.
  [[nodiscard]] error at(std::size_t base) const noexcept {
    return {code, offset == no_offset ? base : base + offset, expected};
  }

  /// message renders "layer: what, at byte N, expected E".
  [[nodiscard]] std::string message() const;
};

/// The failures of reading a byte string that every layer can have. Category "corogram.core".
enum class errc {
  /// The input ends before the value does.
  truncated = 1,
  /// The value ends before the input does.
  trailing_bytes,
  /// A length field is negative, unaligned or above its limit.
  bad_length,
  /// Text that should be hexadecimal digits in pairs is not.
  bad_hex,
  /// Text that should be base64 is not.
  bad_base64,
  /// A branch was taken that our own code promised never to take.
  internal,
};

/// core_category is the category of `errc`.
const std::error_category& core_category() noexcept;

inline std::error_code make_error_code(errc code) noexcept {
  return {static_cast<int>(code), core_category()};
}

}  // namespace corogram::core

template <>
struct std::is_error_code_enum<corogram::core::errc> : std::true_type {};

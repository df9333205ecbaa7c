#pragma once

// The number of a combinator: CRC32 of its declaration written in one fixed way.

#include <corogram/tl/schema.hpp>

#include <cstdint>
#include <string>

namespace corogram::tl {

/// canonical_line writes a declaration the way its number is computed over: no `;`, no written
/// number, no `()` and `{}`, single blanks, `T<A,B>` as `T A B`, fields of type `bytes` as
/// `string`, fields `x:flags.N?true` left out. Spec: TL-06, TL-07, TL-08.
[[nodiscard]] std::string canonical_line(const combinator& declaration);

/// canonical_number is the CRC32 of the canonical line.
[[nodiscard]] std::uint32_t canonical_number(const combinator& declaration);

/// The number of every vector constructor, whatever its elements are.
//= TL-10
inline constexpr std::uint32_t vector_number = 0x1cb5c415;

/// Whether a number may be a combinator's.
//= TL-30
[[nodiscard]] constexpr bool is_combinator_number(std::uint32_t number) noexcept {
  return number >= 0x01000000 && number <= 0xffffff00;
}

}  // namespace corogram::tl

#pragma once

// What the tables can be asked to do with a value: one function each, the same for every type of
// every schema. They know nothing of generated structs; a value is its address and its value_type.
// codec.hpp puts types around them.

#include <corogram/core/bytes.hpp>
#include <corogram/core/result.hpp>
#include <corogram/tl/arena.hpp>
#include <corogram/tl/errc.hpp>
#include <corogram/tl/tables.hpp>

#include <cstddef>

namespace corogram::tl {

/// How deep objects and vectors may lie in each other.
inline constexpr unsigned max_depth = 128;

/// How many times the length of its input a decoded value may take in memory (the smallest objects
/// of the API grow 19-fold), and what is allowed to short inputs on top.
inline constexpr std::size_t max_growth = 32;
inline constexpr std::size_t growth_allowance = 4096;

/// arena_for makes an arena for decoding `input_size` bytes: the first block by what is usual, the
/// limit by what is hostile.
[[nodiscard]] arena arena_for(std::size_t input_size) noexcept;

namespace detail {

/// decode_value reads a value at the beginning of `input` into `to`, which has size_of(value) zero
/// bytes. Strings refer to `input`, everything else that does not fit into `to` lies in `memory`.
/// Returns the number of bytes read. Errors: those of errc but trailing_bytes and bad_gzip.
[[nodiscard]] core::result<std::size_t> decode_value(const tables& schema, value_type value,
                                                     core::byte_view input, arena& memory,
                                                     void* to);

/// encode_value appends the bytes of a value to `out`.
/// Pre: no box in a field that is present is empty.
void encode_value(const tables& schema, value_type value, const void* from, core::byte_buffer& out);

/// equal_values tells whether two values say the same: same constructors, same flags, same fields
/// as far as they are present.
[[nodiscard]] bool equal_values(const tables& schema, value_type value, const void* a,
                                const void* b) noexcept;

/// clone_object makes the memory at `to` a deep copy of an object; the copy owns everything.
void clone_object(const tables& schema, const combinator_row& row, const void* from, void* to);

/// destroy_object releases everything that an object owns.
void destroy_object(const tables& schema, const combinator_row& row, void* object) noexcept;

}  // namespace detail
}  // namespace corogram::tl

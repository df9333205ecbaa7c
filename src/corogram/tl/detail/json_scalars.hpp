#pragma once

// JSON values as the built-in types of TL; the forms are told in print.hpp.
// Errors: json_errc wrong_type, out_of_range, bad_bytes, with the offset of the value.

#include <corogram/core/bytes.hpp>
#include <corogram/core/result.hpp>
#include <corogram/tl/json_value.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace corogram::tl::detail {

/// json_integer reads a std::uint32_t, std::int32_t or std::int64_t; the last one in quotes too.
template <class T>
[[nodiscard]] core::result<T> json_integer(const json_value& json, std::string_view expected);

/// json_double reads a double.
[[nodiscard]] core::result<double> json_double(const json_value& json);

/// json_bytes reads `bytes`.
[[nodiscard]] core::result<core::byte_buffer> json_bytes(const json_value& json);

/// json_string reads `string`.
[[nodiscard]] core::result<core::byte_buffer> json_string(const json_value& json);

/// json_digits reads an int128 or int256; `size` is 16 or 32.
[[nodiscard]] core::result<core::byte_buffer> json_digits(const json_value& json, std::size_t size);

}  // namespace corogram::tl::detail

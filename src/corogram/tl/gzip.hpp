#pragma once

// Compression as gzip_packed carries it.

#include <corogram/core/bytes.hpp>
#include <corogram/core/result.hpp>
#include <corogram/tl/errc.hpp>

#include <cstddef>
#include <cstdint>

namespace corogram::tl {

/// What stands around the deflated data. The specification says gzip; some clients send zlib.
enum class gzip_wrapper : std::uint8_t { gzip, zlib };

/// The most that an honest peer is expected to inflate to: an answer of a few hundred objects, or a
/// part of a file, many times over.
inline constexpr std::size_t default_max_inflated = std::size_t{16} << 20;

/// gzip compresses `plain`. The same input gives the same bytes (no time, no name in the header).
[[nodiscard]] core::byte_buffer gzip(core::byte_view plain);

/// gunzip inflates data in either wrapper, which it tells in `found`. All of `packed` has to be one
/// such piece. No more than `max_inflated` bytes are ever allocated for the result.
/// Errors: errc::bad_gzip, errc::too_large, errc::trailing_bytes.
[[nodiscard]] core::result<core::byte_buffer> gunzip(
    core::byte_view packed, std::size_t max_inflated = default_max_inflated,
    gzip_wrapper* found = nullptr);

}  // namespace corogram::tl

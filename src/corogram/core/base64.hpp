#pragma once

// Base64 text (RFC 4648), as HTTP headers and proxy secrets use it.

#include <corogram/core/bytes.hpp>
#include <corogram/core/result.hpp>

#include <string>
#include <string_view>

namespace corogram::core {

/// to_base64 prints with the standard alphabet (+ and /) and padding.
std::string to_base64(byte_view bytes);

/// from_base64 reads the standard and the URL alphabet (- and _), with or without padding. Bits
/// that belong to no whole byte are ignored. Errors: errc::bad_base64 with the offset of the
/// character that does not belong there.
result<byte_buffer> from_base64(std::string_view text);

}  // namespace corogram::core

#pragma once

// Hexadecimal text for people and for test vectors. Not for secrets: no attempt at constant time.

#include <corogram/core/bytes.hpp>
#include <corogram/core/result.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace corogram::core {

/// to_hex prints two lower-case digits for each byte, in order.
std::string to_hex(byte_view bytes);

/// wire_hex prints the eight bytes of a number as they stand in messages, least significant first:
/// the form in which ids of keys and sessions are found in a capture.
std::string wire_hex(std::int64_t number);

/// from_hex reads pairs of digits of either case; white space between pairs is skipped.
/// Errors: errc::bad_hex with the offset of the character that is no digit, or of the lone digit.
result<byte_buffer> from_hex(std::string_view digits);

}  // namespace corogram::core

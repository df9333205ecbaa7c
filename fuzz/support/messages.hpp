#pragma once

// Messages of a session, of every kind, made as the input says: well-formed as a rule, so that the
// fuzzer finds its way past their form to what they say.

#include "target.hpp"

#include <corogram/core/bytes.hpp>

#include <cstdint>
#include <span>

namespace corogram::fuzz {

/// The ids that messages may refer to.
using known_ids = std::span<const std::int64_t>;

/// some_id returns one of `ids`, or a number of the input's.
std::int64_t some_id(choices& from, known_ids ids);

/// any_message makes the body of one message of either side: each service message, wrappers around
/// others, API calls, and bytes that are no message at all.
core::byte_buffer any_message(choices& from, known_ids ids);

}  // namespace corogram::fuzz

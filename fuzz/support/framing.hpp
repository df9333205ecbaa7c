#pragma once

// Properties that every framing has, and every carrier.

#include <corogram/core/bytes.hpp>
#include <corogram/transport/framing.hpp>

namespace corogram::fuzz {

/// check_framing reads what the other end of a connection writes: honest frames, altered ones, and
/// bytes that are none. What was written is what is read; the outcome does not depend on how the
/// bytes are cut; a failure is for good and has a place.
void check_framing(core::byte_view input, transport::framing kind);

/// check_carrier unwraps what the other end wraps, under the same demands.
void check_carrier(core::byte_view input, transport::carrier_kind kind);

}  // namespace corogram::fuzz

#pragma once

// CRC-32 of IEEE 802.3: the checksum of the full transport and the origin of TL's numbers.

#include <corogram/core/bytes.hpp>

#include <cstdint>

namespace corogram::crypto {

/// crc32 is the checksum of `bytes`, or of all bytes so far if `before` is that of those before.
std::uint32_t crc32(core::byte_view bytes, std::uint32_t before = 0) noexcept;

}  // namespace corogram::crypto

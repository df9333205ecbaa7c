#pragma once

// What an MTProxy refuses that a data centre would take: rules for connections that were opened
// with a proxy's secret.

#include <corogram/core/bytes.hpp>
#include <corogram/testdc/method.hpp>

#include <cstdint>

namespace corogram::testdc {

/// is_proxied_dc returns whether `field`, bytes 60..61 of an obfuscation header, names a data
/// centre that can be reached by way of `self`: one of those that it lists, or itself (PROXY-07).
[[nodiscard]] bool is_proxied_dc(const address& self, std::int16_t field) noexcept;

/// is_relayed returns whether a proxy hands `packet` on: every encrypted one, and of the plain ones
/// the queries of the key exchange, whole (PROXY-09).
[[nodiscard]] bool is_relayed(core::byte_view packet) noexcept;

}  // namespace corogram::testdc

#pragma once

// HMAC (RFC 2104) with SHA-256.

#include <corogram/core/bytes.hpp>
#include <corogram/core/secret.hpp>
#include <corogram/crypto/hash.hpp>

#include <algorithm>
#include <array>
#include <cstddef>

namespace corogram::crypto {

/// hmac_sha256 authenticates the concatenation of `parts` under `key`. Nothing stays behind in
/// memory.
template <bytes_like... Parts>
sha256_digest hmac_sha256(core::byte_view key, const Parts&... parts) noexcept {
  constexpr std::size_t block_size = 64;
  std::array<core::byte, block_size> block{};
  const core::wipe_on_exit wipe_block(block);
  if (key.size() <= block_size) {
    std::ranges::copy(key, block.begin());
  } else {
    sha256_digest shortened = sha256(key);
    const core::wipe_on_exit wipe_shortened(shortened);
    std::ranges::copy(shortened, block.begin());
  }
  constexpr core::byte inner_pad = 0x36;
  constexpr core::byte outer_pad = 0x5c;
  for (core::byte& each : block) each ^= inner_pad;
  sha256_digest inner = sha256(block, parts...);
  const core::wipe_on_exit wipe_inner(inner);
  for (core::byte& each : block) each ^= inner_pad ^ outer_pad;
  return sha256(block, inner);
}

}  // namespace corogram::crypto

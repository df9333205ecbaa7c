#pragma once

// SHA-1, SHA-256 and SHA-512. MTProto hashes concatenations throughout, so these take parts and
// nobody has to build the whole. SHA-1 and SHA-256 run on the fastest kernel of this machine
// (hash_kernel.hpp).

#include <corogram/core/bytes.hpp>
#include <corogram/crypto/detail/hash_kernels.hpp>
#include <corogram/crypto/detail/merkle_damgard.hpp>

#include <array>
#include <concepts>
#include <span>

namespace corogram::crypto {

using sha1_digest = std::array<core::byte, 20>;
using sha256_digest = std::array<core::byte, 32>;
using sha512_digest = std::array<core::byte, 64>;

namespace detail {
sha1_digest sha1_of(std::span<const core::byte_view> parts) noexcept;
sha256_digest sha256_of(std::span<const core::byte_view> parts) noexcept;
sha512_digest sha512_of(std::span<const core::byte_view> parts) noexcept;
}  // namespace detail

/// Something whose bytes can be viewed: arrays, buffers, spans, and the view() of secrets.
template <class T>
concept bytes_like = std::constructible_from<core::byte_view, const T&>;

/// sha1 hashes the concatenation of `parts`. Nothing of them stays behind in memory.
template <bytes_like... Parts>
sha1_digest sha1(const Parts&... parts) noexcept {
  const std::array<core::byte_view, sizeof...(Parts)> views{core::byte_view(parts)...};
  return detail::sha1_of(views);
}

/// sha256 hashes the concatenation of `parts`. Nothing of them stays behind in memory.
template <bytes_like... Parts>
sha256_digest sha256(const Parts&... parts) noexcept {
  const std::array<core::byte_view, sizeof...(Parts)> views{core::byte_view(parts)...};
  return detail::sha256_of(views);
}

/// sha512 hashes the concatenation of `parts`. Nothing of them stays behind in memory.
template <bytes_like... Parts>
sha512_digest sha512(const Parts&... parts) noexcept {
  const std::array<core::byte_view, sizeof...(Parts)> views{core::byte_view(parts)...};
  return detail::sha512_of(views);
}

/// SHA-256 of bytes that arrive piece by piece. Wiped when it goes; not copied.
class sha256_hasher {
 public:
  /// update appends `bytes` to what is hashed.
  void update(core::byte_view bytes) noexcept { progress_.update(bytes); }

  /// finish returns the digest of all bytes so far and begins anew with none.
  [[nodiscard]] sha256_digest finish() noexcept {
    const sha256_digest digest = progress_.finish();
    progress_.begin_anew();
    return digest;
  }

 private:
  detail::merkle_damgard<detail::sha256_initial, detail::sha256_compress> progress_;
};

}  // namespace corogram::crypto

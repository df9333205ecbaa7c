#pragma once

// AES-256 in CTR mode: the stream under obfuscated transports.

#include <corogram/core/bytes.hpp>
#include <corogram/crypto/detail/handles.hpp>

#include <span>

namespace corogram::crypto {

/// One key stream that goes on from call to call. Encrypting and decrypting are the same.
class ctr_stream {
 public:
  /// Shape: `iv` is the first counter block, incremented as one big-endian number.
  ctr_stream(std::span<const core::byte, 32> key, std::span<const core::byte, 16> iv) noexcept;

  /// apply XORs `data` with the next data.size() bytes of the key stream, in place.
  void apply(core::byte_span data) noexcept;

 private:
  detail::cipher_context context_;
};

}  // namespace corogram::crypto

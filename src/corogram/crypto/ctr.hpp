#pragma once

// AES-256 in CTR mode: the stream under obfuscated transports.
//
//   out[i] = in[i] ^ E(counter + i)        blocks of 16 bytes, of the last one what is needed

#include <corogram/core/bytes.hpp>
#include <corogram/crypto/detail/ctr_state.hpp>

#include <span>

namespace corogram::crypto {

struct ctr_kernel;

/// One key stream that goes on from call to call. Encrypting and decrypting are the same. One that
/// was moved from can only be assigned to or destroyed.
class ctr_stream {
 public:
  /// Uses the fastest kernel of this machine (ctr_kernel.hpp).
  /// Shape: `iv` is the first counter block, incremented as one big-endian number.
  ctr_stream(std::span<const core::byte, 32> key, std::span<const core::byte, 16> iv) noexcept;

  /// Uses `kernel`. Pre: this machine supports it.
  ctr_stream(std::span<const core::byte, 32> key, std::span<const core::byte, 16> iv,
             const ctr_kernel& kernel) noexcept;

  /// apply XORs `data` with the next data.size() bytes of the key stream, in place.
  void apply(core::byte_span data) noexcept { apply(data, data); }

  /// apply writes the XOR of `in` and the next bytes of the key stream to `out`.
  /// Pre: both sizes are equal; `out` is `in` itself or does not overlap it.
  void apply(core::byte_view in, core::byte_span out) noexcept;

  /// state is for the kernels of this layer that apply the stream together with other work.
  [[nodiscard]] detail::ctr_state& state() noexcept { return state_; }

 private:
  const ctr_kernel* kernel_;
  detail::ctr_state state_;
};

}  // namespace corogram::crypto

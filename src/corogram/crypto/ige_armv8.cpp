// IGE with the AES instructions of AArch64. detail/aes_armv8.hpp explains what makes it fast.

#include <corogram/crypto/detail/aes_armv8.hpp>
#include <corogram/crypto/detail/ige_kernels.hpp>

#if defined(__aarch64__) && defined(__linux__)

#include <corogram/crypto/ige.hpp>

#include <cstddef>

namespace corogram::crypto::detail {

namespace {

template <armv8::operation What>
COROGRAM_ARMV8 void ige(std::span<const core::byte, 32> key, ige_block_pair iv, core::byte_view in,
                        core::byte_span out) noexcept {
  const armv8::schedule<What> schedule(key);
  const armv8::round_keys keys = schedule.in_registers();
  armv8::ige_stream<What> stream(iv, keys);
  for (std::size_t at = 0; at < in.size(); at += aes_block_size)
    armv8::store(out.data() + at, stream.next(armv8::load(in.data() + at), keys));
}

}  // namespace

bool ige_armv8_supported() noexcept {
  return armv8::has(HWCAP_AES);
}

COROGRAM_ARMV8_ENTRY void ige_encrypt_armv8(std::span<const core::byte, 32> key, ige_block_pair iv,
                                            core::byte_view in, core::byte_span out) noexcept {
  ige<armv8::operation::encrypt>(key, iv, in, out);
}

COROGRAM_ARMV8_ENTRY void ige_decrypt_armv8(std::span<const core::byte, 32> key, ige_block_pair iv,
                                            core::byte_view in, core::byte_span out) noexcept {
  ige<armv8::operation::decrypt>(key, iv, in, out);
}

}  // namespace corogram::crypto::detail

#endif

#include <corogram/crypto/ctr.hpp>
#include <corogram/crypto/ctr_kernel.hpp>
#include <corogram/crypto/detail/ctr_kernels.hpp>

#include <algorithm>
#include <array>
#include <cstddef>

namespace corogram::crypto {

namespace {

constexpr std::array kernels{
    ctr_kernel{"reference", always_supported, detail::ctr_set_key_reference,
               detail::ctr_apply_reference},
    ctr_kernel{"openssl", always_supported, detail::ctr_set_key_openssl, detail::ctr_apply_openssl},
#ifdef __x86_64__
    ctr_kernel{"aesni", detail::ctr_aesni_supported, detail::ctr_set_key_aesni,
               detail::ctr_apply_aesni},
    ctr_kernel{"vaes", detail::ctr_vaes_supported, detail::ctr_set_key_vaes,
               detail::ctr_apply_vaes},
#endif
#if defined(__aarch64__) && defined(__linux__)
    ctr_kernel{"armv8", detail::ctr_armv8_supported, detail::ctr_set_key_armv8,
               detail::ctr_apply_armv8},
#endif
};

}  // namespace

std::span<const ctr_kernel> ctr_kernels() noexcept {
  return kernels;
}

const ctr_kernel& ctr_kernel_in_use() noexcept {
  static const ctr_kernel& chosen = choose_kernel(ctr_kernels(), forced_kernels());
  return chosen;
}

ctr_stream::ctr_stream(std::span<const core::byte, 32> key,
                       std::span<const core::byte, 16> iv) noexcept
    : ctr_stream(key, iv, ctr_kernel_in_use()) {}

ctr_stream::ctr_stream(std::span<const core::byte, 32> key, std::span<const core::byte, 16> iv,
                       const ctr_kernel& kernel) noexcept
    : kernel_(&kernel) {
  state_.counter = detail::load_counter(iv.data());
  kernel.set_key(state_, key);
}

void ctr_stream::apply(core::byte_view in, core::byte_span out) noexcept {
  if (state_.unused != 0) {
    const std::size_t size = std::min(state_.unused, in.size());
    const core::byte_view left = state_.key_stream.view().last(state_.unused);
    detail::xor_bytes(in.data(), left.data(), out.data(), size);
    state_.unused -= size;
    in = in.subspan(size);
    out = out.subspan(size);
  }
  if (!in.empty()) kernel_->apply(state_, in, out);
}

}  // namespace corogram::crypto

// CTR with the AES instructions of x86. Blocks do not depend on each other: eight at once keep two
// units with a latency of four cycles busy.

#include <corogram/crypto/detail/ctr_kernels.hpp>
#include <corogram/crypto/detail/ctr_x86.hpp>

#ifdef __x86_64__

#define COROGRAM_CTR_AESNI __attribute__((target("aes")))

namespace corogram::crypto::detail {

bool ctr_aesni_supported() noexcept {
  return __builtin_cpu_supports("aes") != 0;
}

COROGRAM_CTR_AESNI void ctr_set_key_aesni(ctr_state& state,
                                          std::span<const core::byte, 32> key) noexcept {
  ctr_expand_key(state, key);
}

COROGRAM_CTR_AESNI void ctr_apply_aesni(ctr_state& state, core::byte_view in,
                                        core::byte_span out) noexcept {
  ctr_progress at{state.round_keys.view().data(), state.counter, in.data(), out.data(), in.size()};
  while (at.has(8)) ctr_xor<8>(at);
  ctr_xor_rest(at, state);
}

}  // namespace corogram::crypto::detail

#endif

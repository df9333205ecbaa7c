#include <corogram/crypto/detail/kdf_kernels.hpp>

#ifdef __x86_64__

#include <corogram/crypto/detail/hash_kernels.hpp>
#include <corogram/crypto/detail/kdf_shani.hpp>

namespace corogram::crypto::detail {

bool kdf_shani_supported() noexcept {
  return hash_shani_supported() && __builtin_cpu_supports("avx") != 0;
}

__attribute__((target("avx,sha"))) aes_key_iv derive_v2_shani(auth_key_view auth_key,
                                                              const message_key& msg_key,
                                                              direction sender) noexcept {
  const key_iv_registers made = derive_in_registers(auth_key, load(msg_key.data()), sender);
  aes_key_iv derived;
  store(derived.key.span().data(), made.key_low);
  store(derived.key.span().data() + 16, made.key_high);
  store(derived.iv.span().data(), made.iv_low);
  store(derived.iv.span().data() + 16, made.iv_high);
  return derived;
}

}  // namespace corogram::crypto::detail

#endif

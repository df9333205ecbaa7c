#include <corogram/crypto/hash.hpp>
#include <corogram/crypto/tmp_aes.hpp>

#include <algorithm>

namespace corogram::crypto {

aes_key_iv derive_tmp_aes(std::span<const core::byte, 32> new_nonce,
                          std::span<const core::byte, 16> server_nonce) noexcept {
  sha1_digest new_server = sha1(new_nonce, server_nonce);
  sha1_digest server_new = sha1(server_nonce, new_nonce);
  sha1_digest new_new = sha1(new_nonce, new_nonce);
  const core::wipe_on_exit wipe_1(new_server), wipe_2(server_new), wipe_3(new_new);

  aes_key_iv derived;
  //= AK-30
  const auto key_rest = std::ranges::copy(new_server, derived.key.span().begin()).out;
  std::copy_n(server_new.begin(), 12, key_rest);
  //= AK-31
  const auto iv_middle = std::copy_n(server_new.begin() + 12, 8, derived.iv.span().begin());
  const auto iv_rest = std::ranges::copy(new_new, iv_middle).out;
  std::copy_n(new_nonce.begin(), 4, iv_rest);
  return derived;
}

}  // namespace corogram::crypto

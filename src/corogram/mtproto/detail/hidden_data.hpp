#pragma once

// What the two sides of the key exchange compute alike: the data that they hide from others, the
// proof that both know new_nonce, the DH values and the first salt.
//
//   hidden data = AES-256-IGE(SHA1(data) + data + 0..15 random bytes), key and iv from the nonces

#include <corogram/core/bytes.hpp>
#include <corogram/core/random.hpp>
#include <corogram/core/result.hpp>
#include <corogram/core/secret.hpp>
#include <corogram/crypto/dh.hpp>
#include <corogram/crypto/kdf.hpp>
#include <corogram/mtproto/auth_key.hpp>
#include <corogram/tl/codec.hpp>
#include <corogram/tl/int128.hpp>

#include <cstddef>
#include <cstdint>
#include <span>

namespace corogram::mtproto::detail {

using new_nonce_view = std::span<const core::byte, 32>;

/// same_nonce compares in constant time (SEC-19).
[[nodiscard]] bool same_nonce(const tl::int128& a, const tl::int128& b) noexcept;

/// hide encrypts `data` for the other side.
/// Pre: data.size() is a multiple of 4.
[[nodiscard]] core::byte_buffer hide(core::byte_view data, const crypto::aes_key_iv& tmp_aes,
                                     core::random_source& random);

/// reveal undoes hide. The length of the data is not transmitted; it is the multiple of 4 that
/// leaves less than 16 bytes over and whose SHA-1 fits, so nothing is parsed before the check.
/// Errors: errc::hash_mismatch, whatever the cause.
core::result<core::secret_buffer> reveal(core::byte_view hidden, const crypto::aes_key_iv& tmp_aes);

/// hashed_size returns how much of what follows the SHA-1 at the beginning of `plain` it is that
/// of: all but at most 12 bytes. 0: it is that of nothing. It takes the same time whichever it is,
/// and no branch or index depends on the bytes. Pre: plain has 32 bytes or more.
[[nodiscard]] std::size_t hashed_size(core::byte_view plain) noexcept;

/// Which answer to set_client_DH_params a new_nonce_hash belongs to.
enum class hash_number : core::byte { ok = 1, retry = 2, fail = 3 };

/// new_nonce_hash proves to the client that the server knows new_nonce and the key. Spec: AK-45.
[[nodiscard]] tl::int128 new_nonce_hash(new_nonce_view new_nonce, hash_number number,
                                        const auth_key& key) noexcept;

/// first_salt is the salt that comes with a new key. Spec: AK-49.
[[nodiscard]] std::int64_t first_salt(new_nonce_view new_nonce,
                                      const tl::int128& server_nonce) noexcept;

/// One side's DH values.
struct dh_pair {
  core::secret_array<crypto::dh_size> exponent;
  /// g^exponent mod prime.
  core::secret_array<crypto::dh_size> value;
};

/// make_dh_pair draws exponents until the value passes the checks that the other side will make.
/// Pre: check_dh_group accepted g and prime.
/// Errors: crypto::errc::unusable_randomness.
core::result<dh_pair> make_dh_pair(std::int32_t g, core::byte_view prime,
                                   core::random_source& random);

/// is_canonical says whether `object`, from which `value` was decoded, is written in the one way
/// that the specification has: no long form of short strings, zeros as padding.
template <class T>
[[nodiscard]] bool is_canonical(const T& value, core::byte_view object) {
  //= SER-06
  return core::equal(tl::encode(value), object);
}

}  // namespace corogram::mtproto::detail

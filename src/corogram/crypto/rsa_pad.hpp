#pragma once

// The two ways in which clients put the inner data of req_DH_params under RSA.
//
//   RSA_PAD, the current one (AK-15 to AK-21):
//     padded   = data + random                                              192 bytes
//     hashed   = reverse(padded) + SHA256(temp_key + padded)                224
//     plain    = (temp_key ^ SHA256(IGE(hashed))) + IGE(hashed)             256
//   the older one, still sent by clients in use (DIV-07):
//     plain    = 0 + SHA1(data) + data + random                             256

#include <corogram/core/bytes.hpp>
#include <corogram/core/random.hpp>
#include <corogram/core/result.hpp>
#include <corogram/core/secret.hpp>
#include <corogram/crypto/rsa.hpp>

#include <array>
#include <cstddef>
#include <span>

namespace corogram::crypto {

/// Units: bytes. The most that RSA_PAD takes, and what it fills up to.
inline constexpr std::size_t rsa_pad_max_data = 144;
inline constexpr std::size_t rsa_pad_padded_size = 192;

/// Units: bytes. The most that the older scheme has room for.
inline constexpr std::size_t rsa_sha1_max_data = 235;

/// rsa_pad_encrypt pads and encrypts `data`. It draws the padding first, then 32 bytes for each
/// temp_key that it has to try.
/// Errors: errc::data_too_long above 144 bytes; errc::unusable_randomness.
core::result<std::array<core::byte, rsa_size>> rsa_pad_encrypt(const rsa_public_key& key,
                                                               core::byte_view data,
                                                               core::random_source& random);

/// rsa_pad_decrypt returns the 192 bytes: the data, whose length only its content tells, and the
/// random bytes after it.
/// Errors: errc::decryption_failed, whatever the cause.
core::result<core::secret_buffer> rsa_pad_decrypt(const rsa_private_key& key,
                                                  core::byte_view encrypted);

/// rsa_sha1_encrypt encrypts `data` in the older scheme. A conforming client has no use for it.
/// Errors: errc::data_too_long above 235 bytes.
core::result<std::array<core::byte, rsa_size>> rsa_sha1_encrypt(const rsa_public_key& key,
                                                                core::byte_view data,
                                                                core::random_source& random);

/// rsa_sha1_decrypt returns the data alone. Its length is not transmitted; it is the multiple of
/// four whose SHA-1 fits, so nothing has to be parsed before it is authenticated.
/// Errors: errc::decryption_failed, whatever the cause.
core::result<core::secret_buffer> rsa_sha1_decrypt(const rsa_private_key& key,
                                                   core::byte_view encrypted);

enum class rsa_scheme { pad, sha1 };

struct rsa_opened {
  rsa_scheme scheme;
  /// As rsa_pad_decrypt or rsa_sha1_decrypt returns it.
  core::secret_buffer data;
};

/// rsa_decrypt_any tells the two schemes apart, with one RSA operation and the same work for both.
/// Errors: errc::decryption_failed, whatever the cause.
core::result<rsa_opened> rsa_decrypt_any(const rsa_private_key& key, core::byte_view encrypted);

namespace detail {

/// unpad undoes RSA_PAD and returns whether its hash fits. No branch or index depends on the bytes.
[[nodiscard]] bool unpad(std::span<const core::byte, rsa_size> plain,
                         std::span<core::byte, rsa_pad_padded_size> padded);

/// sha1_end returns one more than the size of the data whose SHA-1 stands before it in the older
/// scheme; 0 if there is none, or the number is too large for the scheme. It tries all sizes,
/// whichever fits, and no branch or index depends on the bytes.
[[nodiscard]] std::size_t sha1_end(std::span<const core::byte, rsa_size> plain) noexcept;

}  // namespace detail

}  // namespace corogram::crypto

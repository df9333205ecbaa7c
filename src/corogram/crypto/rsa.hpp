#pragma once

// The RSA keys of servers: 2048 bits, raw (the padding is in rsa_pad.hpp), known by fingerprint.

#include <corogram/core/bytes.hpp>
#include <corogram/core/result.hpp>
#include <corogram/core/secret.hpp>
#include <corogram/crypto/detail/handles.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace corogram::crypto {

/// Units: bytes, of the modulus and of everything that RSA turns into something else.
inline constexpr std::size_t rsa_size = 256;

/// What clients know of a server. Copies share one immutable key.
/// Threads: safe to use from several at once.
class rsa_public_key {
 public:
  /// from_pem reads a PKCS#1 ("RSA PUBLIC KEY") or SPKI ("PUBLIC KEY") block.
  /// Errors: errc::bad_rsa_key, errc::bad_rsa_key_size.
  static core::result<rsa_public_key> from_pem(std::string_view pem);

  /// from_numbers takes modulus and exponent as big-endian numbers, leading zeros allowed.
  /// Errors: errc::bad_rsa_key (an even number, or an exponent below 3 or above the modulus),
  /// errc::bad_rsa_key_size.
  static core::result<rsa_public_key> from_numbers(core::byte_view n, core::byte_view e);

  /// fingerprint is the number by which resPQ offers the key.
  /// Spec: AK-05.
  [[nodiscard]] std::int64_t fingerprint() const noexcept { return fingerprint_; }

  /// modulus is n, big-endian; its first byte is at least 0x80.
  [[nodiscard]] std::span<const core::byte, rsa_size> modulus() const noexcept { return modulus_; }

  /// exponent is e, big-endian, without leading zeros.
  [[nodiscard]] core::byte_view exponent() const noexcept { return exponent_; }

  /// encrypt_raw raises a big-endian number to the power e modulo n; leading zeros are kept.
  /// Errors: errc::data_too_long if `plain` is not below the modulus.
  [[nodiscard]] core::result<std::array<core::byte, rsa_size>> encrypt_raw(
      std::span<const core::byte, rsa_size> plain) const;

  /// to_pem prints the key as "PUBLIC KEY" (SPKI).
  [[nodiscard]] std::string to_pem() const;

  /// to_pkcs1_pem prints the key as "RSA PUBLIC KEY" (PKCS#1), the form that many clients expect.
  [[nodiscard]] std::string to_pkcs1_pem() const;

  friend bool operator==(const rsa_public_key& a, const rsa_public_key& b) noexcept {
    return a.modulus_ == b.modulus_ && a.exponent_ == b.exponent_;
  }

 private:
  rsa_public_key() = default;

  std::shared_ptr<evp_pkey_st> key_;
  std::array<core::byte, rsa_size> modulus_{};
  core::byte_buffer exponent_;
  std::int64_t fingerprint_ = 0;
};

/// What a server keeps to itself. OpenSSL holds the numbers, and wipes them.
/// Threads: decrypt_raw is safe to use from several at once.
class rsa_private_key {
 public:
  /// from_pem reads an unencrypted PKCS#1 ("RSA PRIVATE KEY") or PKCS#8 ("PRIVATE KEY") block.
  /// Errors: errc::bad_rsa_key, errc::bad_rsa_key_size.
  static core::result<rsa_private_key> from_pem(std::string_view pem);

  /// generate makes a new key with OpenSSL's own random generator, some hundred milliseconds long.
  /// Its fingerprint has no leading zero digit in either byte order: clients in the field compare
  /// it as hexadecimal text that they do not pad.
  static rsa_private_key generate();

  /// clone makes a second owner of the same key, which takes no time: the numbers are shared.
  [[nodiscard]] rsa_private_key clone() const;

  /// public_key is the half for the clients.
  [[nodiscard]] const rsa_public_key& public_key() const noexcept { return public_key_; }

  /// to_pem prints the key as "PRIVATE KEY" (PKCS#8), unencrypted.
  [[nodiscard]] core::secret_buffer to_pem() const;

  /// decrypt_raw undoes encrypt_raw, blinded against timing.
  /// Errors: errc::decryption_failed if `encrypted` is not 256 bytes or not below the modulus.
  [[nodiscard]] core::result<core::secret_array<rsa_size>> decrypt_raw(
      core::byte_view encrypted) const;

 private:
  using private_owner = std::unique_ptr<evp_pkey_st, detail::openssl_free>;
  static core::result<rsa_private_key> from_openssl(private_owner key);
  rsa_private_key(private_owner key, rsa_public_key public_key)
      : key_(std::move(key)), public_key_(std::move(public_key)) {}

  private_owner key_;
  rsa_public_key public_key_;
};

}  // namespace corogram::crypto

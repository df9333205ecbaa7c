#pragma once

// What can go wrong in the layer crypto. Category "corogram.crypto".

#include <system_error>

namespace corogram::crypto {

enum class errc {
  /// Not the PEM text or the numbers of an RSA key that this layer can use.
  bad_rsa_key = 1,
  /// An RSA key of another length than the 2048 bits that MTProto uses throughout.
  bad_rsa_key_size,
  /// More data than the padding scheme has room for.
  data_too_long,
  /// A ciphertext that no holder of the public key made in the scheme in question.
  decryption_failed,
  /// The random source went on giving values that the scheme has to refuse.
  unusable_randomness,
  /// The DH prime does not lie between 2^2047 and 2^2048.
  dh_prime_bad_length,
  /// The DH prime p is composite, or (p - 1) / 2 is.
  dh_prime_not_safe,
  /// The DH generator is none of 2 to 7, or does not generate the subgroup of order (p - 1) / 2.
  dh_bad_generator,
  /// A public DH value g_a does not satisfy 1 < g_a < p - 1.
  dh_value_trivial,
  /// A public DH value does not lie between 2^1984 and p - 2^1984.
  dh_value_out_of_range,
};

/// crypto_category is the category of `errc`.
const std::error_category& crypto_category() noexcept;

inline std::error_code make_error_code(errc code) noexcept {
  return {static_cast<int>(code), crypto_category()};
}

}  // namespace corogram::crypto

template <>
struct std::is_error_code_enum<corogram::crypto::errc> : std::true_type {};

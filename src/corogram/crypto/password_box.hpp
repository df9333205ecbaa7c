#pragma once

// A secret that rests under a password: what keeps an authorization key on a disk (DESC-49).
//
//   salt (16) + rounds (4, little-endian) + AES-256-CBC(SHA256(secret) + secret)
//
// Key and initialisation vector are PBKDF2-HMAC-SHA512(password, salt, rounds), 48 bytes.

#include <corogram/core/bytes.hpp>
#include <corogram/core/random.hpp>
#include <corogram/core/result.hpp>
#include <corogram/core/secret.hpp>

#include <cstdint>

namespace corogram::crypto {

/// What a guess at the password costs. A tenth of a second, about.
inline constexpr std::uint32_t password_rounds = 200'000;
/// More is not done for a box from elsewhere: it would only keep us busy.
inline constexpr std::uint32_t password_rounds_limit = 10'000'000;

/// seal_by_password locks `secret` up. Pre: its size is a positive multiple of 16; `rounds` is
/// positive and within the limit.
[[nodiscard]] core::byte_buffer seal_by_password(core::byte_view secret, core::byte_view password,
                                                 core::random_source& random,
                                                 std::uint32_t rounds = password_rounds);

/// open_by_password gives the secret back.
/// Errors: errc::decryption_failed: another password, or bytes that are no such box.
[[nodiscard]] core::result<core::secret_buffer> open_by_password(core::byte_view box,
                                                                 core::byte_view password);

}  // namespace corogram::crypto

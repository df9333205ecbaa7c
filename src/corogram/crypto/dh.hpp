#pragma once

// Diffie-Hellman over 2048 bits, with every check that the specification demands of what the other
// side sends. All numbers are big-endian.

#include <corogram/core/bytes.hpp>
#include <corogram/core/random.hpp>
#include <corogram/core/result.hpp>
#include <corogram/core/secret.hpp>
#include <corogram/crypto/hash.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace corogram::crypto {

/// Units: bytes, of the prime, of the values and of the resulting key.
inline constexpr std::size_t dh_size = 256;

/// known_prime is the safe prime that Telegram's servers use.
std::span<const core::byte, dh_size> known_prime() noexcept;

/// The numbers that the specification allows as generators and that are some for the known prime.
inline constexpr std::array<std::int32_t, 3> known_prime_generators{3, 4, 7};

/// Remembers which primes are safe, since finding out takes a tenth of a second and more.
/// Holds the latest `capacity` verdicts. Threads: not safe.
class dh_prime_cache {
 public:
  static constexpr std::size_t capacity = 32;

  /// find returns what is known of the prime with this SHA-256: safe, not safe, or nothing.
  [[nodiscard]] std::optional<bool> find(const sha256_digest& prime) const noexcept;

  /// remember stores a verdict; beyond the capacity the oldest one goes.
  void remember(const sha256_digest& prime, bool safe);

  /// searches counts the primes for which the full check had to run.
  [[nodiscard]] std::size_t searches() const noexcept { return searches_; }

 private:
  struct verdict {
    sha256_digest prime;
    bool safe;
  };
  std::vector<verdict> verdicts_;
  std::size_t next_ = 0;
  std::size_t searches_ = 0;
};

/// check_dh_group accepts a safe prime of 2048 bits with a generator of the subgroup of order
/// (p - 1) / 2. The known prime is recognised first; otherwise `cache` is asked, and told.
/// Shape: leading zeros of `prime` do not matter.
/// Errors: errc::dh_prime_bad_length, errc::dh_bad_generator, errc::dh_prime_not_safe.
/// Spec: AK-33, AK-34, AK-35.
core::result<void> check_dh_group(std::int32_t g, core::byte_view prime, dh_prime_cache& cache);

/// check_dh_group without a memory: any prime but the known one is examined again at each call.
core::result<void> check_dh_group(std::int32_t g, core::byte_view prime);

/// check_dh_public accepts a g_a (or g_b) that does not give away the key. Leading zeros, or their
/// absence, do not matter.
/// Pre: check_dh_group accepted `prime`, or it is our own.
/// Errors: errc::dh_prime_bad_length, errc::dh_value_trivial, errc::dh_value_out_of_range.
/// Spec: AK-36, AK-37.
core::result<void> check_dh_public(core::byte_view value, core::byte_view prime) noexcept;

/// random_dh_exponent draws 2048 bits from `random`.
/// Spec: AK-38.
core::secret_array<dh_size> random_dh_exponent(core::random_source& random) noexcept;

/// random_dh_exponent draws 2048 bits from `random` and mixes `offered` in, random bytes that the
/// other side claims to be (messages.getDhConfig). They can add to the randomness and take nothing
/// from it. Spec: AK-38, SEC-05.
core::secret_array<dh_size> random_dh_exponent(core::random_source& random,
                                               core::byte_view offered) noexcept;

/// dh_pow computes base^exponent mod prime, in a time that does not depend on the exponent's value,
/// and always returns 256 bytes.
/// Pre: `prime` is odd and has 2048 bits, as check_dh_group ensures.
/// Spec: AK-43.
core::secret_array<dh_size> dh_pow(core::byte_view base, core::byte_view exponent,
                                   core::byte_view prime) noexcept;

/// dh_pow of a small generator. With the known prime and its generators it takes a fourth of the
/// time from the third call on, by a table of 256 KiB for each generator (dh_kernel.hpp).
/// Threads: safe.
core::secret_array<dh_size> dh_pow(std::int32_t g, core::byte_view exponent,
                                   core::byte_view prime) noexcept;

}  // namespace corogram::crypto

#pragma once

// What the targets of the key exchange share: keys, nonces, randomness and configurations. With all
// of them known, a target can make the message that the machine under test waits for, hidden and
// hashed as it has to be, after it has changed in it what the input says.

#include "target.hpp"

#include <corogram/core/clock.hpp>
#include <corogram/core/random.hpp>
#include <corogram/crypto/dh.hpp>
#include <corogram/crypto/rsa.hpp>
#include <corogram/mtproto/key_exchange_client.hpp>
#include <corogram/mtproto/key_exchange_server.hpp>
#include <corogram/tl/codec.hpp>
#include <corogram/tl/int128.hpp>

#include <array>
#include <chrono>
#include <cstdint>

namespace corogram::fuzz::exchange {

/// 2026-01-01 12:00 UTC.
inline constexpr core::instant noon{std::chrono::seconds(1000), std::chrono::seconds(1767268800)};

/// The server's key. Loaded once, and then only read.
[[nodiscard]] const crypto::rsa_private_key& server_key();
inline constexpr std::array<core::byte, 16> nonce{0x3e, 0x05, 0x49, 0x82, 0x8c, 0xca, 0x27, 0xe9,
                                                  0x66, 0xb3, 0x01, 0xa4, 0x8f, 0xec, 0xe2, 0xfc};
inline constexpr std::array<core::byte, 16> server_nonce{
    0xa5, 0xcf, 0x4d, 0x33, 0xf4, 0xa1, 0x1e, 0xa8, 0x77, 0xba, 0x4a, 0xa5, 0x73, 0x90, 0x73, 0x30};
inline constexpr std::array<core::byte, 32> new_nonce{
    0x31, 0x1c, 0x85, 0xdb, 0x23, 0x4a, 0xa2, 0x64, 0x0a, 0xfc, 0x4a, 0x76, 0xa7, 0x35, 0xcf, 0x5b,
    0x1f, 0x0f, 0xd6, 0x8b, 0xd1, 0x7f, 0xa1, 0x81, 0xe1, 0x22, 0x9a, 0xd8, 0x67, 0xcc, 0x02, 0x4d};

/// A reproducible source whose DH exponents are short: the powers are then cheap, and g^x is still
/// taken modulo the prime often enough to be in range.
class cheap_random final : public core::random_source {
 public:
  explicit cheap_random(std::uint64_t seed) noexcept : stream_(seed) {}
  void fill(core::byte_span bytes) noexcept override;

 private:
  core::test_random stream_;
};

/// An exponent as cheap_random makes them.
[[nodiscard]] core::secret_array<crypto::dh_size> short_exponent(std::uint64_t seed);

/// A client that knows server_key(): its dialect, and the kind of key that it wants, by the bits of
/// `chosen`.
[[nodiscard]] mtproto::key_exchange_client_config client_config(core::byte chosen);

/// A server with server_key(): its strictness, its tails and its data centre by the bits of
/// `chosen`.
[[nodiscard]] mtproto::key_exchange_server_config server_config(core::byte chosen);

/// canonical_size returns how much of `body` is a T in its canonical form; 0 if there is none.
template <class T>
std::size_t canonical_size(core::byte_view body) {
  std::size_t size = 0;
  const auto object = tl::decode_view<T>(body, &size);
  return object && core::equal(tl::encode(**object), body.first(size)) ? size : 0;
}

}  // namespace corogram::fuzz::exchange

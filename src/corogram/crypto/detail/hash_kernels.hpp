#pragma once

// The functions in the table of hash.cpp, and SHA-256 block by block for kernels that hash beside
// other work.

#include <corogram/core/bytes.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace corogram::crypto::detail {

/// Units: bytes, of a block of either hash.
inline constexpr std::size_t hash_block_size = 64;

/// The chaining values: FIPS 180-4's H, in its order.
using sha1_state = std::array<std::uint32_t, 5>;
using sha256_state = std::array<std::uint32_t, 8>;

/// FIPS 180-4, 5.3.1 and 5.3.3.
inline constexpr sha1_state sha1_initial{0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476,
                                         0xc3d2e1f0};
inline constexpr sha256_state sha256_initial{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                             0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

/// FIPS 180-4, 4.2.2.
alignas(16) inline constexpr std::array<std::uint32_t, 64> sha256_constants{
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

/// sha256_compress hashes `count` blocks of 64 bytes into `state`, with the kernel in use. Nothing
/// of the blocks stays behind in memory; the state is the caller's to wipe.
void sha256_compress(sha256_state& state, const core::byte* blocks, std::size_t count) noexcept;

void sha1_compress_reference(sha1_state& state, const core::byte* blocks,
                             std::size_t count) noexcept;
void sha256_compress_reference(sha256_state& state, const core::byte* blocks,
                               std::size_t count) noexcept;

/// These hash by OpenSSL, which does not offer its compression alone.
std::array<core::byte, 20> sha1_openssl(std::span<const core::byte_view> parts) noexcept;
std::array<core::byte, 32> sha256_openssl(std::span<const core::byte_view> parts) noexcept;
std::array<core::byte, 64> sha512_openssl(std::span<const core::byte_view> parts) noexcept;

#ifdef __x86_64__
bool hash_shani_supported() noexcept;
void sha1_compress_shani(sha1_state& state, const core::byte* blocks, std::size_t count) noexcept;
void sha256_compress_shani(sha256_state& state, const core::byte* blocks,
                           std::size_t count) noexcept;
#endif

#if defined(__aarch64__) && defined(__linux__)
bool hash_armv8_supported() noexcept;
void sha1_compress_armv8(sha1_state& state, const core::byte* blocks, std::size_t count) noexcept;
void sha256_compress_armv8(sha256_state& state, const core::byte* blocks,
                           std::size_t count) noexcept;
#endif

}  // namespace corogram::crypto::detail

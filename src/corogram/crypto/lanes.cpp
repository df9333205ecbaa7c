// Which of the functions of lanes_x86_64.S runs.

#include <corogram/crypto/detail/lanes.hpp>

#ifdef __x86_64__

#include <corogram/crypto/detail/hash_kernels.hpp>

#include <array>

namespace corogram::crypto::detail {

namespace {

using lanes_function = void(ige_lane* const* lanes, sha256_lane* const* hashes,
                            std::size_t chunks) noexcept;

extern "C" {
lanes_function corogram_ige_encrypt_sha256_x1, corogram_ige_decrypt_sha256_x1,
    corogram_ige_encrypt_x1, corogram_ige_decrypt_x1, corogram_sha256_x1,
    corogram_ige_encrypt_x1_sha256_x2, corogram_ige_encrypt_sha256_x2,
    corogram_ige_encrypt_sha256_x3, corogram_ige_decrypt_sha256_x2, corogram_ige_decrypt_sha256_x3,
    corogram_ige_encrypt_x2, corogram_ige_encrypt_x3, corogram_ige_decrypt_x2,
    corogram_ige_decrypt_x3, corogram_sha256_x2, corogram_sha256_x3;
}

/// The functions for one, two and three texts.
using by_number = std::array<lanes_function*, most_lanes>;

template <operation What>
constexpr by_number both{
    What == operation::encrypt ? corogram_ige_encrypt_sha256_x1 : corogram_ige_decrypt_sha256_x1,
    What == operation::encrypt ? corogram_ige_encrypt_sha256_x2 : corogram_ige_decrypt_sha256_x2,
    What == operation::encrypt ? corogram_ige_encrypt_sha256_x3 : corogram_ige_decrypt_sha256_x3};

template <operation What>
constexpr by_number ige_alone{
    What == operation::encrypt ? corogram_ige_encrypt_x1 : corogram_ige_decrypt_x1,
    What == operation::encrypt ? corogram_ige_encrypt_x2 : corogram_ige_decrypt_x2,
    What == operation::encrypt ? corogram_ige_encrypt_x3 : corogram_ige_decrypt_x3};

constexpr by_number hash_alone{corogram_sha256_x1, corogram_sha256_x2, corogram_sha256_x3};

}  // namespace

bool lanes_supported() noexcept {
  return __builtin_cpu_supports("aes") != 0 && __builtin_cpu_supports("avx") != 0 &&
         hash_shani_supported();
}

template <operation What>
void run_lanes(std::span<ige_lane* const> lanes, std::span<sha256_lane* const> hashes,
               std::size_t chunks) noexcept {
  if (chunks == 0) return;
  if (What == operation::encrypt && lanes.size() == 1 && hashes.size() == 2)
    return corogram_ige_encrypt_x1_sha256_x2(lanes.data(), hashes.data(), chunks);
  // Texts that are hashed alone take little longer beside others; the same of texts that are
  // encrypted alone would leave the unit for SHA idle.
  if (lanes.size() <= hashes.size()) {
    if (!lanes.empty()) both<What>[lanes.size() - 1](lanes.data(), hashes.data(), chunks);
    hashes = hashes.subspan(lanes.size());
  } else {
    ige_alone<What>[lanes.size() - 1](lanes.data(), nullptr, chunks);
  }
  if (!hashes.empty()) hash_alone[hashes.size() - 1](nullptr, hashes.data(), chunks);
}

template void run_lanes<operation::encrypt>(std::span<ige_lane* const>,
                                            std::span<sha256_lane* const>, std::size_t) noexcept;
template void run_lanes<operation::decrypt>(std::span<ige_lane* const>,
                                            std::span<sha256_lane* const>, std::size_t) noexcept;

}  // namespace corogram::crypto::detail

#endif

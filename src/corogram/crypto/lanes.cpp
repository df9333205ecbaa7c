// Which of the functions of lanes_x86_64.S runs, and those for a single text, for which compilers
// find registers enough.

#include <corogram/crypto/detail/lanes.hpp>

#ifdef __x86_64__

#include <corogram/crypto/detail/hash_kernels.hpp>
#include <corogram/crypto/detail/stitched.hpp>

#include <array>

namespace corogram::crypto::detail {

namespace {

using lanes_function = void(ige_lane* const* lanes, sha256_lane* const* hashes,
                            std::size_t chunks) noexcept;

extern "C" {
lanes_function corogram_ige_encrypt_sha256_x2, corogram_ige_encrypt_sha256_x3,
    corogram_ige_decrypt_sha256_x2, corogram_ige_decrypt_sha256_x3, corogram_ige_encrypt_x2,
    corogram_ige_encrypt_x3, corogram_ige_decrypt_x2, corogram_ige_decrypt_x3, corogram_sha256_x2,
    corogram_sha256_x3;
}

template <operation What>
COROGRAM_STITCHED_ENTRY void ige_sha256_x1(ige_lane* const* lanes, sha256_lane* const* hashes,
                                           std::size_t chunks) noexcept {
  ige_lane& lane = **lanes;
  sha256_lane& hash = **hashes;
  ige_chain c = load_chain(lane);
  sha256_registers s = hash.state;
  plain_input input;
  for (; chunks != 0; --chunks, lane.text += chunk_size, hash.text += chunk_size)
    stitched_chunk<What>(c, lane.keys, lane.text, s, hash.text, input);
  lane.state = c.state;
  lane.mask = c.mask;
  hash.state = s;
}

template <operation What>
COROGRAM_STITCHED_ENTRY void ige_x1(ige_lane* const* lanes, sha256_lane* const*,
                                    std::size_t chunks) noexcept {
  ige_lane& lane = **lanes;
  ige_chain c = load_chain(lane);
  plain_input input;
  for (std::size_t block = 0; block < blocks_a_chunk * chunks; ++block, lane.text += 16)
    plain_block<What, false>(c, lane.keys, lane.text, input);
  lane.state = c.state;
  lane.mask = c.mask;
}

COROGRAM_STITCHED_ENTRY void sha256_x1(ige_lane* const*, sha256_lane* const* hashes,
                                       std::size_t chunks) noexcept {
  sha256_lane& hash = **hashes;
  sha256_registers s = hash.state;
  for (; chunks != 0; --chunks, hash.text += chunk_size)
    sha256_block(s, load_block(hash.text, big_endian()));
  hash.state = s;
}

/// The functions for one, two and three texts.
using by_number = std::array<lanes_function*, most_lanes>;

template <operation What>
constexpr by_number both{
    ige_sha256_x1<What>,
    What == operation::encrypt ? corogram_ige_encrypt_sha256_x2 : corogram_ige_decrypt_sha256_x2,
    What == operation::encrypt ? corogram_ige_encrypt_sha256_x3 : corogram_ige_decrypt_sha256_x3};

template <operation What>
constexpr by_number ige_alone{
    ige_x1<What>, What == operation::encrypt ? corogram_ige_encrypt_x2 : corogram_ige_decrypt_x2,
    What == operation::encrypt ? corogram_ige_encrypt_x3 : corogram_ige_decrypt_x3};

constexpr by_number hash_alone{sha256_x1, corogram_sha256_x2, corogram_sha256_x3};

}  // namespace

bool lanes_supported() noexcept {
  return __builtin_cpu_supports("aes") != 0 && __builtin_cpu_supports("avx") != 0 &&
         hash_shani_supported();
}

template <operation What>
void run_lanes(std::span<ige_lane* const> lanes, std::span<sha256_lane* const> hashes,
               std::size_t chunks) noexcept {
  if (chunks == 0) return;
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

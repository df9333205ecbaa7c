// Many texts of IGE at once: which of the functions in ige_batch_x86_64.S and lanes_x86_64.S take
// how many of them.

#include <corogram/crypto/detail/ige_batch_kernels.hpp>

#ifdef __x86_64__

#include <corogram/core/secret.hpp>
#include <corogram/crypto/detail/lanes.hpp>
#include <corogram/crypto/detail/pool.hpp>
#include <corogram/crypto/ige.hpp>

#include <cpuid.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>

namespace corogram::crypto::detail {

namespace {

constexpr std::size_t most_pairs = 6;

/// Lanes in pairs, for instructions that do two blocks at once: the halves of each register belong
/// to the two lanes of a pair. ige_batch_x86_64.S knows the offsets. Wiped when it goes.
struct alignas(32) paired_lanes {
  struct half {
    __m128i of_a, of_b;
  };
  struct chain {
    half mask, next_mask, input;
  };
  std::array<std::array<half, rounds + 1>, most_pairs> keys;
  std::array<chain, most_pairs> chains;

  ~paired_lanes() {
    core::wipe({static_cast<core::byte*>(static_cast<void*>(this)), sizeof *this});
  }
};
static_assert(sizeof(std::array<paired_lanes::half, rounds + 1>) == 480 &&
              offsetof(paired_lanes, chains) == 2880 && sizeof(paired_lanes::chain) == 96);

using paired_function = void(ige_lane* const* lanes, paired_lanes* pairs,
                             std::size_t chunks) noexcept;
using single_function = void(ige_lane* const* lanes, std::size_t chunks) noexcept;

extern "C" {
paired_function corogram_ige_encrypt_vaes_x4, corogram_ige_encrypt_vaes_x8,
    corogram_ige_encrypt_vaes_x12, corogram_ige_decrypt_vaes_x4, corogram_ige_decrypt_vaes_x8,
    corogram_ige_decrypt_vaes_x12;
single_function corogram_ige_encrypt_aesni_x8, corogram_ige_decrypt_aesni_x8;
}

void pair_keys(std::span<ige_lane* const> lanes, paired_lanes& pairs) noexcept {
  for (std::size_t i = 0; i < lanes.size(); i += 2)
    for (std::size_t round = 0; round <= rounds; ++round)
      pairs.keys[i / 2][round] = {lanes[i]->keys.keys[round], lanes[i + 1]->keys.keys[round]};
}

/// run_aesni takes texts off the front of `lanes`, as many as the largest of the functions takes,
/// and returns how many.
template <operation What>
std::size_t run_aesni(std::span<ige_lane* const> lanes, std::size_t chunks) noexcept {
  if (lanes.size() < 8) {
    const std::size_t taken = std::min(lanes.size(), most_lanes);
    run_lanes<What>(lanes.first(taken), {}, chunks);
    return taken;
  }
  (What == operation::encrypt ? corogram_ige_encrypt_aesni_x8 : corogram_ige_decrypt_aesni_x8)(
      lanes.data(), chunks);
  return 8;
}

/// run_vaes does the same with twice as long registers.
template <operation What>
std::size_t run_vaes(std::span<ige_lane* const> lanes, std::size_t chunks) noexcept {
  constexpr bool encrypts = What == operation::encrypt;
  if (lanes.size() < 4) return run_aesni<What>(lanes, chunks);
  std::size_t taken;
  paired_function* run;
  if (lanes.size() >= 12)
    taken = 12, run = encrypts ? corogram_ige_encrypt_vaes_x12 : corogram_ige_decrypt_vaes_x12;
  else if (lanes.size() >= 8)
    taken = 8, run = encrypts ? corogram_ige_encrypt_vaes_x8 : corogram_ige_decrypt_vaes_x8;
  else
    taken = 4, run = encrypts ? corogram_ige_encrypt_vaes_x4 : corogram_ige_decrypt_vaes_x4;
  paired_lanes pairs;
  pair_keys(lanes.first(taken), pairs);
  run(lanes.data(), &pairs, chunks);
  return taken;
}

template <operation What>
class ige_job {
 public:
  ige_lane lane;

  __attribute__((target("aes"))) void begin(const ige_text& text) noexcept {
    make_schedule<What>(lane.keys, load(text.key.data()), load(text.key.data() + 16));
    // The initialisation vector is the ciphertext's block, then the plaintext's.
    constexpr std::size_t in = What == operation::encrypt ? 16 : 0;
    ige_begin(lane, text.text.data(), load(text.iv.data() + in), load(text.iv.data() + 16 - in));
    blocks_ = text.text.size() / aes_block_size;
    // The last 1 to 4 blocks are for end().
    chunks_ = (blocks_ - 1) / blocks_a_chunk;
    blocks_ -= blocks_a_chunk * chunks_;
  }

  [[nodiscard]] std::size_t chunks() const noexcept { return chunks_; }
  void done(std::size_t chunks) noexcept { chunks_ -= chunks; }

  __attribute__((target("aes"))) void end() noexcept { ige_end<What>(lane, blocks_); }

 private:
  std::size_t chunks_, blocks_;
};

template <operation What, std::size_t Lanes, auto Run>
void ige_all(std::span<const ige_text> texts) noexcept {
  pool<ige_job<What>, Lanes> jobs;
  std::array<ige_lane*, Lanes> room;
  for (std::size_t next = 0; next < texts.size() || jobs.size() != 0;) {
    for (; jobs.has_room() && next < texts.size(); ++next)
      if (!texts[next].text.empty()) jobs.begin(texts[next]);
    if (jobs.size() == 0) break;
    const std::size_t chunks = jobs.chunks();
    if (chunks != 0)
      for (auto lanes = lanes_of(jobs, &ige_job<What>::lane, room); !lanes.empty();)
        lanes = lanes.subspan(Run(lanes, chunks));
    jobs.advance(chunks);
    while (ige_job<What>* const ended = jobs.take_ended()) ended->end();
  }
}

}  // namespace

bool ige_aesni_x8_supported() noexcept {
  return __builtin_cpu_supports("aes") != 0 && __builtin_cpu_supports("avx") != 0;
}

void ige_encrypt_aesni_x8(std::span<const ige_text> texts) noexcept {
  ige_all<operation::encrypt, 8, run_aesni<operation::encrypt>>(texts);
}

void ige_decrypt_aesni_x8(std::span<const ige_text> texts) noexcept {
  ige_all<operation::decrypt, 8, run_aesni<operation::decrypt>>(texts);
}

bool ige_vaes_x12_supported() noexcept {
  // __builtin_cpu_supports of g++ 12 does not know VAES.
  unsigned a, b, c, d;
  const bool vaes = __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && (c & bit_VAES) != 0;
  return vaes && ige_aesni_x8_supported() && __builtin_cpu_supports("avx2") != 0;
}

void ige_encrypt_vaes_x12(std::span<const ige_text> texts) noexcept {
  ige_all<operation::encrypt, 12, run_vaes<operation::encrypt>>(texts);
}

void ige_decrypt_vaes_x12(std::span<const ige_text> texts) noexcept {
  ige_all<operation::decrypt, 12, run_vaes<operation::decrypt>>(texts);
}

}  // namespace corogram::crypto::detail

#endif

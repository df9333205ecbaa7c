// SHA-1 and SHA-256 as FIPS 180-4 has them, in its names.

#include <corogram/core/endian.hpp>
#include <corogram/core/secret.hpp>
#include <corogram/crypto/detail/hash_kernels.hpp>

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace corogram::crypto::detail {

namespace {

using word = std::uint32_t;

// 2.2.2, 3.2
constexpr word rotl(int n, word x) {
  return std::rotl(x, n);
}
constexpr word rotr(int n, word x) {
  return std::rotr(x, n);
}
constexpr word shr(int n, word x) {
  return x >> n;
}

// 4.1.1, 4.1.2
constexpr word ch(word x, word y, word z) {
  return (x & y) ^ (~x & z);
}
constexpr word parity(word x, word y, word z) {
  return x ^ y ^ z;
}
constexpr word maj(word x, word y, word z) {
  return (x & y) ^ (x & z) ^ (y & z);
}
// Of SHA-1's round t.
constexpr word f(std::size_t t, word x, word y, word z) {
  if (t < 20) return ch(x, y, z);
  if (t < 40) return parity(x, y, z);
  return t < 60 ? maj(x, y, z) : parity(x, y, z);
}
constexpr word capital_sigma_0(word x) {
  return rotr(2, x) ^ rotr(13, x) ^ rotr(22, x);
}
constexpr word capital_sigma_1(word x) {
  return rotr(6, x) ^ rotr(11, x) ^ rotr(25, x);
}
constexpr word sigma_0(word x) {
  return rotr(7, x) ^ rotr(18, x) ^ shr(3, x);
}
constexpr word sigma_1(word x) {
  return rotr(17, x) ^ rotr(19, x) ^ shr(10, x);
}

// 4.2.1
constexpr word k(std::size_t t) {
  constexpr std::array<word, 4> constants{0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6};
  return constants[t / 20];
}

/// The message schedule, wiped when it goes.
template <std::size_t Size>
struct schedule {
  std::array<word, Size> words;

  schedule() = default;
  schedule(const schedule&) = delete;
  schedule& operator=(const schedule&) = delete;
  ~schedule() {
    core::wipe({static_cast<core::byte*>(static_cast<void*>(words.data())), sizeof words});
  }

  word& operator[](std::size_t t) { return words[t]; }
};

// Step 1 of 6.1.2 and 6.2.2: the first sixteen words of the schedule are the block's.
void begin(word* schedule, const core::byte* block) {
  for (std::size_t t = 0; t < 16; ++t) schedule[t] = core::load_be<word>(block + t * sizeof(word));
}

}  // namespace

// 6.1.2
void sha1_compress_reference(sha1_state& state, const core::byte* blocks,
                             std::size_t count) noexcept {
  schedule<80> w;
  for (; count != 0; --count, blocks += hash_block_size) {
    begin(w.words.data(), blocks);
    for (std::size_t t = 16; t < 80; ++t)
      w[t] = rotl(1, w[t - 3] ^ w[t - 8] ^ w[t - 14] ^ w[t - 16]);

    auto [a, b, c, d, e] = state;
    for (std::size_t t = 0; t < 80; ++t) {
      const word next = rotl(5, a) + f(t, b, c, d) + e + k(t) + w[t];
      e = d;
      d = c;
      c = rotl(30, b);
      b = a;
      a = next;
    }

    state = {state[0] + a, state[1] + b, state[2] + c, state[3] + d, state[4] + e};
  }
}

// 6.2.2
void sha256_compress_reference(sha256_state& state, const core::byte* blocks,
                               std::size_t count) noexcept {
  schedule<64> w;
  for (; count != 0; --count, blocks += hash_block_size) {
    begin(w.words.data(), blocks);
    for (std::size_t t = 16; t < 64; ++t)
      w[t] = sigma_1(w[t - 2]) + w[t - 7] + sigma_0(w[t - 15]) + w[t - 16];

    auto [a, b, c, d, e, f, g, h] = state;
    for (std::size_t t = 0; t < 64; ++t) {
      const word t1 = h + capital_sigma_1(e) + ch(e, f, g) + sha256_constants[t] + w[t];
      const word t2 = capital_sigma_0(a) + maj(a, b, c);
      h = g;
      g = f;
      f = e;
      e = d + t1;
      d = c;
      c = b;
      b = a;
      a = t1 + t2;
    }

    state = {state[0] + a, state[1] + b, state[2] + c, state[3] + d,
             state[4] + e, state[5] + f, state[6] + g, state[7] + h};
  }
}

}  // namespace corogram::crypto::detail

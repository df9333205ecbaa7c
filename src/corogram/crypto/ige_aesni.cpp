// IGE with the AES instructions of x86, folded so that nothing but them is on the critical path.
//
// Each block needs the result of the block before, so one stream can be no faster than 14 rounds in
// a row. The textbook adds two XORs to that: out[i] = F(in[i] ^ out[i-1]) ^ in[i-1]. But the last
// round ends with the XOR of a key anyway, and what F is given first is XORed with key 0:
//
//   out[i]                = last(s, K14 ^ in[i-1])
//   in[i+1] ^ out[i] ^ K0 = last(s, K14 ^ in[i-1] ^ in[i+1] ^ K0)
//
// Both keys are known before s is, and the second line is the next block, ready for round 1.

#include <corogram/crypto/detail/ige_kernels.hpp>

#ifdef __x86_64__

#include <corogram/crypto/detail/aesni.hpp>
#include <corogram/crypto/ige.hpp>

#include <cstddef>

#define COROGRAM_AESNI_ENTRY __attribute__((target("aes")))

namespace corogram::crypto::detail {

namespace {

template <operation What>
COROGRAM_AESNI void ige(std::span<const core::byte, 32> key, __m128i last_in, __m128i last_out,
                        core::byte_view in, core::byte_span out) noexcept {
  if (in.empty()) return;
  schedule with;
  make_schedule<What>(with, load(key.data()), load(key.data() + 16));
  const __m128i first_key = with.keys[0], last_key = with.keys[rounds];
  const __m128i both_keys = _mm_xor_si128(first_key, last_key);

  // In place, a block is overwritten after it was read: `input` is always one block ahead.
  __m128i input = load(in.data());
  __m128i state = _mm_xor_si128(_mm_xor_si128(input, last_out), first_key);
  const std::size_t last = in.size() - aes_block_size;
  for (std::size_t at = 0; at < last; at += aes_block_size) {
    const __m128i next = load(in.data() + at + aes_block_size);
    const __m128i key_of_output = _mm_xor_si128(last_key, last_in);
    const __m128i key_of_state = _mm_xor_si128(_mm_xor_si128(both_keys, last_in), next);
    const __m128i inner = inner_rounds<What, 1, 13>(with, state);
    store(out.data() + at, last_round<What>(inner, key_of_output));
    state = last_round<What>(inner, key_of_state);
    last_in = input;
    input = next;
  }
  const __m128i inner = inner_rounds<What, 1, 13>(with, state);
  store(out.data() + last, last_round<What>(inner, _mm_xor_si128(last_key, last_in)));
}

}  // namespace

bool ige_aesni_supported() noexcept {
  return __builtin_cpu_supports("aes") != 0;
}

COROGRAM_AESNI_ENTRY void ige_encrypt_aesni(std::span<const core::byte, 32> key, ige_block_pair iv,
                                            core::byte_view in, core::byte_span out) noexcept {
  ige<operation::encrypt>(key, load(iv.data() + 16), load(iv.data()), in, out);
}

COROGRAM_AESNI_ENTRY void ige_decrypt_aesni(std::span<const core::byte, 32> key, ige_block_pair iv,
                                            core::byte_view in, core::byte_span out) noexcept {
  ige<operation::decrypt>(key, load(iv.data()), load(iv.data() + 16), in, out);
}

}  // namespace corogram::crypto::detail

#endif

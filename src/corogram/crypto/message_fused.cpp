// A message under a transport's key stream in one pass: CTR and SHA-256 both in the shadow of IGE.
//
// For each block of IGE one of the key stream is computed, whose rounds wait for nothing but each
// other. Where the text begins in the middle of a block of the key stream, each of its blocks takes
// the end of one and the beginning of the next:
//
//   key stream   |  ....aaaa  |  bbbbbbbb  |  cccc...
//   text              |  aaaabbbb  |  bbbbcccc  |

#include <corogram/crypto/detail/message_kernels.hpp>

#ifdef __x86_64__

#include <corogram/crypto/ctr_kernel.hpp>
#include <corogram/crypto/detail/ctr_x86.hpp>
#include <corogram/crypto/detail/message_parts.hpp>
#include <corogram/crypto/message_obfuscated.hpp>

#include <array>
#include <cstddef>
#include <cstdint>

namespace corogram::crypto::detail {

namespace {

/// For _mm_shuffle_epi8, from `16 - shift` on: moves bytes down by `shift` and zeros in from above;
/// and 16 further, moves them up by `16 - shift`, zeros from below.
constexpr auto shifts = [] {
  std::array<core::byte, 48> made{};
  for (std::size_t i = 0; i < made.size(); ++i)
    made[i] = i >= 16 && i < 32 ? static_cast<core::byte>(i - 16) : 0x80;
  return made;
}();

/// The next block of the text, with the key stream taken off.
class obfuscated_input {
 public:
  COROGRAM_STITCHED explicit obfuscated_input(ctr_state& state) noexcept
      : keys_(
            static_cast<const __m128i*>(static_cast<const void*>(state.round_keys.view().data()))),
        low_(static_cast<std::uint64_t>(state.counter)),
        high_(_mm_cvtsi64_si128(static_cast<long long>(
            __builtin_bswap64(static_cast<std::uint64_t>(state.counter >> 64))))),
        to_begin_(load(shifts.data() + 32 - state.unused)),
        to_end_(load(shifts.data() + 16 - state.unused)),
        before_(load(state.key_stream.view().data())) {}

  COROGRAM_STITCHED void begin() noexcept {
    const __m128i low = _mm_cvtsi64_si128(static_cast<long long>(__builtin_bswap64(low_++)));
    key_stream_ = _mm_xor_si128(_mm_unpacklo_epi64(high_, low), keys_[0]);
  }

  template <std::size_t First, std::size_t Last>
  COROGRAM_STITCHED void step() noexcept {
#pragma GCC unroll 4
    for (std::size_t round = First; round <= Last; ++round)
      key_stream_ = _mm_aesenc_si128(key_stream_, keys_[round]);
  }

  COROGRAM_STITCHED __m128i block(const core::byte* text) noexcept {
    const __m128i now = _mm_aesenclast_si128(key_stream_, keys_[rounds]);
    const __m128i taken =
        _mm_or_si128(_mm_shuffle_epi8(before_, to_begin_), _mm_shuffle_epi8(now, to_end_));
    before_ = now;
    return _mm_xor_si128(load(text), taken);
  }

  /// Brings the stream's state up to date.
  COROGRAM_STITCHED void end(ctr_state& state) const noexcept {
    state.counter = state.counter >> 64 << 64 | low_;
    store(state.key_stream.span().data(), before_);
  }

 private:
  const __m128i* keys_;
  std::uint64_t low_;
  __m128i high_, to_begin_, to_end_, before_, key_stream_;
};

/// Whether the fused pass does this text: three blocks or more; a stream that has round keys; and a
/// counter whose low half does not overflow meanwhile.
bool is_for_fused(const message_to_open& message, const ctr_state& state) noexcept {
  const std::size_t blocks = message.text.size() / block_size;
  return blocks >= 3 && state.context == nullptr &&
         static_cast<std::uint64_t>(state.counter) < ~std::uint64_t{0} - blocks;
}

COROGRAM_STITCHED_ENTRY void open_fused(message_to_open& message, ctr_state& state) noexcept {
  constexpr operation what = operation::decrypt;
  core::byte* const text = message.text.data();
  const key_iv_registers aes =
      derive_in_registers(message.auth_key, load(message.msg_key.data()), message.sender);
  ige_lane lane;
  make_schedule<what>(lane.keys, aes.key_low, aes.key_high);

  obfuscated_input input(state);
  input.begin();
  input.step<1, 13>();
  ige_chain c;
  c.input = input.block(text);
  c.state = _mm_xor_si128(_mm_xor_si128(c.input, aes.iv_high), lane.keys.keys[0]);
  c.mask = _mm_xor_si128(aes.iv_low, lane.keys.keys[rounds]);
  plain_block<what, false>(c, lane.keys, text, input);
  plain_block<what, false>(c, lane.keys, text + 16, input);
  first_block first;
  assemble(first.bytes.data(), message.auth_key, message.sender, text);

  // The last 1 to 4 blocks come by themselves.
  const std::size_t chunks = (message.text.size() / block_size - 3) / blocks_a_chunk;
  sha256_registers s = sha256_begin();
  const core::byte* hashed = first.bytes.data();
  lane.text = text + 2 * block_size;
  for (std::size_t chunk = 0; chunk < chunks; ++chunk, lane.text += chunk_size) {
    stitched_chunk<what>(c, lane.keys, lane.text, s, hashed, input);
    hashed = text + key_part_size + chunk * chunk_size;
  }
  const std::size_t blocks = blocks_from(lane.text, message.text);
  stitched_end<what>(c, lane, blocks, s, load_block(hashed, big_endian()), input);
  write(finish_hash(s, lane.text, blocks, key_part_size + message.text.size()),
        message.msg_key_large);
  input.end(state);
}

}  // namespace

void open_obfuscated_message_fused(message_to_open& message, ctr_stream& stream) noexcept {
  if (is_for_fused(message, stream.state())) {
    open_fused(message, stream.state());
  } else {
    stream.apply(message.text);
    open_messages_stitched({&message, 1});
  }
}

}  // namespace corogram::crypto::detail

#endif

// Messages with the AES and SHA-256 instructions of AArch64 at once: a block of IGE waits for the
// one before, and what a core could do meanwhile is a quarter of a block of SHA-256.
//
// Opened, in blocks of 16 bytes:
//
//   AES   | 2 | 4 | 4 | 4 |  ...  | 0..3 |
//   SHA   |   | 0 | 1 | 2 |  ...  |  n   | the rest and its padding |
//
// What is hashed begins with 32 bytes of the authorization key: block k of SHA-256 holds the bytes
// 64k - 32 to 64k + 32 of the text. So it can follow two blocks behind the decryption.
//
// A message that is sealed must be hashed before it can be encrypted. The next one that waits for
// it is hashed meanwhile.

#include <corogram/crypto/detail/message_kernels.hpp>

#if defined(__aarch64__) && defined(__linux__)

#include <corogram/core/endian.hpp>
#include <corogram/core/secret.hpp>
#include <corogram/crypto/detail/aes_armv8.hpp>
#include <corogram/crypto/detail/hash_kernels.hpp>
#include <corogram/crypto/detail/ige_kernels.hpp>
#include <corogram/crypto/detail/sha256_armv8.hpp>
#include <corogram/crypto/ige.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>

namespace corogram::crypto::detail {

namespace {

using armv8::operation;

constexpr std::size_t key_part_size = 32;

/// The blocks of IGE that are as long as one of SHA-256.
constexpr std::size_t blocks_a_chunk = hash_block_size / aes_block_size;

/// Shorter texts are no messages of MTProto, and what follows relies on it.
constexpr std::size_t shortest_text = 2 * aes_block_size;

/// What is hashed of a message: a part of its authorization key, then its text.
class hashing {
 public:
  /// Pre: `text` has the shortest size or more, and so much of it is plaintext.
  hashing(auth_key_view auth_key, direction sender, core::byte_view text) noexcept
      : rest_(text.subspan(hash_block_size - key_part_size)), size_(key_part_size + text.size()) {
    //= DESC-30
    //= DESC-37
    const auto key_part = auth_key.subspan(88 + static_cast<std::size_t>(sender), key_part_size);
    std::memcpy(block_.data(), key_part.data(), key_part_size);
    std::memcpy(block_.data() + key_part_size, text.data(), hash_block_size - key_part_size);
  }
  hashing(const hashing&) = delete;
  hashing& operator=(const hashing&) = delete;
  ~hashing() {
    core::wipe(block_);
    core::wipe({static_cast<core::byte*>(static_cast<void*>(state_.data())), sizeof state_});
  }

  /// How many whole blocks are left. In the beginning, one or more.
  [[nodiscard]] std::size_t whole_blocks() const noexcept {
    return (is_first_ ? 1 : 0) + rest_.size() / hash_block_size;
  }

  struct blocks {
    const core::byte* begin;
    std::size_t count;
  };
  /// next_blocks returns the first that lie side by side, which are then to be hashed. Pre:
  /// 0 < at_most <= whole_blocks()
  [[nodiscard]] blocks next_blocks(std::size_t at_most) noexcept {
    if (std::exchange(is_first_, false)) return {block_.data(), 1};
    const core::byte* const begin = rest_.data();
    rest_ = rest_.subspan(at_most * hash_block_size);
    return {begin, at_most};
  }

  [[nodiscard]] sha256_state& state() noexcept { return state_; }

  /// finish hashes what is left.
  [[nodiscard]] sha256_digest finish() noexcept {
    while (whole_blocks() != 0) {
      const auto [begin, count] = next_blocks(whole_blocks());
      sha256_compress_armv8(state_, begin, count);
    }
    // FIPS 180-4, 5.1.1. The text ends with a block of IGE, which leaves room for all of it.
    constexpr core::byte one_bit = 0x80;
    block_.fill(0);
    std::ranges::copy(rest_, block_.begin());
    block_[rest_.size()] = one_bit;
    core::store_be(block_.data() + hash_block_size - sizeof size_, size_ * 8);
    sha256_compress_armv8(state_, block_.data(), 1);
    sha256_digest digest;
    for (std::size_t i = 0; i < state_.size(); ++i)
      core::store_be(digest.data() + i * sizeof state_[i], state_[i]);
    return digest;
  }

 private:
  sha256_state state_ = sha256_initial;
  bool is_first_ = true;
  std::array<core::byte, hash_block_size> block_;
  core::byte_view rest_;
  std::uint64_t size_;
};

/// A message that is being encrypted or decrypted in place.
template <operation What>
class ciphering {
 public:
  COROGRAM_ARMV8_ENTRY ciphering(const aes_key_iv& aes, core::byte_span text) noexcept
      : schedule_(aes.key.view()), stream_(aes.iv.view(), schedule_.in_registers()), rest_(text) {}
  ciphering(const ciphering&) = delete;
  ciphering& operator=(const ciphering&) = delete;
  ~ciphering() {
    core::wipe({static_cast<core::byte*>(static_cast<void*>(&stream_)), sizeof stream_});
  }

  /// How many blocks are left.
  [[nodiscard]] std::size_t blocks() const noexcept { return rest_.size() / aes_block_size; }

  /// run goes on by so many blocks. Pre: count <= blocks()
  COROGRAM_ARMV8_ENTRY void run(std::size_t count) noexcept {
    const armv8::round_keys keys = schedule_.in_registers();
    armv8::ige_stream<What> stream = stream_;
    for (; count != 0; --count, rest_ = rest_.subspan(aes_block_size))
      apply<0>(stream, keys, rest_.data(), armv8::nothing_beside());
    stream_ = stream;
  }

  /// run_beside goes on by `chunks` times `Blocks` blocks, four at most, and hashes so many blocks
  /// of SHA-256 meanwhile. Pre: there are as many of both.
  template <std::size_t Blocks>
  void run_beside(hashing& hashed, std::size_t chunks) noexcept {
    while (chunks != 0) {
      const auto [begin, count] = hashed.next_blocks(chunks);
      stitch<Blocks>(hashed.state(), begin, count);
      chunks -= count;
    }
  }

 private:
  template <std::size_t FirstStep, class Beside>
  COROGRAM_ARMV8 static void apply(armv8::ige_stream<What>& stream, const armv8::round_keys& keys,
                                   core::byte* block, Beside&& beside) noexcept {
    armv8::store(block, stream.template next<FirstStep>(armv8::load(block), keys, beside));
  }

  template <std::size_t... Each>
  COROGRAM_ARMV8 static void apply_each(armv8::ige_stream<What>& stream,
                                        const armv8::round_keys& keys, core::byte* text,
                                        armv8::sha256_compression& beside,
                                        std::index_sequence<Each...>) noexcept {
    (apply<4 * Each>(stream, keys, text + Each * aes_block_size, beside), ...);
  }

  // There are not registers enough for all keys and the hash. So the keys stay where they are: what
  // is loaded when it is needed goes to no other place in memory, which nobody would wipe.
  template <std::size_t Blocks>
  __attribute__((noinline)) COROGRAM_ARMV8_ENTRY void stitch(sha256_state& state,
                                                             const core::byte* hashed,
                                                             std::size_t count) noexcept {
    const armv8::round_keys& keys = schedule_.in_memory();
    armv8::ige_stream<What> stream = stream_;
    armv8::sha256_registers hash = armv8::from_state(state);
    core::byte* text = rest_.data();
    rest_ = rest_.subspan(count * Blocks * aes_block_size);
    for (; count != 0; --count, text += Blocks * aes_block_size, hashed += hash_block_size) {
      armv8::sha256_compression compression(hash, hashed);
      apply_each(stream, keys, text, compression, std::make_index_sequence<Blocks>());
      compression.steps<4 * Blocks>();
      compression.finish();
    }
    armv8::to_state(hash, state);
    stream_ = stream;
  }

  armv8::schedule<What> schedule_;
  armv8::ige_stream<What> stream_;
  core::byte_span rest_;
};

// Pre: the text has the shortest size or more.
void open(message_to_open& message) noexcept {
  //= DESC-35
  ciphering<operation::decrypt> decrypted(
      derive_v2(message.auth_key, message.msg_key, message.sender), message.text);
  decrypted.run(2);
  //= DESC-41
  hashing hashed(message.auth_key, message.sender, message.text);
  decrypted.run_beside<blocks_a_chunk>(hashed, decrypted.blocks() / blocks_a_chunk);
  switch (decrypted.blocks()) {
    case 1:
      decrypted.run_beside<1>(hashed, 1);
      break;
    case 2:
      decrypted.run_beside<2>(hashed, 1);
      break;
    case 3:
      decrypted.run_beside<3>(hashed, 1);
      break;
  }
  message.msg_key_large = hashed.finish();
}

aes_key_iv key_of(const message_to_seal& hashed) noexcept {
  //= DESC-31
  return derive_v2(hashed.auth_key, msg_key_from_large(hashed.msg_key_large), hashed.sender);
}

void encrypt(message_to_seal& message) noexcept {
  const aes_key_iv aes = key_of(message);
  //= DESC-35
  ige_encrypt_armv8(aes.key.view(), aes.iv.view(), message.text, message.text);
}

// Pre: both texts have the shortest size or more.
void encrypt_and_hash(message_to_seal& message, message_to_seal& next) noexcept {
  ciphering<operation::encrypt> encrypted(key_of(message), message.text);
  hashing hashed(next.auth_key, next.sender, next.text);
  encrypted.run_beside<blocks_a_chunk>(
      hashed, std::min(encrypted.blocks() / blocks_a_chunk, hashed.whole_blocks()));
  encrypted.run(encrypted.blocks());
  next.msg_key_large = hashed.finish();
}

}  // namespace

bool message_armv8_supported() noexcept {
  return armv8::has(HWCAP_AES | HWCAP_SHA2);
}

void open_messages_armv8(std::span<message_to_open> messages) noexcept {
  for (message_to_open& message : messages)
    if (message.text.size() < shortest_text)
      open_messages_reference({&message, 1});
    else
      open(message);
}

void seal_messages_armv8(std::span<message_to_seal> messages) noexcept {
  message_to_seal* hashed = nullptr;  // and not encrypted yet
  for (message_to_seal& message : messages) {
    if (message.text.size() < shortest_text) {
      seal_messages_reference({&message, 1});
      continue;
    }
    if (hashed != nullptr)
      encrypt_and_hash(*hashed, message);
    else
      message.msg_key_large = msg_key_large(message.auth_key, message.sender, message.text);
    hashed = &message;
  }
  if (hashed != nullptr) encrypt(*hashed);
}

}  // namespace corogram::crypto::detail

#endif

#pragma once

// The frame that SHA-1 and SHA-256 have in common around their compression (FIPS 180-4, 5.1.1,
// 5.2.1 and 6): how a text is cut into blocks, padded, and its hash written down.

#include <corogram/core/bytes.hpp>
#include <corogram/core/endian.hpp>
#include <corogram/core/secret.hpp>
#include <corogram/crypto/detail/hash_kernels.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

namespace corogram::crypto::detail {

/// A hash on its way, from the state `Initial` by the function `Compress`. Wiped when it goes.
template <auto Initial, auto Compress>
class merkle_damgard {
 public:
  using digest = std::array<core::byte, sizeof Initial>;

  merkle_damgard() noexcept = default;
  merkle_damgard(const merkle_damgard&) = delete;
  merkle_damgard& operator=(const merkle_damgard&) = delete;
  ~merkle_damgard() {
    core::wipe(block_);
    core::wipe({static_cast<core::byte*>(static_cast<void*>(state_.data())), sizeof state_});
  }

  /// update appends `text` to what is hashed.
  void update(core::byte_view text) noexcept {
    const std::size_t kept = kept_size();
    size_ += text.size();
    if (kept + text.size() < hash_block_size) {
      append(kept, text);
      return;
    }
    if (kept != 0) {
      const std::size_t missing = hash_block_size - kept;
      append(kept, text.first(missing));
      text = text.subspan(missing);
      Compress(state_, block_.data(), 1);
    }
    const std::size_t blocks = text.size() / hash_block_size;
    if (blocks != 0) Compress(state_, text.data(), blocks);
    append(0, text.subspan(blocks * hash_block_size));
  }

  /// finish returns the hash of all that came. Only begin_anew may follow.
  [[nodiscard]] digest finish() noexcept {
    constexpr std::size_t size_begin = hash_block_size - sizeof(std::uint64_t);
    constexpr core::byte one_bit = 0x80;
    std::size_t kept = kept_size();
    block_[kept++] = one_bit;
    if (kept > size_begin) {
      std::memset(block_.data() + kept, 0, hash_block_size - kept);
      Compress(state_, block_.data(), 1);
      kept = 0;
    }
    std::memset(block_.data() + kept, 0, size_begin - kept);
    core::store_be(block_.data() + size_begin, size_ * 8);
    Compress(state_, block_.data(), 1);

    digest written;
    for (std::size_t i = 0; i < state_.size(); ++i)
      core::store_be(written.data() + i * sizeof(std::uint32_t), state_[i]);
    return written;
  }

  /// begin_anew forgets all that came.
  void begin_anew() noexcept {
    core::wipe(block_);
    state_ = Initial;
    size_ = 0;
  }

 private:
  // How much of block_ waits for the rest of its block.
  [[nodiscard]] std::size_t kept_size() const noexcept {
    return static_cast<std::size_t>(size_ % hash_block_size);
  }

  void append(std::size_t kept, core::byte_view text) noexcept {
    // An empty view may point nowhere, which memcpy does not take.
    if (!text.empty()) std::memcpy(block_.data() + kept, text.data(), text.size());
  }

  std::remove_const_t<decltype(Initial)> state_ = Initial;
  std::array<core::byte, hash_block_size> block_;
  std::uint64_t size_ = 0;
};

}  // namespace corogram::crypto::detail

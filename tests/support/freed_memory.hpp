#pragma once

// Finds secrets that were left in memory: in blocks that are given back, and on the stack. Replaces
// the operators new and delete of the program, so exactly one source file of a test program of its
// own includes this.

#include <corogram/core/bytes.hpp>

#include <malloc.h>

#include <algorithm>
#include <array>
#include <bitset>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <new>

namespace corogram::test {

/// Looks for secrets in each block of memory that the program gives back, and wherever it is told
/// to. All that it knows is in
/// static memory: what it did on the heap or the stack it would find itself.
class freed_memory {
 public:
  /// As much of a secret as tells it from chance. Units: bytes.
  static constexpr std::size_t piece_size = 16;
  /// How many secrets, and how many pieces of them, can be looked for.
  static constexpr std::size_t most_secrets = 1024;
  static constexpr std::size_t most_pieces = 8192;

  /// watch looks for each piece of `secret` from now on, and returns the number of the secret.
  /// Pre: there is room for it; the caller wipes what he does not want to be found.
  static std::size_t watch(core::byte_view secret) noexcept {
    for (std::size_t at = 0; at + piece_size <= secret.size(); at += piece_size) {
      if (pieces_ == most_pieces || secrets_ == most_secrets) std::abort();
      piece& next = table_[pieces_++];
      std::copy_n(secret.begin() + static_cast<std::ptrdiff_t>(at), piece_size, next.bytes.begin());
      next.secret = secrets_;
      begins_.set(begin_of(next.bytes.data()));
    }
    return secrets_++;
  }

  /// forget ends the search and what it has found.
  static void forget() noexcept {
    table_ = {};
    found_ = {};
    begins_.reset();
    pieces_ = secrets_ = blocks_ = 0;
  }

  /// found counts the blocks that were given back with a piece of a secret in them.
  static std::size_t found(std::size_t secret) noexcept { return found_[secret]; }
  /// found counts them for all secrets.
  static std::size_t found() noexcept {
    std::size_t sum = 0;
    for (const std::size_t one : found_) sum += one;
    return sum;
  }
  /// blocks counts the blocks that were looked at.
  static std::size_t blocks() noexcept { return blocks_; }

  /// pieces_in counts the pieces of secrets in `bytes`.
  static std::size_t pieces_in(core::byte_view bytes) noexcept {
    std::size_t count = 0;
    for (std::size_t at = 0; at + piece_size <= bytes.size(); ++at)
      if (begins_[begin_of(bytes.data() + at)])
        count += piece_at(bytes.data() + at) != nullptr ? 1 : 0;
    return count;
  }

  static void look_at(const void* block, std::size_t size) noexcept {
    if (pieces_ == 0) return;
    ++blocks_;
    const auto* const bytes = static_cast<const core::byte*>(block);
    for (std::size_t at = 0; at + piece_size <= size; ++at)
      if (begins_[begin_of(bytes + at)])
        if (const piece* const one = piece_at(bytes + at)) ++found_[one->secret];
  }

 private:
  struct piece {
    std::array<core::byte, piece_size> bytes;
    std::size_t secret;
  };

  static std::size_t begin_of(const core::byte* bytes) noexcept {
    return static_cast<std::size_t>(bytes[0] << 8 | bytes[1]);
  }
  static const piece* piece_at(const core::byte* bytes) noexcept {
    for (std::size_t i = 0; i < pieces_; ++i)
      if (std::memcmp(bytes, table_[i].bytes.data(), piece_size) == 0) return &table_[i];
    return nullptr;
  }

  static inline std::array<piece, most_pieces> table_;
  static inline std::array<std::size_t, most_secrets> found_;
  /// How the pieces begin.
  static inline std::bitset<65536> begins_;
  static inline std::size_t pieces_ = 0;
  static inline std::size_t secrets_ = 0;
  static inline std::size_t blocks_ = 0;
};

/// A block as large as it was asked for, and nothing in it: whatever a library in C has left there
/// is not ours to find.
inline void* fresh_block(std::size_t size, std::size_t alignment) noexcept {
  void* block = nullptr;
  if (posix_memalign(&block, std::max(alignment, sizeof(void*)), size) != 0) return nullptr;
  std::memset(block, 0, malloc_usable_size(block));
  return block;
}

inline void give_back(void* block) noexcept {
  if (block == nullptr) return;
  freed_memory::look_at(block, malloc_usable_size(block));
  std::free(block);
}

}  // namespace corogram::test

// The other forms of new and delete end up in these.
void* operator new(std::size_t size) {
  void* const block = corogram::test::fresh_block(size, alignof(std::max_align_t));
  if (block == nullptr) throw std::bad_alloc();
  return block;
}
void* operator new(std::size_t size, std::align_val_t alignment) {
  void* const block = corogram::test::fresh_block(size, static_cast<std::size_t>(alignment));
  if (block == nullptr) throw std::bad_alloc();
  return block;
}
void operator delete(void* block) noexcept {
  corogram::test::give_back(block);
}
void operator delete(void* block, std::size_t) noexcept {
  corogram::test::give_back(block);
}
void operator delete(void* block, std::align_val_t) noexcept {
  corogram::test::give_back(block);
}
void operator delete(void* block, std::size_t, std::align_val_t) noexcept {
  corogram::test::give_back(block);
}

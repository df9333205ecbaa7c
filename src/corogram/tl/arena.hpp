#pragma once

// Memory for one decoded value: handed out piece by piece, given back all at once.

#include <cstddef>

namespace corogram::tl {

/// arena owns a few blocks and gives out pieces of them. Nothing in it is destroyed.
/// Lifetime: the pieces live as long as the arena, also when it is moved.
class arena {
 public:
  /// The first block has `first_block` bytes and each further one twice as many as the last; in
  /// all, no more than `limit` bytes are given out.
  arena(std::size_t first_block, std::size_t limit) noexcept;
  arena(arena&& other) noexcept;
  arena& operator=(arena&& other) noexcept;
  ~arena();

  /// allocate returns `size` zero bytes aligned to 8, or nullptr where the limit forbids it.
  [[nodiscard]] void* allocate(std::size_t size) noexcept;

  /// used is how many bytes have been given out.
  [[nodiscard]] std::size_t used() const noexcept { return used_; }

 private:
  struct block {
    block* previous;
  };

  void drop() noexcept;

  block* newest_ = nullptr;
  unsigned char* free_ = nullptr;
  std::size_t free_bytes_ = 0;
  std::size_t next_block_;
  std::size_t used_ = 0;
  std::size_t limit_;
};

}  // namespace corogram::tl

#include <corogram/tl/arena.hpp>
#include <corogram/tl/memory.hpp>

#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

namespace corogram::tl {

arena::arena(std::size_t first_block, std::size_t limit) noexcept
    : next_block_(first_block), limit_(limit) {}

arena::arena(arena&& other) noexcept
    : newest_(std::exchange(other.newest_, nullptr)),
      free_(std::exchange(other.free_, nullptr)),
      free_bytes_(std::exchange(other.free_bytes_, 0)),
      next_block_(other.next_block_),
      used_(std::exchange(other.used_, 0)),
      limit_(other.limit_) {}

arena& arena::operator=(arena&& other) noexcept {
  if (this != &other) {
    drop();
    newest_ = std::exchange(other.newest_, nullptr);
    free_ = std::exchange(other.free_, nullptr);
    free_bytes_ = std::exchange(other.free_bytes_, 0);
    next_block_ = other.next_block_;
    used_ = std::exchange(other.used_, 0);
    limit_ = other.limit_;
  }
  return *this;
}

arena::~arena() {
  drop();
}

void arena::drop() noexcept {
  while (newest_ != nullptr) detail::release(std::exchange(newest_, newest_->previous));
}

void* arena::allocate(std::size_t size) noexcept {
  if (size > limit_ - used_) return nullptr;
  const std::size_t rounded = (size + 7) & ~std::size_t{7};
  if (rounded > free_bytes_) {
    const std::size_t capacity = std::max(next_block_, rounded);
    void* memory = detail::allocate(sizeof(block) + capacity);
    newest_ = ::new (memory) block{newest_};
    free_ = static_cast<unsigned char*>(memory) + sizeof(block);
    free_bytes_ = capacity;
    next_block_ = capacity * 2;
  }
  void* piece = free_;
  free_ += rounded;
  free_bytes_ -= rounded;
  used_ += std::min(rounded, limit_ - used_);
  std::memset(piece, 0, size);
  return piece;
}

}  // namespace corogram::tl

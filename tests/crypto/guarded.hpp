#pragma once

// Bytes between two pages that nobody may touch: a kernel that reads or writes beyond them crashes,
// also where it is assembly that no sanitizer sees.

#include <corogram/core/bytes.hpp>

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <stdexcept>

namespace corogram::crypto::test {

/// Room for `size` bytes that end where a forbidden page begins, or begin where one ends.
class guarded {
 public:
  enum class edge { begin, end };

  guarded(std::size_t size, edge tight) : size_(size) {
    const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    const std::size_t inner = (size + page - 1) / page * page;
    mapped_ = inner + 2 * page;
    void* const at = ::mmap(nullptr, mapped_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (at == MAP_FAILED) throw std::runtime_error("no memory for guard pages");
    base_ = static_cast<core::byte*>(at);
    if (inner != 0 && ::mprotect(base_ + page, inner, PROT_READ | PROT_WRITE) != 0)
      throw std::runtime_error("guard pages cannot be set");
    begin_ = base_ + page + (tight == edge::end ? inner - size : 0);
  }
  guarded(const guarded&) = delete;
  guarded& operator=(const guarded&) = delete;
  ~guarded() { ::munmap(base_, mapped_); }

  [[nodiscard]] core::byte_span span() const noexcept { return {begin_, size_}; }

 private:
  std::size_t size_, mapped_;
  core::byte* base_;
  core::byte* begin_;
};

}  // namespace corogram::crypto::test

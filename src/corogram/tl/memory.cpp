#include <corogram/tl/memory.hpp>
#include <corogram/tl/string.hpp>
#include <corogram/tl/vector.hpp>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <new>

namespace corogram::tl::detail {

void* allocate(std::size_t size) noexcept {
  return ::operator new(size);
}

void release(void* memory) noexcept {
  ::operator delete(memory);
}

void copy_bytes(void* to, const void* from, std::size_t size) noexcept {
  if (size != 0) std::memcpy(to, from, size);
}

bool same_bytes(const void* a, const void* b, std::size_t size) noexcept {
  return size == 0 || std::memcmp(a, b, size) == 0;
}

std::size_t text_length(const char* text) noexcept {
  return std::strlen(text);
}

void misuse(const char* what) noexcept {
  std::fprintf(stderr, "%s\n", what);
  std::abort();
}

octets::octets(const void* data, std::size_t size) {
  if (size == 0) return;
  if (size > std::numeric_limits<std::uint32_t>::max()) misuse("tl: more than 4 GiB in one value");
  void* copy = allocate(size);
  std::memcpy(copy, data, size);
  data_ = static_cast<const std::uint8_t*>(copy);
  size_ = static_cast<std::uint32_t>(size);
  owned_ = 1;
}

void octets::adopt_view(const void* data, std::size_t size) noexcept {
  if (size > std::numeric_limits<std::uint32_t>::max()) misuse("tl: more than 4 GiB in one value");
  drop();
  data_ = static_cast<const std::uint8_t*>(data);
  size_ = static_cast<std::uint32_t>(size);
  owned_ = 0;
}

void vector_base::grow(std::size_t element_size, std::size_t wanted) noexcept {
  constexpr std::size_t greatest = std::numeric_limits<std::int32_t>::max();
  if (wanted > greatest) misuse("tl: more elements than a vector's count can tell");
  std::size_t capacity = std::size_t{capacity_} * 2;
  if (capacity < wanted) capacity = wanted;
  if (capacity > greatest) capacity = greatest;
  void* moved = allocate(capacity * element_size);
  copy_bytes(moved, data_, size_ * element_size);
  if (capacity_ != 0) release(data_);
  data_ = moved;
  capacity_ = static_cast<std::uint32_t>(capacity);
}

}  // namespace corogram::tl::detail

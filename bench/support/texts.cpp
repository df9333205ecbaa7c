#include "support/texts.hpp"

#include <charconv>
#include <new>

namespace corogram::bench {

texts::texts(std::size_t count, std::size_t size, placing how, core::random_source& random) {
  constexpr std::size_t page = 4096, line = 64;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t offset = how == placing::line_by_line ? i * line % page : 0;
    const std::size_t pages = (offset + size + page - 1) / page;
    void* const made =
        how == placing::line_by_line ? std::aligned_alloc(page, pages * page) : std::malloc(size);
    if (made == nullptr) throw std::bad_alloc();
    memory_.emplace_back(static_cast<core::byte*>(made));
    views_.emplace_back(memory_.back().get() + offset, size);
    random.fill(views_.back());
  }
}

std::size_t lanes_of(std::string_view kernel) {
  const std::size_t at = kernel.rfind('x');
  const bool begins_there = at == 0 || (at != kernel.npos && kernel[at - 1] == '_');
  std::size_t lanes = 0;
  if (begins_there) std::from_chars(kernel.data() + at + 1, kernel.data() + kernel.size(), lanes);
  return lanes;
}

}  // namespace corogram::bench

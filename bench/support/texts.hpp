#pragma once

// Several texts at once, and where in memory they are.
//
// Large blocks of malloc begin at nearly the same offset in a page. The texts of a dozen lanes then
// fall into the same few sets of the cache at every step, and when these are more than the cache
// has ways, they evict each other.

#include <corogram/core/bytes.hpp>
#include <corogram/core/random.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace corogram::bench {

enum class placing {
  line_by_line,  ///< each begins a cache line further in its page than the one before
  as_allocated,  ///< where malloc puts them
};

/// What operations on texts placed in this way have at the end of their name.
constexpr std::string_view suffix_of(placing how) {
  return how == placing::as_allocated ? "_as_allocated" : "";
}

class texts {
 public:
  texts(std::size_t count, std::size_t size, placing how, core::random_source& random);

  [[nodiscard]] core::byte_span operator[](std::size_t i) const { return views_[i]; }

 private:
  struct release {
    void operator()(core::byte* memory) const { std::free(memory); }
  };

  std::vector<std::unique_ptr<core::byte, release>> memory_;
  std::vector<core::byte_span> views_;
};

/// lanes_of tells how many texts at once a kernel named x2 or vaes_x12 is made for; 0 if the name
/// does not say.
std::size_t lanes_of(std::string_view kernel);

/// run_in_lots hands `all` to a kernel, so many at a time.
template <class Function, class Text>
void run_in_lots(Function run, std::span<Text> all, std::size_t lot) {
  for (std::size_t begin = 0; begin < all.size(); begin += lot)
    run(all.subspan(begin, std::min(lot, all.size() - begin)));
}

}  // namespace corogram::bench

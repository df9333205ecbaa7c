// gzip and zlib streams with a cap on what they inflate to; and everything packed comes back.

#include "support/target.hpp"

#include <corogram/tl/gzip.hpp>

#include <algorithm>

namespace corogram::fuzz {

void run(core::byte_view input) noexcept {
  choices from(input);
  const std::size_t limit = std::size_t{1} << from.below(18);
  if (const auto plain = tl::gunzip(from.rest(), limit)) {
    require(plain->size() <= limit, "no more than the limit");
    const auto unlimited = tl::gunzip(from.rest());
    require(unlimited && *unlimited == *plain, "the limit does not change the content");
  }
  const auto again = tl::gunzip(tl::gzip(from.rest()), from.rest().size());
  require(again && core::byte_view(*again).size() == from.rest().size() &&
              std::equal(again->begin(), again->end(), from.rest().begin()),
          "what is packed comes back");
}

}  // namespace corogram::fuzz

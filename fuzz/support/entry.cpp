// The function that libFuzzer, AFL++ and our own replay call.

#include "target.hpp"

#include <cstdio>
#include <cstdlib>

namespace corogram::fuzz {

void require(bool holds, const char* property) noexcept {
  if (holds) return;
  std::fprintf(stderr, "this does not hold: %s\n", property);
  std::abort();
}

void require_within(const core::error& failure, std::size_t size) noexcept {
  require(failure.offset == core::error::no_offset || failure.offset <= size,
          "the offset of an error lies within the input");
}

}  // namespace corogram::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  corogram::fuzz::run({data, size});
  return 0;
}

// The full framing, with its numbers and checksums, at either end.

#include "support/framing.hpp"
#include "support/target.hpp"

namespace corogram::fuzz {

void run(core::byte_view input) noexcept {
  check_framing(input, transport::framing::full);
}

}  // namespace corogram::fuzz

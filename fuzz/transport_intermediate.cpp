// The intermediate framing, at either end.

#include "support/framing.hpp"
#include "support/target.hpp"

namespace corogram::fuzz {

void run(core::byte_view input) noexcept {
  check_framing(input, transport::framing::intermediate);
}

}  // namespace corogram::fuzz

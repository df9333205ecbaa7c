// Records of fake TLS as a carrier, at either end.

#include "support/framing.hpp"
#include "support/target.hpp"

namespace corogram::fuzz {

void run(core::byte_view input) noexcept {
  check_carrier(input, transport::carrier_kind::fake_tls);
}

}  // namespace corogram::fuzz

// WebSocket frames as a carrier, at either end.

#include "support/framing.hpp"
#include "support/target.hpp"

namespace corogram::fuzz {

void run(core::byte_view input) noexcept {
  check_carrier(input, transport::carrier_kind::websocket);
}

}  // namespace corogram::fuzz

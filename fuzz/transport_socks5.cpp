// What a SOCKS5 proxy answers, to clients with and without a user, for each kind of address.

#include "support/handshake.hpp"
#include "support/target.hpp"

#include <corogram/transport/socks5.hpp>

#include <array>

namespace corogram::fuzz {

namespace {

using namespace transport;

proxy_destination destination(core::byte chosen) {
  switch (chosen % 3) {
    case 0:
      return {std::array<core::byte, 4>{127, 0, 0, 1}, 443};
    case 1:
      return {std::array<core::byte, 16>{0x20, 0x01, 0x0d, 0xb8}, 443};
    default:
      return {std::string("example.org"), 443};
  }
}

}  // namespace

void run(core::byte_view input) noexcept {
  choices from(input);
  const core::byte chosen = from.byte();
  const std::uint64_t pieces = from.byte() | 1u;
  check_handshake(from.rest(), pieces, [&](core::random_source&) {
    std::optional<proxy_user> user;
    if ((chosen & 128) != 0)
      user = proxy_user{core::secret_buffer(core::as_bytes("user")),
                        core::secret_buffer(core::as_bytes("password"))};
    return std::make_unique<socks5_handshake>(destination(chosen), std::move(user));
  });
}

}  // namespace corogram::fuzz

// What an HTTP proxy answers to CONNECT, with and without a user.

#include "support/handshake.hpp"
#include "support/target.hpp"

#include <corogram/transport/http_connect.hpp>

namespace corogram::fuzz {

void run(core::byte_view input) noexcept {
  using namespace transport;
  choices from(input);
  const bool with_user = from.flag();
  const std::uint64_t pieces = from.byte() | 1u;
  check_handshake(from.rest(), pieces, [&](core::random_source&) {
    std::optional<proxy_user> user;
    if (with_user)
      user = proxy_user{core::secret_buffer(core::as_bytes("user")),
                        core::secret_buffer(core::as_bytes("password"))};
    return std::make_unique<http_connect_handshake>("example.org:443", std::move(user));
  });
}

}  // namespace corogram::fuzz

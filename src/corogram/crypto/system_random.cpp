#include <corogram/crypto/detail/openssl.hpp>
#include <corogram/crypto/system_random.hpp>

#include <openssl/rand.h>

#include <algorithm>
#include <cstddef>

namespace corogram::crypto {

void system_random::fill(core::byte_span bytes) noexcept {
  // OpenSSL counts in int.
  constexpr std::size_t most_at_once = std::size_t{1} << 30;
  while (!bytes.empty()) {
    const core::byte_span part = bytes.first(std::min(bytes.size(), most_at_once));
    detail::require(RAND_priv_bytes(part.data(), static_cast<int>(part.size())) == 1);
    bytes = bytes.subspan(part.size());
  }
}

}  // namespace corogram::crypto

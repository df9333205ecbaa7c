// Generators of the known prime raised to a power, on every kernel of this machine, against
// OpenSSL.

#include "support/openssl.hpp"
#include "support/target.hpp"

#include <corogram/crypto/dh_kernel.hpp>

#include <algorithm>
#include <array>

namespace corogram::fuzz {

void run(core::byte_view input) noexcept {
  choices from(input);
  const std::int32_t g =
      crypto::known_prime_generators[from.below(crypto::known_prime_generators.size())];
  std::array<core::byte, crypto::dh_size> exponent{};
  exponent.fill(from.byte());
  const core::byte_view chosen = from.take(exponent.size());
  std::ranges::copy(chosen, exponent.end() - static_cast<std::ptrdiff_t>(chosen.size()));
  const std::array<core::byte, 1> base{static_cast<core::byte>(g)};
  const core::byte_buffer expected = openssl::power(base, exponent, crypto::known_prime());
  for (const crypto::dh_kernel& kernel : crypto::dh_kernels())
    if (kernel.supported())
      require(std::ranges::equal(kernel.power(g, exponent).view(), expected), "OpenSSL's power");
}

}  // namespace corogram::fuzz

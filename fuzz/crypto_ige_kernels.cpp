// Every IGE kernel of this machine against the reference, at any alignment, apart and in place.

#include "support/target.hpp"

#include <corogram/crypto/ige.hpp>
#include <corogram/crypto/ige_kernel.hpp>

#include <algorithm>
#include <array>

namespace corogram::fuzz {

void run(core::byte_view input) noexcept {
  choices from(input);
  std::array<core::byte, 32> key{}, iv{};
  std::ranges::copy(from.take(32), key.begin());
  std::ranges::copy(from.take(32), iv.begin());
  const std::size_t shift = from.below(16);
  const std::size_t size = from.rest().size() / crypto::aes_block_size * crypto::aes_block_size;
  const core::byte_view plain = from.take(size);

  core::byte_buffer expected(size);
  const crypto::ige_kernel& reference = crypto::ige_kernels().front();
  reference.encrypt(key, iv, plain, expected);
  for (const crypto::ige_kernel& kernel : crypto::ige_kernels()) {
    if (!kernel.supported()) continue;
    core::byte_buffer block(shift + size);
    const core::byte_span place = core::byte_span(block).subspan(shift);
    kernel.encrypt(key, iv, plain, place);
    require(std::ranges::equal(place, expected), "kernels encrypt the same");
    kernel.decrypt(key, iv, place, place);
    require(std::ranges::equal(place, plain), "decrypting in place undoes it");
    kernel.encrypt(key, iv, place, place);
    require(std::ranges::equal(place, expected), "and so in place");
  }
}

}  // namespace corogram::fuzz

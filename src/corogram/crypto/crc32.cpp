#include <corogram/core/endian.hpp>
#include <corogram/crypto/crc32.hpp>

#include <array>
#include <cstddef>

namespace corogram::crypto {

namespace {

// Eight bytes at a time ("slicing by eight"): table k holds what a byte contributes once k more
// zero bytes have followed it. Table 0 alone is the textbook form and serves the rest.
using tables = std::array<std::array<std::uint32_t, 256>, 8>;

constexpr tables make_tables() noexcept {
  constexpr std::uint32_t polynomial = 0xedb88320;
  tables made{};
  for (std::uint32_t value = 0; value < 256; ++value) {
    std::uint32_t crc = value;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? polynomial : 0);
    made[0][value] = crc;
  }
  for (std::size_t k = 1; k < made.size(); ++k)
    for (std::size_t value = 0; value < 256; ++value)
      made[k][value] = (made[k - 1][value] >> 8) ^ made[0][made[k - 1][value] & 0xff];
  return made;
}

constexpr tables table = make_tables();

}  // namespace

std::uint32_t crc32(core::byte_view bytes, std::uint32_t before) noexcept {
  std::uint32_t crc = ~before;
  for (; bytes.size() >= 8; bytes = bytes.subspan(8)) {
    const std::uint32_t low = crc ^ core::load_le<std::uint32_t>(bytes.data());
    const std::uint32_t high = core::load_le<std::uint32_t>(bytes.data() + 4);
    crc = 0;
    for (std::size_t i = 0; i < 4; ++i)
      crc ^= table[7 - i][(low >> (8 * i)) & 0xff] ^ table[3 - i][(high >> (8 * i)) & 0xff];
  }
  for (const core::byte value : bytes) crc = (crc >> 8) ^ table[0][(crc ^ value) & 0xff];
  return ~crc;
}

}  // namespace corogram::crypto

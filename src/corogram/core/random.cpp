#include <corogram/core/random.hpp>

namespace corogram::core {

std::uint64_t test_random::next() noexcept {
  state_ += 0x9e3779b97f4a7c15;
  std::uint64_t z = state_;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

void test_random::fill(byte_span bytes) noexcept {
  while (!bytes.empty()) {
    std::array<byte, 8> word;
    store_le(word.data(), next());
    const std::size_t count = std::min(bytes.size(), word.size());
    std::copy_n(word.begin(), count, bytes.begin());
    bytes = bytes.subspan(count);
  }
}

}  // namespace corogram::core

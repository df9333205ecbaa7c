#include <corogram/core/secret.hpp>

#include <cstring>

namespace corogram::core {

// What it cannot reach are the processor's registers. With the first call of a function the dynamic
// linker saves them on the stack, with what was copied last, unless the program is linked with
// -z now, as the one of the layer tools is.
void wipe(byte_span bytes) noexcept {
  if (bytes.empty()) return;
  std::memset(bytes.data(), 0, bytes.size());
  // The barrier claims to read the memory, so the memset before it is never dead.
  __asm__ __volatile__("" : : "r"(bytes.data()) : "memory");
}

bool equal_constant_time(byte_view a, byte_view b) noexcept {
  if (a.size() != b.size()) return false;
  byte difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    difference = static_cast<byte>(difference | (a[i] ^ b[i]));
  // Hides the value from the optimiser, which could otherwise turn the loop into an early exit.
  __asm__ __volatile__("" : "+r"(difference));
  return difference == 0;
}

}  // namespace corogram::core

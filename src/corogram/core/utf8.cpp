#include <corogram/core/utf8.hpp>

#include <cstddef>

namespace corogram::core {

bool is_utf8(std::string_view text) noexcept {
  const auto byte_at = [text](std::size_t at) { return static_cast<unsigned char>(text[at]); };
  for (std::size_t at = 0; at < text.size();) {
    const unsigned lead = byte_at(at++);
    if (lead < 0x80) continue;
    // The range of the second byte rules out overlong forms, surrogates and what is too great.
    unsigned low = 0x80;
    unsigned high = 0xbf;
    std::size_t more = 0;
    if (lead >= 0xc2 && lead <= 0xdf) {
      more = 1;
    } else if (lead >= 0xe0 && lead <= 0xef) {
      more = 2;
      if (lead == 0xe0) low = 0xa0;
      if (lead == 0xed) high = 0x9f;
    } else if (lead >= 0xf0 && lead <= 0xf4) {
      more = 3;
      if (lead == 0xf0) low = 0x90;
      if (lead == 0xf4) high = 0x8f;
    } else {
      return false;
    }
    for (; more > 0; --more, low = 0x80, high = 0xbf) {
      if (at == text.size() || byte_at(at) < low || byte_at(at) > high) return false;
      ++at;
    }
  }
  return true;
}

}  // namespace corogram::core

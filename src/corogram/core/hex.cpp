#include <corogram/core/endian.hpp>
#include <corogram/core/hex.hpp>

#include <array>
#include <optional>

namespace corogram::core {
namespace {

constexpr std::string_view digit_characters = "0123456789abcdef";

std::optional<byte> digit_value(char c) {
  if (c >= '0' && c <= '9') return static_cast<byte>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<byte>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<byte>(c - 'A' + 10);
  return std::nullopt;
}

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

}  // namespace

std::string to_hex(byte_view bytes) {
  std::string text;
  text.reserve(2 * bytes.size());
  for (const byte b : bytes) {
    text += digit_characters[b >> 4];
    text += digit_characters[b & 0x0f];
  }
  return text;
}

std::string wire_hex(std::int64_t number) {
  std::array<byte, sizeof(number)> bytes;
  store_le(bytes.data(), number);
  return to_hex(bytes);
}

result<byte_buffer> from_hex(std::string_view digits) {
  byte_buffer bytes;
  bytes.reserve(digits.size() / 2);
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (is_space(digits[i])) continue;
    const auto high = digit_value(digits[i]);
    if (!high) return error(errc::bad_hex, i, "a hexadecimal digit");
    if (i + 1 == digits.size()) return error(errc::bad_hex, i, "digits in pairs");
    const auto low = digit_value(digits[++i]);
    if (!low) return error(errc::bad_hex, i, "the second digit of a pair");
    bytes.push_back(static_cast<byte>(*high << 4 | *low));
  }
  return bytes;
}

}  // namespace corogram::core

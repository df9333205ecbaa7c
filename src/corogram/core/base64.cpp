#include <corogram/core/base64.hpp>

#include <algorithm>
#include <cstdint>
#include <optional>

namespace corogram::core {
namespace {

constexpr std::string_view digits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

std::optional<std::uint32_t> digit_value(char c) {
  if (c == '-') c = '+';
  if (c == '_') c = '/';
  const std::size_t value = digits.find(c);
  if (value == std::string_view::npos) return std::nullopt;
  return static_cast<std::uint32_t>(value);
}

}  // namespace

std::string to_base64(byte_view bytes) {
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t count = std::min<std::size_t>(bytes.size() - i, 3);
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k) group = group << 8 | (k < count ? bytes[i + k] : 0u);
    for (std::size_t k = 0; k < 4; ++k)
      text += k <= count ? digits[group >> (18 - 6 * k) & 0x3f] : '=';
  }
  return text;
}

result<byte_buffer> from_base64(std::string_view text) {
  std::string_view body = text;
  if (text.size() % 4 == 0)
    for (int i = 0; i < 2 && body.ends_with('='); ++i) body.remove_suffix(1);
  if (body.size() % 4 == 1) return error(errc::bad_base64, body.size() - 1, "one digit more");

  byte_buffer bytes;
  bytes.reserve(body.size() * 3 / 4);
  std::uint32_t group = 0;
  int bits = 0;
  for (std::size_t i = 0; i < body.size(); ++i) {
    const auto value = digit_value(body[i]);
    if (!value) return error(errc::bad_base64, i, "a digit of base64");
    group = group << 6 | *value;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes.push_back(static_cast<byte>(group >> bits));
  }
  return bytes;
}

}  // namespace corogram::core

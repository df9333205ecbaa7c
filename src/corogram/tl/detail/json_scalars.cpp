#include <corogram/core/base64.hpp>
#include <corogram/core/hex.hpp>
#include <corogram/tl/detail/json_scalars.hpp>

#include <bit>
#include <charconv>
#include <limits>
#include <string>

namespace corogram::tl::detail {
namespace {

constexpr std::size_t longest_string = (1U << 24) - 1;

core::error wrong_type(const json_value& json, std::string_view expected) noexcept {
  return {json_errc::wrong_type, json.offset, expected};
}

}  // namespace

template <class T>
core::result<T> json_integer(const json_value& json, std::string_view expected) {
  // Programs that read numbers as doubles write a long as a string.
  const bool is_quoted = sizeof(T) == 8 && json.kind == json_kind::string;
  if (json.kind != json_kind::number && !is_quoted) return wrong_type(json, expected);
  T read{};
  const char* const end = json.text.data() + json.text.size();
  const auto [stop, error] = std::from_chars(json.text.data(), end, read);
  if (error == std::errc::result_out_of_range) {
    return core::error(json_errc::out_of_range, json.offset, expected);
  }
  if (error == std::errc() && stop == end) return read;
  // A negative number is a whole one still, but not of an unsigned type.
  const bool is_whole = json.text.find_first_not_of("-0123456789") == std::string::npos;
  if (is_whole && json.kind == json_kind::number) {
    return core::error(json_errc::out_of_range, json.offset, expected);
  }
  return wrong_type(json, expected);
}

core::result<double> json_double(const json_value& json) {
  constexpr std::string_view expected =
      "a number, \"Infinity\", \"-Infinity\", or \"NaN:\" and 16 digits";
  if (json.kind == json_kind::number) {
    double read = 0;
    const char* const end = json.text.data() + json.text.size();
    if (std::from_chars(json.text.data(), end, read).ec == std::errc()) return read;
    return core::error(json_errc::out_of_range, json.offset, "a double");
  }
  if (json.kind != json_kind::string) return wrong_type(json, expected);
  if (json.text == "Infinity") return std::numeric_limits<double>::infinity();
  if (json.text == "-Infinity") return -std::numeric_limits<double>::infinity();
  const std::string_view text = json.text;
  if (!text.starts_with("NaN:") || text.size() != 20) return wrong_type(json, expected);
  std::uint64_t bits = 0;
  const auto [stop, error] = std::from_chars(text.data() + 4, text.data() + 20, bits, 16);
  if (error != std::errc() || stop != text.data() + 20) return wrong_type(json, expected);
  return std::bit_cast<double>(bits);
}

core::result<core::byte_buffer> json_bytes(const json_value& json) {
  if (json.kind != json_kind::string) {
    return wrong_type(json, "a string of base64, or hex: and hexadecimal digits");
  }
  constexpr std::string_view hex = "hex:";
  auto read = json.text.starts_with(hex)
                  ? core::from_hex(std::string_view(json.text).substr(hex.size()))
                  : core::from_base64(json.text);
  if (!read) {
    return core::error(json_errc::bad_bytes, json.offset, "base64, or hex: and hexadecimal digits");
  }
  if (read->size() > longest_string) {
    return core::error(json_errc::out_of_range, json.offset, "less than 16 MiB");
  }
  return *std::move(read);
}

core::result<core::byte_buffer> json_string(const json_value& json) {
  if (json.kind == json_kind::object) {
    const json_value* encoded = json.find("base64");
    if (encoded == nullptr || json.members.size() != 1) {
      return wrong_type(json, "a string, or {\"base64\":\"...\"}");
    }
    return json_bytes(*encoded);
  }
  if (json.kind != json_kind::string) return wrong_type(json, "a string");
  if (json.text.size() > longest_string) {
    return core::error(json_errc::out_of_range, json.offset, "less than 16 MiB");
  }
  return core::byte_buffer(json.text.begin(), json.text.end());
}

core::result<core::byte_buffer> json_digits(const json_value& json, std::size_t size) {
  const std::string_view expected = size == 16 ? "32 hexadecimal digits" : "64 hexadecimal digits";
  if (json.kind != json_kind::string) return wrong_type(json, expected);
  auto read = core::from_hex(json.text);
  if (!read) return core::error(json_errc::bad_bytes, json.offset, expected);
  if (read->size() != size) return core::error(json_errc::out_of_range, json.offset, expected);
  return *std::move(read);
}

template core::result<std::uint32_t> json_integer(const json_value&, std::string_view);
template core::result<std::int32_t> json_integer(const json_value&, std::string_view);
template core::result<std::int64_t> json_integer(const json_value&, std::string_view);

}  // namespace corogram::tl::detail

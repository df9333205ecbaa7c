#include <corogram/transport/errc.hpp>
#include <corogram/transport/http_head.hpp>

#include <algorithm>
#include <charconv>

namespace corogram::transport {

namespace {

constexpr std::string_view line_end = "\r\n";
constexpr std::string_view head_end = "\r\n\r\n";
constexpr std::string_view version = "HTTP/1.";

core::error bad_http(std::string_view expected) {
  return {errc::bad_http, core::error::no_offset, expected};
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, lower, lower);
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blanks = " \t";
  const std::size_t begin = text.find_first_not_of(blanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
}

/// Takes the text up to `separator` from the front, and the separator with it.
std::string_view take_until(std::string_view& text, std::string_view separator) {
  const std::string_view taken = text.substr(0, text.find(separator));
  text.remove_prefix(std::min(text.size(), taken.size() + separator.size()));
  return taken;
}

template <class Number>
std::optional<Number> number_in(std::string_view text) {
  Number value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, failure] = std::from_chars(text.data(), end, value);
  if (failure != std::errc() || stop != end) return std::nullopt;
  return value;
}

}  // namespace

core::result<std::optional<http_head>> http_head::parse(core::byte_view input) {
  const std::string_view text = core::as_text(input.first(std::min(input.size(), max_size)));
  const std::size_t end = text.find(head_end);
  if (end == std::string_view::npos) {
    if (input.size() >= max_size) return bad_http("a head of at most 8192 bytes");
    return std::optional<http_head>();
  }

  http_head head;
  head.size_ = end + head_end.size();
  std::string_view lines = text.substr(0, end);
  COROGRAM_CHECK(head.parse_start_line(take_until(lines, line_end)));
  while (!lines.empty()) {
    const std::string_view line = take_until(lines, line_end);
    const std::size_t colon = line.find(':');
    const std::string_view name = line.substr(0, colon);
    if (colon == std::string_view::npos || name.empty() ||
        name.find_first_of(" \t") != std::string_view::npos)
      return bad_http("fields of the form name: value");
    head.fields_.emplace_back(name, trimmed(line.substr(colon + 1)));
  }
  return std::optional<http_head>(std::move(head));
}

core::result<void> http_head::parse_start_line(std::string_view line) {
  std::string_view rest = line;
  const std::string_view first = take_until(rest, " ");
  const std::string_view second = take_until(rest, " ");
  if (first.starts_with(version)) {
    const auto status = number_in<int>(second);
    if (second.size() != 3 || !status || *status < 100) return bad_http("a status of 3 digits");
    status_ = *status;
    return {};
  }
  if (first.empty() || second.empty() || !rest.starts_with(version))
    return bad_http("a method, a target and HTTP/1.1");
  method_ = first;
  target_ = second;
  return {};
}

std::optional<std::string_view> http_head::field(std::string_view name) const noexcept {
  for (const auto& [key, value] : fields_)
    if (equal_ignoring_case(key, name)) return value;
  return std::nullopt;
}

bool http_head::has_token(std::string_view name, std::string_view token) const noexcept {
  for (const auto& [key, value] : fields_) {
    if (!equal_ignoring_case(key, name)) continue;
    std::string_view list = value;
    while (!list.empty())
      if (equal_ignoring_case(trimmed(take_until(list, ",")), token)) return true;
  }
  return false;
}

core::result<std::optional<std::uint64_t>> http_head::content_length() const {
  if (field("Transfer-Encoding")) return bad_http("a body with its length before it");
  const auto text = field("Content-Length");
  if (!text) return std::optional<std::uint64_t>();
  const auto length = number_in<std::uint64_t>(*text);
  if (!length) return bad_http("a length in digits");
  return length;
}

core::result<std::optional<http_head>> collect_http_head(core::byte_view& received,
                                                         core::byte_buffer& collected) {
  while (!received.empty()) {
    collected.push_back(received.front());
    received = received.subspan(1);
    const bool is_whole = core::as_text(collected).ends_with(head_end);
    if (is_whole || collected.size() >= http_head::max_size) return http_head::parse(collected);
  }
  return std::optional<http_head>();
}

std::string_view http_reason(int status) noexcept {
  switch (status) {
    case 200:
      return "OK";
    case 400:
      return "Bad Request";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 411:
      return "Length Required";
    case 413:
      return "Content Too Large";
    case 429:
      return "Too Many Requests";
    case 500:
      return "Internal Server Error";
    default:
      return "Error";
  }
}

bool is_api_path(std::string_view target) noexcept {
  constexpr std::string_view beginning = "/api";
  constexpr std::string_view allowed = "abcdefghijklmnopqrstuvwxyz0123456789_";
  return target.starts_with(beginning) &&
         target.find_first_not_of(allowed, beginning.size()) == std::string_view::npos;
}

}  // namespace corogram::transport

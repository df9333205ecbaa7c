// The head of an HTTP message. More bytes behind it change nothing, fewer leave it open; and
// collecting it in pieces gives the same.

#include "support/target.hpp"

#include <corogram/transport/errc.hpp>
#include <corogram/transport/http_head.hpp>

#include <algorithm>
#include <optional>
#include <string>

namespace corogram::fuzz {

namespace {

using namespace transport;

std::string told(const http_head& head) {
  std::string text = std::string(head.method()) + " " + std::string(head.target()) + " " +
                     std::to_string(head.status()) + " " + std::to_string(head.size());
  for (const char* const name : {"Host", "Upgrade", "Connection", "Sec-WebSocket-Key"})
    text += "|" + std::string(head.field(name).value_or("-"));
  text += head.has_token("connection", "upgrade") ? " upgrade" : "";
  if (const auto length = head.content_length())
    text += *length ? " " + std::to_string(**length) : " no length";
  else
    text += " bad length";
  return text;
}

}  // namespace

void run(core::byte_view input) noexcept {
  choices from(input);
  const std::uint64_t pieces = from.byte() | 1u;
  const core::byte_view wire = from.rest();
  const auto head = http_head::parse(wire);
  if (!head) {
    require(head.error().code == make_error_code(errc::bad_http), "one error");
    require_within(head.error(), wire.size());
  } else if (*head) {
    const std::size_t size = (*head)->size();
    require(size <= wire.size() && size <= http_head::max_size, "a head has its limit");
    require((*head)->method().empty() == ((*head)->status() != 0), "a request or a response");
    require(is_api_path((*head)->target()) <= (*head)->target().starts_with("/api"), "a path");
    const core::byte_buffer exact(wire.begin(), wire.begin() + static_cast<std::ptrdiff_t>(size));
    const auto same = http_head::parse(exact);
    require(same && *same && told(**same) == told(**head), "what follows does not matter");
    const auto open = http_head::parse(core::byte_view(exact).first(size - 1));
    require(open && !*open, "it ends with its last byte");
  } else {
    require(wire.size() <= http_head::max_size, "no head is waited for beyond its limit");
  }

  core::byte_buffer collected;
  std::optional<std::string> found;
  bool failed = false;
  in_pieces(wire, pieces, [&](core::byte_view piece) {
    if (found || failed) return;
    const auto one = collect_http_head(piece, collected);
    failed = !one;
    if (one && *one) found = told(**one);
  });
  const bool whole = head && *head;
  require(found.has_value() == whole && failed == !head, "the same outcome in pieces");
  if (whole) require(*found == told(**head), "and the same head");
}

}  // namespace corogram::fuzz

// The first bytes of a connection, one after the other. What is said of them is not taken back when
// more arrive, and fewer bytes than asked for say nothing.

#include "support/target.hpp"

#include <corogram/transport/detect.hpp>
#include <corogram/transport/errc.hpp>
#include <corogram/transport/obfuscated.hpp>

#include <algorithm>
#include <string>
#include <variant>

namespace corogram::fuzz {

namespace {

using namespace transport;

// The verdict as text; empty while more is needed, which is then in `needed`.
std::string verdict(core::byte_view first, std::size_t& needed) {
  const auto outcome = detect(first, default_server_max_payload);
  if (!outcome) {
    require(outcome.error().code == make_error_code(errc::unknown_protocol), "one error");
    require_within(outcome.error(), first.size());
    return "refused";
  }
  if (const auto* const more = std::get_if<incomplete>(&*outcome)) {
    needed = more->needed;
    return {};
  }
  if (const auto* const plain = std::get_if<plain_start>(&*outcome)) {
    require(plain->tag_size <= first.size(), "the tag has come");
    return "plain " + std::string(to_string(plain->kind));
  }
  if (const auto* const http = std::get_if<http_start>(&*outcome))
    return http->is_get ? "http get" : "http";
  return std::holds_alternative<tls_start>(*outcome) ? "tls" : "obfuscated";
}

}  // namespace

void run(core::byte_view input) noexcept {
  std::string decided;
  std::size_t needed = 0;
  for (std::size_t size = 0; size <= std::min<std::size_t>(input.size(), 80); ++size) {
    const core::byte_buffer first(input.begin(), input.begin() + static_cast<std::ptrdiff_t>(size));
    std::size_t wanted = 0;
    const std::string now = verdict(first, wanted);
    if (!decided.empty()) require(now == decided, "a verdict is not taken back");
    if (now.empty()) {
      require(wanted > size && wanted <= obfuscation_header_size, "as many bytes as may decide");
      require(wanted >= needed, "what is needed does not shrink");
      needed = wanted;
    } else if (decided.empty()) {
      require(size >= needed, "fewer bytes than needed decide nothing");
      decided = now;
    }
  }
  if (input.size() >= obfuscation_header_size) require(!decided.empty(), "64 bytes decide");
}

}  // namespace corogram::fuzz

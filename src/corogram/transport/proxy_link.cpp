#include <corogram/core/hex.hpp>
#include <corogram/transport/errc.hpp>
#include <corogram/transport/proxy_secret.hpp>

#include <charconv>
#include <optional>

namespace corogram::transport {

namespace {

core::error bad_link(std::string_view expected) {
  return {errc::bad_proxy_link, core::error::no_offset, expected};
}

/// The text behind the question mark, if the link is one to a proxy.
std::optional<std::string_view> query_of(std::string_view link) {
  constexpr std::string_view schemes[] = {"https://", "http://", ""};
  constexpr std::string_view hosts[] = {"t.me", "telegram.me", "telegram.dog"};
  for (const std::string_view start : {"tg://proxy?", "tg:proxy?"})
    if (link.starts_with(start)) return link.substr(start.size());
  for (const std::string_view scheme : schemes) {
    if (!link.starts_with(scheme)) continue;
    const std::string_view rest = link.substr(scheme.size());
    for (const std::string_view host : hosts) {
      constexpr std::string_view path = "/proxy?";
      if (rest.starts_with(host) && rest.substr(host.size()).starts_with(path))
        return rest.substr(host.size() + path.size());
    }
  }
  return std::nullopt;
}

/// Undoes percent encoding. A plus sign stays one: it is a digit of base64.
std::optional<std::string> decoded(std::string_view text) {
  std::string plain;
  while (!text.empty()) {
    std::size_t taken = 1;
    char next = text.front();
    if (next == '%') {
      taken = 3;
      const auto byte = core::from_hex(text.substr(1, 2));
      if (!byte || byte->size() != 1) return std::nullopt;
      next = static_cast<char>((*byte)[0]);
    }
    plain += next;
    text.remove_prefix(taken);
  }
  return plain;
}

/// The value of the parameter `name`, decoded.
std::optional<std::string> parameter(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    const std::string_view one = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), one.size() + 1));
    const std::size_t sign = one.find('=');
    if (one.substr(0, sign) == name && sign != std::string_view::npos)
      return decoded(one.substr(sign + 1));
  }
  return std::nullopt;
}

}  // namespace

//= PROXY-01
core::result<proxy_link> parse_proxy_link(std::string_view link) {
  link = link.substr(0, link.find('#'));
  const auto query = query_of(link);
  if (!query) return bad_link("tg://proxy or t.me/proxy");
  const auto server = parameter(*query, "server");
  if (!server || server->empty()) return bad_link("a server");
  const auto port_text = parameter(*query, "port");
  std::uint16_t port = 0;
  if (port_text)
    if (const auto [end, failure] =
            std::from_chars(port_text->data(), port_text->data() + port_text->size(), port);
        failure != std::errc() || end != port_text->data() + port_text->size())
      port = 0;
  if (port == 0) return bad_link("a port from 1 to 65535");
  const auto secret_text = parameter(*query, "secret");
  if (!secret_text) return bad_link("a secret");
  COROGRAM_TRY(proxy_secret secret, proxy_secret::from_text(*secret_text));
  return proxy_link{*server, port, std::move(secret)};
}

}  // namespace corogram::transport

#include <corogram/core/hex.hpp>
#include <corogram/tools/files.hpp>
#include <corogram/tools/transport_option.hpp>

#include <algorithm>
#include <charconv>
#include <utility>

namespace corogram::tools {
namespace {

/// Undoes percent encoding.
core::secret_buffer decoded(std::string_view text, const std::string& url) {
  core::byte_buffer plain;
  while (!text.empty()) {
    std::size_t taken = 1;
    auto next = static_cast<core::byte>(text.front());
    if (next == '%') {
      taken = 3;
      const auto byte = core::from_hex(text.substr(1, 2));
      if (!byte || byte->size() != 1)
        throw file_error("--proxy " + url + ": expected two hex digits behind each percent sign");
      next = (*byte)[0];
    }
    plain.push_back(next);
    text.remove_prefix(taken);
  }
  constexpr std::size_t longest = 255;
  if (plain.empty() || plain.size() > longest)
    throw file_error("--proxy " + url + ": expected a user name and a password of 1 to 255 bytes");
  const core::wipe_on_exit wipe(plain);
  return core::secret_buffer(core::byte_view(plain));
}

bool is_link(std::string_view text) {
  return text.find("://") != std::string_view::npos || text.find('?') != std::string_view::npos;
}

}  // namespace

transport::framing framing_by_name(std::string_view name) {
  for (const transport::framing framing : framings)
    if (transport::to_string(framing) == name) return framing;
  return transport::framing::intermediate;
}

void use_carrier(rpc::options& options, std::string_view name) {
  if (name == "websocket" || name == "wss") options.carrier = transport::carrier_kind::websocket;
  if (name == "http" || name == "https") options.framing = transport::framing::http;
  if (name == "wss" || name == "https") options.tls.emplace();
}

rpc::endpoint parse_address(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  std::string host = text.substr(0, std::min(colon, text.size()));
  if (host.size() > 2 && host.front() == '[' && host.back() == ']')
    host = host.substr(1, host.size() - 2);
  std::uint16_t port = 0;
  const char* const begin = text.data() + std::min(colon + 1, text.size());
  const char* const end = text.data() + text.size();
  const auto [stop, failure] = std::from_chars(begin, end, port);
  if (colon == std::string::npos || host.empty() || failure != std::errc() || stop != end ||
      port == 0)
    throw file_error(text + ": expected HOST:PORT, such as 127.0.0.1:4430");
  return {std::move(host), port};
}

void use_server(rpc::options& options, const std::string& text) {
  if (!is_link(text)) {
    options.endpoints.push_back(parse_address(text));
    return;
  }
  auto link = transport::parse_proxy_link(text);
  if (!link) throw file_error(text + ": " + link.error().message());
  options.endpoints.emplace_back(link->server, link->port);
  options.secret.emplace(std::move(link->secret));
}

void use_secret(rpc::options& options, const std::string& text) {
  auto secret = transport::proxy_secret::from_text(text);
  if (!secret)
    throw file_error(
        "--secret: expected 16 bytes in hex; dd and 16 bytes; or ee, 16 bytes and a domain name");
  options.secret.emplace(*std::move(secret));
}

void use_proxy(rpc::options& options, const std::string& url) {
  const std::string_view text = url;
  const std::size_t scheme_end = std::min(text.find("://"), text.size());
  const std::string_view scheme = text.substr(0, scheme_end);
  if (scheme != "socks5" && scheme != "http")
    throw file_error("--proxy " + url + ": expected socks5://HOST:PORT or http://HOST:PORT");
  std::string_view rest = text.substr(std::min(scheme_end + 3, text.size()));
  if (rest.ends_with('/')) rest.remove_suffix(1);
  const std::size_t at = rest.rfind('@');
  const std::string_view user = at == std::string_view::npos ? "" : rest.substr(0, at);
  if (at != std::string_view::npos) rest.remove_prefix(at + 1);

  using protocol = rpc::outgoing_proxy::protocol;
  options.proxy.emplace(scheme == "http" ? protocol::http_connect : protocol::socks5,
                        parse_address(std::string(rest)));
  if (at == std::string_view::npos) return;
  const std::size_t colon = std::min(user.find(':'), user.size());
  core::secret_buffer name = decoded(user.substr(0, colon), url);
  core::secret_buffer password = decoded(user.substr(std::min(colon + 1, user.size())), url);
  options.proxy->user.emplace(transport::proxy_user{std::move(name), std::move(password)});
}

}  // namespace corogram::tools

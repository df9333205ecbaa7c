#include <corogram/transport/web_address.hpp>

#include <array>
#include <cassert>

namespace corogram::transport {

//= WS-11
//= WS-14
std::string web_path(web_path_options which) {
  std::string path = "/api";
  if (which.cross_origin) path += 'w';
  if (which.websocket) path += 's';
  if (which.test) path += "_test";
  return path;
}

std::string web_address::to_string() const {
  return std::string(scheme) + "://" + authority(host, port) + path;
}

//= WS-10
//= WS-11
web_address web_address_of_ip(std::string_view ip, web_path_options which) {
  return {which.websocket ? "ws" : "http", std::string(ip), http_port, web_path(which)};
}

//= WS-12
std::optional<web_address> web_address_of_dc(int dc, bool secure, web_path_options which,
                                             bool second) {
  assert(secure || !which.websocket);
  constexpr std::array<std::string_view, 5> names{"pluto", "venus", "aurora", "vesta", "flora"};
  if (dc < 1 || dc > static_cast<int>(names.size())) return std::nullopt;
  std::string host(names[static_cast<std::size_t>(dc - 1)]);
  //= WS-13
  if (second) host += "-1";
  host += ".web.telegram.org";
  //= WS-10
  return web_address{which.websocket ? "wss"
                     : secure        ? "https"
                                     : "http",
                     std::move(host), secure ? https_port : http_port, web_path(which)};
}

std::string authority(std::string_view host, std::uint16_t port) {
  const bool is_ipv6 = host.find(':') != std::string_view::npos;
  std::string text = is_ipv6 ? '[' + std::string(host) + ']' : std::string(host);
  return text + ':' + std::to_string(port);
}

std::string web_authority(std::string_view host, std::uint16_t port, bool secure) {
  std::string text = authority(host, port);
  if (port == (secure ? https_port : http_port)) text.resize(text.rfind(':'));
  return text;
}

}  // namespace corogram::transport

#include <corogram/rpc/dial.hpp>
#include <corogram/transport/fake_tls_hello.hpp>
#include <corogram/transport/http_connect.hpp>
#include <corogram/transport/web_address.hpp>
#include <corogram/transport/websocket_handshake.hpp>

#include <asio/ip/address.hpp>

namespace corogram::rpc {
namespace {

std::optional<transport::proxy_user> clone(const std::optional<transport::proxy_user>& user) {
  if (!user) return std::nullopt;
  return transport::proxy_user{user->name.clone(), user->password.clone()};
}

/// An address goes as one, a name for the proxy to look up.
transport::proxy_destination destination_of(const endpoint& host) {
  transport::proxy_destination to;
  to.port = host.port;
  std::error_code is_name;
  const auto address = asio::ip::make_address(host.host, is_name);
  if (is_name)
    to.host = host.host;
  else if (address.is_v4())
    to.host = address.to_v4().to_bytes();
  else
    to.host = address.to_v6().to_bytes();
  return to;
}

/// The secret of the address goes before that of the options.
const transport::proxy_secret* secret_of(const options& settings, const endpoint& host) noexcept {
  if (host.secret) return host.secret.get();
  return settings.secret ? &*settings.secret : nullptr;
}

}  // namespace

bool can_dial(const options& settings) noexcept {
  const bool is_http = settings.framing == transport::framing::http;
  const bool is_carried = settings.carrier != transport::carrier_kind::tcp;
  if (settings.carrier == transport::carrier_kind::fake_tls) return false;
  if (is_http) return !settings.obfuscated && !is_carried && !settings.secret;
  return !settings.secret || !is_carried;
}

transport::http_target target_of(const options& settings, const endpoint& host) {
  transport::http_target target;
  const bool secure = settings.tls.has_value();
  target.host = transport::web_authority(host.host, host.port, secure);
  target.path = settings.path;
  if (!target.path.empty()) return target;
  transport::web_path_options which;
  which.websocket = settings.framing != transport::framing::http;
  // Clients in use all ask for /apiws, none for /apis.
  which.cross_origin = which.websocket;
  which.test = settings.test_mode;
  target.path = transport::web_path(which);
  return target;
}

transport::client_config stream_config(const options& settings, const endpoint& host,
                                       std::int16_t wire_dc) {
  transport::client_config config;
  config.framing = settings.framing;
  //= DC-02
  config.obfuscated = settings.obfuscated || host.obfuscated;
  config.max_padding = settings.max_padding;
  config.carrier = settings.carrier;
  config.target = target_of(settings, host);
  if (const transport::proxy_secret* const secret = secret_of(settings, host)) {
    config.use(*secret);
    config.dc_id = wire_dc;
  }
  return config;
}

dial_plan::dial_plan(const options& settings) {
  settings_.test_mode = settings.test_mode;
  settings_.framing = settings.framing;
  settings_.carrier = settings.carrier;
  settings_.tls = settings.tls;
  settings_.path = settings.path;
  if (settings.secret) settings_.secret = settings.secret->clone();
  if (!settings.proxy) return;
  settings_.proxy.emplace(settings.proxy->kind, settings.proxy->where);
  settings_.proxy->user = clone(settings.proxy->user);
}

const endpoint& dial_plan::first_hop(const endpoint& server) const noexcept {
  return settings_.proxy ? settings_.proxy->where : server;
}

std::unique_ptr<transport::client_handshake> dial_plan::proxy_handshake(
    const endpoint& server) const {
  const std::optional<outgoing_proxy>& proxy = settings_.proxy;
  if (!proxy) return nullptr;
  if (proxy->kind == outgoing_proxy::protocol::http_connect)
    return std::make_unique<transport::http_connect_handshake>(
        transport::authority(server.host, server.port), clone(proxy->user));
  return std::make_unique<transport::socks5_handshake>(destination_of(server), clone(proxy->user));
}

std::unique_ptr<transport::client_handshake> dial_plan::carrier_handshake(
    const endpoint& server, core::instant now, core::random_source& random) const {
  //= PROXY-12
  const transport::proxy_secret* const secret = secret_of(settings_, server);
  if (secret != nullptr && secret->type() == transport::proxy_secret::kind::fake_tls)
    return std::make_unique<transport::fake_tls_client_handshake>(*secret, now, random);
  if (settings_.carrier == transport::carrier_kind::websocket)
    return std::make_unique<transport::websocket_client_handshake>(target_of(settings_, server),
                                                                   random);
  return nullptr;
}

}  // namespace corogram::rpc

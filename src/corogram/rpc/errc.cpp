#include <corogram/mtproto/errc.hpp>
#include <corogram/rpc/errc.hpp>

#include <cerrno>
#include <string>

namespace corogram::rpc {
namespace {

class category final : public std::error_category {
 public:
  const char* name() const noexcept override { return "corogram.rpc"; }

  std::string message(int code) const override {
    switch (static_cast<errc>(code)) {
      case errc::closed:
        return "the connection was closed";
      case errc::bad_options:
        return "the options of the connection cannot work";
      case errc::host_not_found:
        return "the name of the host has no address";
      case errc::connect_timed_out:
        return "no TCP connection in time";
      case errc::handshake_timed_out:
        return "no session in time";
      case errc::request_timed_out:
        return "no answer in time";
      case errc::disconnected:
        return "the server ended the TCP connection";
      case errc::proxy_not_reached:
        return "the proxy cannot be reached";
      case errc::tls_failed:
        return "the TLS handshake failed";
      case errc::tls_not_trusted:
        return "the TLS certificate is not trusted";
      case errc::auth_key_unknown:
        return "the server does not know the authorization key";
      case errc::binding_failed:
        return "the server has not bound the temporary key";
      case errc::older_layer:
        return "the server has answered in another layer";
      case errc::wrong_dc:
        return "the server has no such data centre";
      case errc::too_many_connections:
        return "the server wants fewer connections";
      case errc::transport_error:
        return "the server sent a transport error";
      case errc::unknown_dc:
        return "the data centre has no known address";
      case errc::too_many_migrations:
        return "the request was sent from one data centre to the next too often";
      case errc::too_many_requests:
        return "too many requests are waiting";
      case errc::already_receiving:
        return "somebody waits for the next update already";
    }
    return "unknown error " + std::to_string(code);
  }
};

}  // namespace

const std::error_category& rpc_category() noexcept {
  static const category instance;
  return instance;
}

std::error_code cancelled() noexcept {
  return {ECANCELED, std::system_category()};
}

bool is_final(std::error_code failure) noexcept {
  return failure == errc::closed || failure == errc::bad_options ||
         failure == errc::auth_key_unknown || failure == errc::wrong_dc ||
         failure == mtproto::errc::no_known_key || failure == mtproto::errc::wrong_dc;
}

}  // namespace corogram::rpc

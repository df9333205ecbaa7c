#include <corogram/transport/errc.hpp>

#include <string>

namespace corogram::transport {

namespace {

class category final : public std::error_category {
 public:
  const char* name() const noexcept override { return "corogram.transport"; }

  std::string message(int code) const override {
    switch (static_cast<errc>(code)) {
      case errc::unknown_protocol:
        return "the first bytes belong to no transport";
      case errc::bad_obfuscation:
        return "the obfuscation header holds no known tag";
      case errc::bad_length:
        return "a frame length is out of its range";
      case errc::bad_sequence:
        return "a frame number is repeated or skipped";
      case errc::bad_checksum:
        return "a frame fails its CRC";
      case errc::bad_short_frame:
        return "a short frame is neither quick ack nor error";
      case errc::bad_http:
        return "not the HTTP of MTProto";
      case errc::bad_websocket:
        return "not a WebSocket frame of binary data";
      case errc::bad_tls_record:
        return "not a record of application data";
      case errc::foreign_tls_hello:
        return "a TLS hello of somebody else";
      case errc::bad_tls_digest:
        return "a TLS hello under another secret";
      case errc::proxy_refused:
        return "the proxy refuses";
      case errc::proxy_auth_failed:
        return "the proxy does not accept the user";
      case errc::bad_proxy_reply:
        return "the proxy speaks another protocol";
      case errc::peer_closed:
        return "closed by the peer";
      case errc::bad_secret:
        return "not an MTProxy secret";
      case errc::bad_proxy_link:
        return "not a link to a proxy";
    }
    return "unknown error " + std::to_string(code);
  }
};

}  // namespace

const std::error_category& transport_category() noexcept {
  static const category instance;
  return instance;
}

}  // namespace corogram::transport

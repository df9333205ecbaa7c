// Our client and our server, whole, over each carrier and through each failure of one.

#include "server_support.hpp"

#include <corogram/api/functions/help/getNearestDc.hpp>
#include <corogram/api/types/NearestDc.hpp>
#include <corogram/crypto/certificate.hpp>
#include <corogram/rpc/connection.hpp>
#include <corogram/transport/errc.hpp>
#include <corogram/transport/fake_tls_hello.hpp>

#include <functional>
#include <utility>

namespace corogram::testdc {
namespace {

using namespace test;
using transport::carrier_kind;
using transport::framing;

constexpr std::string_view simple_secret = "00112233445566778899aabbccddeeff";
constexpr std::string_view padded_secret = "dd112233445566778899aabbccddeeff00";
constexpr std::string_view tls_secret = "ee22334455667788990011aabbccddeeff6578616d706c652e6f7267";
constexpr std::string_view unknown_tls_secret =
    "ee000000000000000000000000000000006578616d706c652e6f7267";

class CarrierTest : public ServerTest {
 protected:
  /// A server that takes everything, behind a TLS port too.
  server_options everything() {
    server_options options;
    crypto::certificate certificate = crypto::make_certificate("127.0.0.1", clock_.now());
    certificate_pem_ = certificate.pem;
    options.tls.emplace();
    options.tls->certificates_pem = certificate.pem;
    options.tls->private_key_pem = std::move(certificate.private_key_pem);
    transport::secret_list secrets;
    for (const std::string_view text : {simple_secret, padded_secret, tls_secret})
      secrets.push_back(*transport::proxy_secret::from_text(text));
    options.transport.secrets = std::make_shared<const transport::secret_list>(std::move(secrets));
    options.transport.hellos = std::make_shared<transport::hello_memory>();
    return options;
  }

  rpc::options settings() {
    rpc::options made;
    made.endpoints.emplace_back("127.0.0.1", server_->endpoint().port());
    made.public_keys.push_back(server_key().public_key());
    made.max_attempts = 1;
    made.handshake_timeout = 10s;
    return made;
  }

  rpc::options secure_settings() {
    rpc::options made = settings();
    made.endpoints[0].port = server_->tls_endpoint().port();
    made.tls.emplace().certificates_pem = certificate_pem_;
    return made;
  }

  rpc::options proxied_settings(std::string_view secret) {
    rpc::options made = settings();
    made.secret = *transport::proxy_secret::from_text(secret);
    return made;
  }

  /// Calls help.getNearestDc and returns how that ended.
  std::error_code call(rpc::options options) {
    rpc::connection dc(context_.get_executor(), std::move(options), clock_, random_);
    std::error_code failure;
    bool done = false;
    bool closed = false;
    dc.async_invoke(api::help::getNearestDc(), [&](std::error_code end, auto answer) {
      failure = end;
      done = end || answer->template get_if<api::nearestDc>() != nullptr;
    });
    run_until([&] { return done; });
    dc.async_close([&](std::error_code) { closed = true; });
    run_until([&] { return closed; });
    return failure;
  }

  std::string certificate_pem_;
};

//= WS-05 test
//= WS-06 test
TEST_F(CarrierTest, AWebSocketCarriesEachFraming) {
  start(everything());
  for (const framing each :
       {framing::abridged, framing::intermediate, framing::padded_intermediate, framing::full}) {
    rpc::options options = settings();
    options.framing = each;
    options.carrier = carrier_kind::websocket;
    EXPECT_FALSE(call(std::move(options)));
    EXPECT_EQ(met_.back().framing, each);
    EXPECT_EQ(met_.back().carrier, carrier_kind::websocket);
    EXPECT_FALSE(met_.back().tls);
  }
  stop();
}

TEST_F(CarrierTest, ASecureWebSocketNeedsATrustedCertificate) {
  start(everything());
  rpc::options trusting = secure_settings();
  trusting.carrier = carrier_kind::websocket;
  EXPECT_FALSE(call(std::move(trusting)));
  EXPECT_TRUE(met_.back().tls);

  rpc::options distrustful = secure_settings();
  distrustful.carrier = carrier_kind::websocket;
  distrustful.tls->certificates_pem.clear();
  EXPECT_EQ(call(std::move(distrustful)), rpc::errc::tls_not_trusted);

  rpc::options careless = secure_settings();
  careless.carrier = carrier_kind::websocket;
  careless.tls->certificates_pem.clear();
  careless.tls->verify = false;
  EXPECT_FALSE(call(std::move(careless)));

  // The certificate is for the address; whoever has another name is somebody else.
  rpc::options elsewhere = secure_settings();
  elsewhere.carrier = carrier_kind::websocket;
  elsewhere.endpoints[0].host = "localhost";
  EXPECT_EQ(call(std::move(elsewhere)), rpc::errc::tls_not_trusted);

  rpc::options plain = settings();
  plain.tls = rpc::tls_trust();
  plain.carrier = carrier_kind::websocket;
  plain.handshake_timeout = plain.connect_timeout = 200ms;
  EXPECT_TRUE(call(std::move(plain)));
  stop();
}

//= PROXY-03 test
//= PROXY-12 test
TEST_F(CarrierTest, EachKindOfSecretOpensTheProxy) {
  start(everything());
  EXPECT_FALSE(call(proxied_settings(simple_secret)));
  EXPECT_EQ(met_.back().framing, framing::intermediate);
  EXPECT_FALSE(call(proxied_settings(padded_secret)));
  EXPECT_EQ(met_.back().framing, framing::padded_intermediate);
  EXPECT_EQ(met_.back().secret_index, 1u);
  EXPECT_FALSE(call(proxied_settings(tls_secret)));
  EXPECT_EQ(met_.back().carrier, carrier_kind::fake_tls);
  stop();
}

//= PROXY-25 test
TEST_F(CarrierTest, ARealSiteBehindTheProxyIsNotTakenForIt) {
  // The site is our own TLS port.
  server_options options = everything();
  options.tls->listen = {asio::ip::address_v4::loopback(), 0};
  {
    // Its port is not known before it listens: reserve one.
    tcp::acceptor reserved(context_, options.tls->listen);
    options.tls->listen = reserved.local_endpoint();
  }
  options.fallback = options.tls->listen;
  start(std::move(options));
  const std::error_code failure = call(proxied_settings(unknown_tls_secret));
  EXPECT_TRUE(failure == transport::errc::bad_tls_digest ||
              failure == transport::errc::bad_tls_record)
      << failure.message();
  EXPECT_TRUE(met_.empty());
  stop();
}

TEST_F(CarrierTest, AProxyThatIsNotThereIsToldFromAServerThatIsNot) {
  start(everything());
  std::uint16_t nobody = 0;
  {
    const tcp::acceptor reserved(context_, {asio::ip::address_v4::loopback(), 0});
    nobody = reserved.local_endpoint().port();
  }
  rpc::options options = settings();
  options.proxy.emplace(rpc::outgoing_proxy::protocol::socks5, rpc::endpoint("127.0.0.1", nobody));
  EXPECT_EQ(call(std::move(options)), rpc::errc::proxy_not_reached);
  // Our server is no SOCKS5 proxy, nor an HTTP one, and does not say so.
  for (const auto kind :
       {rpc::outgoing_proxy::protocol::socks5, rpc::outgoing_proxy::protocol::http_connect}) {
    rpc::options wrong = settings();
    wrong.proxy.emplace(kind, wrong.endpoints[0]);
    wrong.connect_timeout = 200ms;
    EXPECT_TRUE(call(std::move(wrong)));
  }
  stop();
}

//= WS-15 test
//= WS-16 test
TEST_F(CarrierTest, HttpCarriesItAll) {
  start(everything());
  rpc::options plain = settings();
  plain.framing = framing::http;
  EXPECT_FALSE(call(std::move(plain)));
  EXPECT_EQ(met_.back().framing, framing::http);
  rpc::options secure = secure_settings();
  secure.framing = framing::http;
  EXPECT_FALSE(call(std::move(secure)));
  EXPECT_TRUE(met_.back().tls);
  stop();
}

TEST_F(CarrierTest, TransportsThatDoNotGoTogetherAreRefused) {
  start(everything());
  rpc::options hidden_http = settings();
  hidden_http.framing = framing::http;
  hidden_http.obfuscated = true;
  EXPECT_EQ(call(std::move(hidden_http)), rpc::errc::bad_options);
  rpc::options secret_websocket = proxied_settings(padded_secret);
  secret_websocket.carrier = carrier_kind::websocket;
  EXPECT_EQ(call(std::move(secret_websocket)), rpc::errc::bad_options);
  rpc::options unkeyed = settings();
  unkeyed.carrier = carrier_kind::fake_tls;
  EXPECT_EQ(call(std::move(unkeyed)), rpc::errc::bad_options);
  stop();
}

}  // namespace
}  // namespace corogram::testdc

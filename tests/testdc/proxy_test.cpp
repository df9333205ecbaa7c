// The server as an MTProxy and behind other carriers: who is served, who is refused and how little
// that tells, and who is handed to the host behind the curtain.

#include "server_support.hpp"

#include <corogram/testdc/errc.hpp>
#include <corogram/testdc/proxy_rules.hpp>
#include <corogram/transport/errc.hpp>
#include <corogram/transport/fake_tls_hello.hpp>
#include <corogram/transport/websocket_handshake.hpp>

#include <optional>
#include <utility>

namespace corogram::testdc {
namespace {

using namespace test;
using transport::framing;
using numbers = std::vector<std::int16_t>;

constexpr std::string_view simple_secret = "00112233445566778899aabbccddeeff";
constexpr std::string_view padded_secret = "dd112233445566778899aabbccddeeff00";
constexpr std::string_view tls_secret = "ee22334455667788990011aabbccddeeff6578616d706c652e6f7267";
constexpr std::string_view unknown_tls_secret =
    "ee000000000000000000000000000000006578616d706c652e6f7267";

transport::proxy_secret secret_of(std::string_view text) {
  return *transport::proxy_secret::from_text(text);
}

server_options proxy_options() {
  server_options options;
  transport::secret_list secrets;
  for (const std::string_view text : {simple_secret, padded_secret, tls_secret})
    secrets.push_back(secret_of(text));
  options.transport.secrets = std::make_shared<const transport::secret_list>(std::move(secrets));
  options.transport.hellos = std::make_shared<transport::hello_memory>();
  return options;
}

/// A client that speaks to the server over one carrier.
struct raw_client {
  raw_client(tcp::socket socket_, const transport::client_config& config,
             core::random_source& random)
      : socket(std::move(socket_)), stream(config, random) {}

  tcp::socket socket;
  transport::client_stream stream;
  std::unique_ptr<transport::client_handshake> handshake;
};

transport::client_config under(std::string_view secret, framing inner = framing::intermediate,
                               std::int16_t dc = 2) {
  transport::client_config config;
  config.framing = inner;
  config.use(secret_of(secret));
  config.dc_id = dc;
  return config;
}

class ProxyTest : public ServerTest {
 protected:
  raw_client client(const transport::client_config& config) {
    return raw_client(connect(), config, random_);
  }

  raw_client fake_tls_client(std::string_view secret) {
    raw_client made = client(under(secret));
    made.handshake = std::make_unique<transport::fake_tls_client_handshake>(secret_of(secret),
                                                                            clock_.now(), random_);
    return made;
  }

  /// Sends a packet and what has to come before it, each byte alone, and returns what comes back.
  std::optional<transport::incoming> ask(raw_client& from, const core::byte_buffer& packet) {
    if (from.handshake) shake_hands(from);
    core::byte_buffer wire;
    from.stream.write_packet(packet, false, wire);
    write_bytewise(from.socket, wire);
    return answer(from);
  }

  void shake_hands(raw_client& from) {
    core::byte_buffer wire;
    from.handshake->start(wire);
    write_bytewise(from.socket, wire);
    for (;;) {
      const core::byte_buffer received = read_some(from.socket);
      ASSERT_FALSE(received.empty());
      core::byte_view left = received;
      wire.clear();
      const auto finished = from.handshake->receive(left, wire);
      ASSERT_TRUE(finished) << finished.error().message();
      from.stream.feed(left);
      if (*finished) return;
    }
  }

  std::optional<transport::incoming> answer(raw_client& from) {
    for (;;) {
      const auto incoming = from.stream.poll();
      if (!incoming) return std::nullopt;
      if (*incoming) {
        if (const auto* packet = std::get_if<transport::packet>(&**incoming))
          payload_.assign(packet->payload.begin(), packet->payload.end());
        return **incoming;
      }
      const core::byte_buffer received = read_some(from.socket);
      if (received.empty()) return std::nullopt;
      from.stream.feed(received);
    }
  }

  /// Whether the server answers the key exchange's first query.
  bool is_served(raw_client& from) {
    payload_.clear();
    const auto said = ask(from, req_pq_multi());
    // resPQ repeats our nonce behind its number.
    return said && payload_.size() > 40 && payload_[24] == 0x5a && payload_[39] == 0x5a;
  }

  /// Sends what is_served() sends, and expects that the server notices it as a probe and says
  /// nothing.
  void expect_silence(raw_client& from) {
    const std::size_t before = probes_.size();
    if (from.handshake) shake_hands(from);
    core::byte_buffer wire;
    from.stream.write_packet(req_pq_multi(), false, wire);
    write_bytewise(from.socket, wire);
    run_until([&] { return probes_.size() > before; });
    context_.restart();
    context_.poll();
    EXPECT_EQ(from.socket.available(), 0u);
  }

  core::byte_buffer payload_;
};

//= PROXY-05 test
//= PROXY-27 test
//= GEN-10 test
TEST_F(ProxyTest, ServesEachCarrierOnOnePortHoweverTheBytesAreCut) {
  start(proxy_options());
  std::vector<raw_client> clients;
  for (const framing inner :
       {framing::abridged, framing::intermediate, framing::padded_intermediate}) {
    clients.push_back(client(under(simple_secret, inner)));
    clients.push_back(client(under(padded_secret, inner)));
  }
  clients.push_back(fake_tls_client(tls_secret));
  transport::client_config over_websocket;
  over_websocket.carrier = transport::carrier_kind::websocket;
  clients.push_back(client(over_websocket));
  clients.back().handshake = std::make_unique<transport::websocket_client_handshake>(
      transport::http_target{"127.0.0.1", "/apiws"}, random_);
  clients.push_back(client({}));
  transport::client_config over_http;
  over_http.framing = framing::http;
  over_http.target.host = "127.0.0.1";
  clients.push_back(client(over_http));
  for (raw_client& each : clients) EXPECT_TRUE(is_served(each)) << met_.size();
  ASSERT_EQ(met_.size(), clients.size());
  EXPECT_EQ(met_[0].secret_index, 0u);
  EXPECT_EQ(met_[1].secret_index, 1u);
  EXPECT_EQ(met_[6].carrier, transport::carrier_kind::fake_tls);
  EXPECT_EQ(met_[6].secret_index, 2u);
  EXPECT_EQ(met_[7].carrier, transport::carrier_kind::websocket);
  EXPECT_FALSE(met_[8].secret_index);
  EXPECT_EQ(met_[9].framing, framing::http);
  stop();
}

//= PROXY-06 test
TEST_F(ProxyTest, ReadsNoiseOnAndSaysNothing) {
  server_options options = proxy_options();
  options.transport.require_secret = true;
  options.first_packet_timeout = 500ms;
  start(std::move(options));
  tcp::socket prober = connect();
  write(prober, core::byte_buffer(64, 0x77));
  run_until([&] { return !probes_.empty(); });
  EXPECT_FALSE(probes_[0].handed_over);
  EXPECT_EQ(server_->connections(), 1u);
  // It goes on to read: nobody is reset.
  write(prober, core::byte_buffer(100'000, 0x77));
  EXPECT_TRUE(read_to_end(prober).empty());
  run_until([&] { return ends_.size() == 1; });
  stop();
}

TEST_F(ProxyTest, RefusesWhoKnowsNoSecretIfItIsAProxyAlone) {
  server_options options = proxy_options();
  options.transport.require_secret = true;
  start(std::move(options));
  transport::client_config obfuscated;
  obfuscated.obfuscated = true;
  transport::client_config plain;
  for (const transport::client_config* config : {&plain, &obfuscated}) {
    raw_client stranger = client(*config);
    expect_silence(stranger);
  }
  EXPECT_EQ(probes_.size(), 2u);
  stop();
}

//= PROXY-07 test
//= TR-30 test
TEST_F(ProxyTest, SaysThatThereIsNoSuchDataCenter) {
  start(proxy_options());
  for (const std::int16_t dc : numbers{0, 1000, 6, 10002}) {
    raw_client lost = client(under(padded_secret, framing::padded_intermediate, dc));
    const auto said = ask(lost, req_pq_multi());
    ASSERT_TRUE(said) << dc;
    EXPECT_EQ(*std::get_if<transport::transport_error>(&*said), transport::transport_error{-444});
    EXPECT_FALSE(answer(lost));
  }
  for (const std::int16_t dc : numbers{2, -2, 5, -1}) {
    raw_client fine = client(under(padded_secret, framing::padded_intermediate, dc));
    EXPECT_TRUE(is_served(fine)) << dc;
  }
  stop();
}

//= PROXY-09 test
TEST_F(ProxyTest, RelaysNoPlaintextButThatOfTheKeyExchange) {
  start(proxy_options());
  core::byte_buffer ping = req_pq_multi();
  // ping#7abe77ec in the place of req_pq_multi.
  const core::byte_buffer number{0xec, 0x77, 0xbe, 0x7a};
  std::copy(number.begin(), number.end(), ping.begin() + 20);
  raw_client proxied = client(under(simple_secret));
  EXPECT_FALSE(ask(proxied, ping));
  run_until([&] { return ends_.size() == 1; });
  EXPECT_NE(ends_[0].find("relay"), std::string::npos) << ends_[0];
  // Without a proxy it is a query that makes no sense.
  raw_client direct = client({});
  const auto said = ask(direct, ping);
  ASSERT_TRUE(said);
  EXPECT_EQ(*std::get_if<transport::transport_error>(&*said), transport::transport_error{-404});
  stop();
}

TEST_F(ProxyTest, AnswersWhatItRefusesOverHttpBeforeItCloses) {
  start(proxy_options());
  tcp::socket browser = connect();
  const auto request = core::as_bytes("GET /favicon.ico HTTP/1.1\r\nHost: a\r\n\r\n");
  write_bytewise(browser, {request.begin(), request.end()});
  const core::byte_buffer answer = read_to_end(browser);
  EXPECT_TRUE(core::as_text(answer).starts_with("HTTP/1.1 404 ")) << core::as_text(answer);
  stop();
}

/// What hides behind the proxy: it takes one connection, keeps what it is told and answers once.
class FallbackTest : public ProxyTest {
 protected:
  FallbackTest() : acceptor_(context_, {asio::ip::address_v4::loopback(), 0}) {
    acceptor_.async_accept([this](std::error_code failure, tcp::socket socket) {
      if (failure) return;
      origin_.emplace(std::move(socket));
      read_on();
    });
  }

  void read_on() {
    origin_->async_read_some(asio::buffer(buffer_), [this](std::error_code failure, std::size_t n) {
      if (failure) {
        origin_ended_ = true;
        origin_->close();
        return;
      }
      seen_.insert(seen_.end(), buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(n));
      read_on();
    });
  }

  server_options options() {
    server_options made = proxy_options();
    made.fallback = acceptor_.local_endpoint();
    return made;
  }

  /// The hello and what follows reach the origin as they are, and its answer comes back.
  void expect_handed_over(const core::byte_buffer& hello) {
    tcp::socket prober = connect();
    write_bytewise(prober, hello);
    run_until([&] { return seen_ == hello; });
    const core::byte_buffer more{1, 2, 3};
    write(prober, more);
    run_until([&] { return seen_ == core::concat(hello, more); });
    const core::byte_buffer alert{0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 0x28};
    write(*origin_, alert);
    EXPECT_EQ(read_some(prober), alert);
    prober.shutdown(tcp::socket::shutdown_send);
    run_until([&] { return origin_ended_; });
    EXPECT_TRUE(read_to_end(prober).empty());
    run_until([&] { return !ends_.empty(); });
    ASSERT_EQ(probes_.size(), 1u);
    EXPECT_TRUE(probes_[0].handed_over);
    EXPECT_EQ(probes_[0].reason.code, transport::errc::foreign_tls_hello);
  }

  core::byte_buffer hello_of(std::string_view secret, core::instant at) {
    return transport::make_client_hello(secret_of(secret), at, random_);
  }

  tcp::acceptor acceptor_;
  std::optional<tcp::socket> origin_;
  core::byte_buffer buffer_ = core::byte_buffer(4096);
  core::byte_buffer seen_;
  bool origin_ended_ = false;
};

//= PROXY-21 test
TEST_F(FallbackTest, HasAHelloUnderAnotherSecretAnswered) {
  start(options());
  expect_handed_over(hello_of(unknown_tls_secret, clock_.now()));
  stop();
}

//= PROXY-21 test
TEST_F(FallbackTest, HasAHelloOfYesterdayAnswered) {
  start(options());
  expect_handed_over(hello_of(tls_secret, core::later(clock_.now(), -24h)));
  stop();
}

//= PROXY-20 test
TEST_F(FallbackTest, HasARepeatedHelloAnswered) {
  start(options());
  const core::byte_buffer hello = hello_of(tls_secret, clock_.now());
  tcp::socket first = connect();
  write(first, hello);
  EXPECT_FALSE(read_some(first).empty());
  first.close();
  run_until([&] { return ends_.size() == 1; });
  ends_.clear();
  expect_handed_over(hello);
  stop();
}

TEST_F(FallbackTest, ClosesTheConnectionIfNobodyIsThere) {
  server_options unreachable = options();
  acceptor_.close();
  start(std::move(unreachable));
  tcp::socket prober = connect();
  write(prober, hello_of(unknown_tls_secret, clock_.now()));
  EXPECT_EQ(read_some(prober).size(), 0u);
  run_until([&] { return ends_.size() == 1; });
  stop();
}

TEST_F(FallbackTest, EndsWithAClientHandedOver) {
  start(options());
  tcp::socket prober = connect();
  write(prober, hello_of(unknown_tls_secret, clock_.now()));
  run_until([&] { return !seen_.empty(); });
  stop();
  run_until([&] { return origin_ended_; });
}

TEST_F(FallbackTest, EndsWhatNobodyGoesOnWith) {
  server_options impatient = options();
  impatient.packet_timeout = 30ms;
  start(std::move(impatient));
  tcp::socket prober = connect();
  write(prober, hello_of(unknown_tls_secret, clock_.now()));
  run_until([&] { return origin_ended_ && ends_.size() == 1; });
  stop();
}

//= PROXY-29 test
TEST_F(ProxyTest, SaysNothingToAnotherFramingInsideFakeTls) {
  start(proxy_options());
  transport::client_config config = under(tls_secret);
  config.framing = framing::intermediate;
  raw_client wrong = client(config);
  wrong.handshake = std::make_unique<transport::fake_tls_client_handshake>(secret_of(tls_secret),
                                                                           clock_.now(), random_);
  expect_silence(wrong);
  ASSERT_EQ(probes_.size(), 1u);
  EXPECT_EQ(probes_[0].reason.code, transport::errc::bad_obfuscation);
  stop();
}

//= PROXY-09 test
TEST(ProxyRules, RelayWholeQueriesOfTheKeyExchange) {
  core::byte_buffer packet = req_pq_multi();
  EXPECT_TRUE(is_relayed(packet));
  core::byte_buffer encrypted(64, 0x11);
  EXPECT_TRUE(is_relayed(encrypted));
  for (const auto length : {core::byte{16}, core::byte{24}}) {
    packet[16] = length;
    EXPECT_FALSE(is_relayed(packet)) << int{length};
  }
  packet = req_pq_multi();
  packet.resize(36);
  EXPECT_FALSE(is_relayed(packet));
}

//= PROXY-07 test
TEST(ProxyRules, KnowTheDataCentersThatAreListed) {
  address self;
  for (const std::int16_t field : numbers{1, 2, 5, -2, -5}) EXPECT_TRUE(is_proxied_dc(self, field));
  for (const std::int16_t field : numbers{0, 6, 1000, 10002, -10002, -6})
    EXPECT_FALSE(is_proxied_dc(self, field)) << field;
  self.dc_id = 77;
  EXPECT_TRUE(is_proxied_dc(self, 77));
  self.test_mode = true;
  EXPECT_TRUE(is_proxied_dc(self, 10077));
  EXPECT_TRUE(is_proxied_dc(self, -10002));
  EXPECT_FALSE(is_proxied_dc(self, 77));
}

}  // namespace
}  // namespace corogram::testdc

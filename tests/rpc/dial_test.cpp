// Which handshakes a link needs and where it goes, without sockets.

#include <corogram/core/random.hpp>
#include <corogram/rpc/dial.hpp>
#include <corogram/transport/fake_tls_hello.hpp>

#include <gtest/gtest.h>

#include <memory>

namespace corogram::rpc {
namespace {

using transport::framing;

constexpr core::instant now{std::chrono::seconds{5}, std::chrono::seconds{1'700'000'000}};

options settings_for(std::string host, std::uint16_t port) {
  options settings;
  settings.endpoints.emplace_back(std::move(host), port);
  return settings;
}

std::string first_words(transport::client_handshake& handshake) {
  core::byte_buffer out;
  handshake.start(out);
  return std::string(core::as_text(out));
}

/// What a proxy that wants no user is asked for.
core::byte_buffer socks_request(const options& settings) {
  const auto handshake = dial_plan(settings).proxy_handshake(settings.endpoints[0]);
  core::byte_buffer out;
  handshake->start(out);
  out.clear();
  const core::byte_buffer no_user{5, 0};
  core::byte_view received = no_user;
  EXPECT_TRUE(handshake->receive(received, out));
  return out;
}

TEST(Dial, GoesStraightToTheServerWithoutAWord) {
  core::test_random random(1);
  const endpoint server("10.0.0.1", 443);
  const dial_plan plan(settings_for("10.0.0.1", 443));
  EXPECT_EQ(plan.first_hop(server).host, "10.0.0.1");
  EXPECT_EQ(plan.proxy_handshake(server), nullptr);
  EXPECT_EQ(plan.carrier_handshake(server, now, random), nullptr);
  EXPECT_FALSE(plan.tls());
}

TEST(Dial, TellsASocksProxyAnAddressOrAName) {
  options settings = settings_for("149.154.167.50", 443);
  settings.proxy.emplace(outgoing_proxy::protocol::socks5, endpoint("proxy.example", 1080));
  const dial_plan plan(settings);
  EXPECT_EQ(plan.first_hop(settings.endpoints[0]).host, "proxy.example");
  EXPECT_EQ(plan.first_hop(settings.endpoints[0]).port, 1080);
  EXPECT_EQ(socks_request(settings),
            (core::byte_buffer{5, 1, 0, 1, 149, 154, 167, 50, 0x01, 0xbb}));
  settings.endpoints[0].host = "::1";
  EXPECT_EQ(socks_request(settings), (core::byte_buffer{5, 1, 0, 4, 0, 0, 0, 0, 0, 0, 0,
                                                        0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0xbb}));
  settings.endpoints[0].host = "dc.a";
  EXPECT_EQ(socks_request(settings),
            (core::byte_buffer{5, 1, 0, 3, 4, 'd', 'c', '.', 'a', 0x01, 0xbb}));
}

TEST(Dial, TellsAnHttpProxyWhereToAndWhoWeAre) {
  options settings = settings_for("::1", 443);
  settings.proxy.emplace(outgoing_proxy::protocol::http_connect, endpoint("10.0.0.9", 3128));
  settings.proxy->user.emplace(transport::proxy_user{core::secret_buffer(core::as_bytes("moe")),
                                                     core::secret_buffer(core::as_bytes("pw"))});
  const auto handshake = dial_plan(settings).proxy_handshake(settings.endpoints[0]);
  const std::string words = first_words(*handshake);
  EXPECT_TRUE(words.starts_with("CONNECT [::1]:443 HTTP/1.1\r\n")) << words;
  EXPECT_NE(words.find("Proxy-Authorization: Basic bW9lOnB3\r\n"), std::string::npos);
}

TEST(Dial, AsksForAWebSocketWhereClientsFindIt) {
  core::test_random random(1);
  options settings = settings_for("venus.web.telegram.org", 443);
  settings.carrier = transport::carrier_kind::websocket;
  settings.tls.emplace();
  auto handshake = dial_plan(settings).carrier_handshake(settings.endpoints[0], now, random);
  const std::string words = first_words(*handshake);
  EXPECT_TRUE(words.starts_with("GET /apiws HTTP/1.1\r\nHost: venus.web.telegram.org\r\n"))
      << words;

  settings.test_mode = true;
  settings.tls.reset();
  EXPECT_EQ(target_of(settings, settings.endpoints[0]).path, "/apiws_test");
  EXPECT_EQ(target_of(settings, settings.endpoints[0]).host, "venus.web.telegram.org:443");
  settings.path = "/elsewhere";
  EXPECT_EQ(target_of(settings, settings.endpoints[0]).path, "/elsewhere");
}

//= PROXY-12 test
TEST(Dial, OpensFakeTlsForItsSecretAlone) {
  core::test_random random(1);
  const std::string bytes = "22334455667788990011aabbccddeeff";
  for (const std::string& secret : {bytes, "dd" + bytes}) {
    options settings = settings_for("10.0.0.1", 443);
    settings.secret = *transport::proxy_secret::from_text(secret);
    EXPECT_EQ(dial_plan(settings).carrier_handshake(settings.endpoints[0], now, random), nullptr);
  }
  options settings = settings_for("10.0.0.1", 443);
  settings.secret = *transport::proxy_secret::from_text("ee" + bytes + "6578616d706c652e6f7267");
  const auto handshake = dial_plan(settings).carrier_handshake(settings.endpoints[0], now, random);
  ASSERT_NE(handshake, nullptr);
  EXPECT_NE(first_words(*handshake).find("example.org"), std::string::npos);
}

//= TR-38 test
//= PROXY-03 test
TEST(Dial, NamesTheDataCenterToAProxyAndToNobodyElse) {
  options settings = settings_for("10.0.0.1", 443);
  EXPECT_FALSE(stream_config(settings, settings.endpoints[0], 2).dc_id);
  settings.secret = *transport::proxy_secret::from_text("dd22334455667788990011aabbccddeeff");
  const transport::client_config config = stream_config(settings, settings.endpoints[0], -4);
  EXPECT_EQ(config.dc_id, -4);
  EXPECT_EQ(config.framing, framing::padded_intermediate);
  EXPECT_TRUE(config.secret);
}

//= DC-02 test
TEST(Dial, PutsTheAddressesOwnSecretBeforeThatOfTheOptions) {
  core::test_random random(1);
  options settings = settings_for("10.0.0.1", 443);
  settings.secret = *transport::proxy_secret::from_text("dd22334455667788990011aabbccddeeff");
  endpoint own = settings.endpoints[0];
  own.secret = std::make_shared<const transport::proxy_secret>(*transport::proxy_secret::from_text(
      "ee00112233445566778899aabbccddeeff6578616d706c652e6f7267"));
  EXPECT_NE(dial_plan(settings).carrier_handshake(own, now, random), nullptr);
  const transport::client_config config = stream_config(settings, own, 2);
  EXPECT_EQ(config.carrier, transport::carrier_kind::fake_tls);
  EXPECT_EQ(config.secret->view()[1], 0x11);
  settings.secret.reset();
  own.secret.reset();
  own.obfuscated = true;
  EXPECT_TRUE(stream_config(settings, own, 2).obfuscated);
  EXPECT_FALSE(stream_config(settings, settings.endpoints[0], 2).obfuscated);
}

TEST(Dial, RefusesTransportsThatDoNotGoTogether) {
  const auto with = [](framing inner, transport::carrier_kind carrier, bool obfuscated,
                       bool secret) {
    options settings;
    settings.framing = inner;
    settings.carrier = carrier;
    settings.obfuscated = obfuscated;
    if (secret)
      settings.secret = *transport::proxy_secret::from_text("22334455667788990011aabbccddeeff");
    return can_dial(settings);
  };
  using enum transport::carrier_kind;
  EXPECT_TRUE(with(framing::full, tcp, true, false));
  EXPECT_TRUE(with(framing::abridged, websocket, false, false));
  EXPECT_TRUE(with(framing::abridged, tcp, false, true));
  EXPECT_TRUE(with(framing::http, tcp, false, false));
  EXPECT_FALSE(with(framing::http, tcp, true, false));
  EXPECT_FALSE(with(framing::http, tcp, false, true));
  EXPECT_FALSE(with(framing::http, websocket, false, false));
  EXPECT_FALSE(with(framing::intermediate, websocket, false, true));
  EXPECT_FALSE(with(framing::intermediate, fake_tls, false, true));
}

}  // namespace
}  // namespace corogram::rpc

#include <corogram/transport/http_head.hpp>
#include <corogram/transport/web_address.hpp>

#include <gtest/gtest.h>

namespace corogram::transport {
namespace {

constexpr web_path_options websocket{.websocket = true, .cross_origin = true, .test = false};

//= WS-10 test
//= WS-11 test
TEST(WebAddress, ByAddressIsPlain) {
  EXPECT_EQ(web_address_of_ip("149.154.167.50", {}).to_string(), "http://149.154.167.50:80/api");
  EXPECT_EQ(web_address_of_ip("149.154.167.50", {.cross_origin = true}).to_string(),
            "http://149.154.167.50:80/apiw");
  EXPECT_EQ(web_address_of_ip("149.154.167.50", websocket).to_string(),
            "ws://149.154.167.50:80/apiws");
  EXPECT_EQ(web_address_of_ip("2001:67c:4e8:f002::a", {}).to_string(),
            "http://[2001:67c:4e8:f002::a]:80/api");
}

//= WS-11 test
//= WS-14 test
TEST(WebAddress, HasAPathForEachVariant) {
  EXPECT_EQ(web_path({}), "/api");
  EXPECT_EQ(web_path({.cross_origin = true}), "/apiw");
  EXPECT_EQ(web_path({.websocket = true}), "/apis");
  EXPECT_EQ(web_path(websocket), "/apiws");
  EXPECT_EQ(web_path({.websocket = true, .cross_origin = true, .test = true}), "/apiws_test");
  EXPECT_EQ(web_path({.test = true}), "/api_test");
  for (const bool secure : {false, true})
    for (const bool cross_origin : {false, true})
      for (const bool test : {false, true})
        EXPECT_TRUE(is_api_path(
            web_path({.websocket = secure, .cross_origin = cross_origin, .test = test})));
}

//= WS-12 test
TEST(WebAddress, ByNameExistsForFiveDataCenters) {
  constexpr std::string_view names[] = {"pluto", "venus", "aurora", "vesta", "flora"};
  for (int dc = 1; dc <= 5; ++dc) {
    const std::string host = std::string(names[dc - 1]) + ".web.telegram.org";
    EXPECT_EQ(web_address_of_dc(dc, false, {})->to_string(), "http://" + host + ":80/api");
    EXPECT_EQ(web_address_of_dc(dc, true, {})->to_string(), "https://" + host + ":443/api");
    //= WS-10 test
    EXPECT_EQ(web_address_of_dc(dc, true, websocket)->to_string(), "wss://" + host + ":443/apiws");
  }
  EXPECT_FALSE(web_address_of_dc(0, true, {}));
  EXPECT_FALSE(web_address_of_dc(6, true, {}));
}

//= WS-13 test
TEST(WebAddress, HasASecondNameForMoreConnections) {
  EXPECT_EQ(web_address_of_dc(4, true, websocket, true)->to_string(),
            "wss://vesta-1.web.telegram.org:443/apiws");
}

TEST(WebAddress, LeavesOutThePortThatGoesWithoutSaying) {
  EXPECT_EQ(web_authority("a.example", 80, false), "a.example");
  EXPECT_EQ(web_authority("a.example", 443, false), "a.example:443");
  EXPECT_EQ(web_authority("::1", 443, true), "[::1]");
  EXPECT_EQ(web_authority("127.0.0.1", 80, true), "127.0.0.1:80");
}

}  // namespace
}  // namespace corogram::transport

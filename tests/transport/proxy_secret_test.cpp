#include "support.hpp"

#include <corogram/core/base64.hpp>
#include <corogram/transport/errc.hpp>
#include <corogram/transport/proxy_secret.hpp>

#include <gtest/gtest.h>

#include <string>

namespace corogram::transport {
namespace {

using namespace test;
using kind = proxy_secret::kind;

constexpr std::string_view key = "00112233445566778899aabbccddeeff";

//= PROXY-02 test
TEST(ProxySecret, IsSimpleWith16Bytes) {
  for (const char* text :
       {"00112233445566778899aabbccddeeff", "00112233445566778899AABBCCDDEEFF"}) {
    const auto secret = proxy_secret::from_text(text);
    ASSERT_TRUE(secret);
    EXPECT_EQ(secret->type(), kind::simple);
    EXPECT_EQ(core::to_hex(secret->key()), key);
    EXPECT_EQ(secret->domain(), "");
  }
}

//= PROXY-03 test
TEST(ProxySecret, IsPaddedWith17BytesWhateverTheFirst) {
  for (const char* first : {"dd", "ee", "00", "7f"}) {
    const auto secret = proxy_secret::from_text(first + std::string(key));
    ASSERT_TRUE(secret);
    EXPECT_EQ(secret->type(), kind::padded) << first;
    EXPECT_EQ(core::to_hex(secret->key()), key);
  }
}

//= PROXY-12 test
//= PROXY-13 test
TEST(ProxySecret, IsForFakeTlsWithADomainInAllNotations) {
  const core::byte_buffer raw =
      core::concat(bytes("ee"), bytes(key), core::as_bytes("www.example.org"));
  std::string base64 = core::to_base64(raw);
  std::string url = base64;
  for (char& c : url) c = c == '+' ? '-' : c == '/' ? '_' : c;
  const std::string bare = url.substr(0, url.find('='));
  EXPECT_NE(base64.find_first_of("+/="), std::string::npos)
      << "nothing to tell the alphabets apart";
  for (const std::string& text : {core::to_hex(raw), base64, url, bare}) {
    const auto secret = proxy_secret::from_text(text);
    ASSERT_TRUE(secret) << text;
    EXPECT_EQ(secret->type(), kind::fake_tls) << text;
    EXPECT_EQ(core::to_hex(secret->key()), key) << text;
    EXPECT_EQ(secret->domain(), "www.example.org") << text;
  }
}

//= PROXY-14 test
TEST(ProxySecret, TakesDomainsOf1To182Bytes) {
  for (const std::size_t size : {std::size_t{1}, std::size_t{182}, std::size_t{183}}) {
    const core::byte_buffer raw =
        core::concat(bytes("ee"), bytes(key), core::byte_buffer(size, core::byte{'a'}));
    const auto secret = proxy_secret::from_bytes(raw);
    EXPECT_EQ(secret.has_value(), size <= proxy_secret::max_domain) << size;
  }
}

TEST(ProxySecret, RefusesWhatIsNone) {
  // 0, 15 and 31 digits; 15 bytes; 18 bytes without ee; no text; a domain that is none.
  for (const std::string text :
       {"", "00112233445566", "00112233445566778899aabbccddeef", "00112233445566778899aabbccddee",
        "dd00112233445566778899aabbccddeeff61", "0011*", "ee00112233445566778899aabbccddeeff00",
        "ee00112233445566778899aabbccddeeff6120", "ee00112233445566778899aabbccddeeffc3a4"}) {
    const auto secret = proxy_secret::from_text(text);
    ASSERT_FALSE(secret) << text;
    EXPECT_EQ(secret.error().code, errc::bad_secret) << text;
  }
}

TEST(ProxySecret, ClonesWhole) {
  const auto secret = proxy_secret::from_text("ee00112233445566778899aabbccddeeff612e62");
  const proxy_secret twin = secret->clone();
  EXPECT_EQ(twin.type(), kind::fake_tls);
  EXPECT_EQ(core::to_hex(twin.key()), key);
  EXPECT_EQ(twin.domain(), "a.b");
}

//= PROXY-01 test
TEST(ProxyLink, IsReadInItsForms) {
  for (const char* beginning :
       {"tg://proxy?", "tg:proxy?", "https://t.me/proxy?", "http://t.me/proxy?", "t.me/proxy?",
        "https://telegram.me/proxy?", "telegram.dog/proxy?"}) {
    const auto link = parse_proxy_link(std::string(beginning) +
                                       "server=1.2.3.4&port=443&secret=dd" + std::string(key));
    ASSERT_TRUE(link) << beginning;
    EXPECT_EQ(link->server, "1.2.3.4");
    EXPECT_EQ(link->port, 443);
    EXPECT_EQ(link->secret.type(), kind::padded);
    EXPECT_EQ(core::to_hex(link->secret.key()), key);
  }
}

TEST(ProxyLink, MayBeEncodedAndInAnyOrder) {
  // +/+/ at the beginning of the secret, in the query as it is and encoded.
  const auto link = parse_proxy_link(
      "tg://proxy?more=1&secret=%2B/%2b/"
      "AAAAAAAAAAAAAAAAAA&port=65535&server=proxy%2Eexample.org#top");
  ASSERT_TRUE(link) << link.error().message();
  EXPECT_EQ(link->server, "proxy.example.org");
  EXPECT_EQ(link->port, 65535);
  EXPECT_EQ(core::to_hex(link->secret.key()), "fbffbf00000000000000000000000000");
  const auto plus = parse_proxy_link("tg://proxy?server=a&port=1&secret=+/+/AAAAAAAAAAAAAAAAAA");
  ASSERT_TRUE(plus);
  EXPECT_EQ(plus->secret.key()[0], 0xfb);
}

//= PROXY-01 test
TEST(ProxyLink, IsRefusedWithoutAPart) {
  const std::string secret = "&secret=" + std::string(key);
  for (const std::string& link :
       {"tg://socks?server=a&port=1" + secret, "tg://proxy?port=1" + secret,
        "tg://proxy?server=&port=1" + secret, "tg://proxy?server=a" + secret,
        "tg://proxy?server=a&port=0" + secret, "tg://proxy?server=a&port=65536" + secret,
        "tg://proxy?server=a&port=1x" + secret, "tg://proxy?server=a&port=" + secret,
        std::string("tg://proxy?server=a&port=1"), "tg://proxy?server=%2&port=1" + secret,
        "tg://proxy?server=%zz&port=1" + secret,
        "https://example.org/proxy?server=a&port=1" + secret, std::string()}) {
    const auto parsed = parse_proxy_link(link);
    ASSERT_FALSE(parsed) << link;
    EXPECT_EQ(parsed.error().code, errc::bad_proxy_link) << link;
  }
  EXPECT_EQ(parse_proxy_link("tg://proxy?server=a&port=1&secret=00").error().code,
            errc::bad_secret);
}

}  // namespace
}  // namespace corogram::transport

#include "support.hpp"

#include <corogram/transport/errc.hpp>
#include <corogram/transport/http_head.hpp>

#include <gtest/gtest.h>

#include <string>

namespace corogram::transport {
namespace {

using namespace test;

core::result<std::optional<http_head>> parse(std::string_view text) {
  return http_head::parse(core::as_bytes(text));
}

TEST(HttpHead, TakesARequestApart) {
  const std::string text =
      "POST /api HTTP/1.1\r\nHost: a:80\r\nCONTENT-length:  40 \r\nConnection: a, Upgrade\r\n"
      "Connection:keep-alive\r\nEmpty:\r\n\r\nbody";
  const auto head = parse(text);
  ASSERT_TRUE(head && *head);
  EXPECT_EQ((*head)->size(), text.size() - 4);
  EXPECT_EQ((*head)->method(), "POST");
  EXPECT_EQ((*head)->target(), "/api");
  EXPECT_EQ((*head)->status(), 0);
  EXPECT_EQ((*head)->field("host"), "a:80");
  EXPECT_EQ((*head)->field("Empty"), "");
  EXPECT_EQ((*head)->field("Connection"), "a, Upgrade");
  EXPECT_FALSE((*head)->field("Hos"));
  EXPECT_EQ(**(*head)->content_length(), 40u);
  EXPECT_TRUE((*head)->has_token("connection", "upgrade"));
  EXPECT_TRUE((*head)->has_token("connection", "Keep-Alive"));
  EXPECT_FALSE((*head)->has_token("connection", "up"));
}

TEST(HttpHead, TakesAResponseApart) {
  for (const char* text : {"HTTP/1.1 404 Not Found\r\n\r\n", "HTTP/1.0 404\r\n\r\n"}) {
    const auto head = parse(text);
    ASSERT_TRUE(head && *head) << text;
    EXPECT_EQ((*head)->status(), 404);
    EXPECT_EQ((*head)->method(), "");
    EXPECT_FALSE(*(*head)->content_length());
  }
}

TEST(HttpHead, WaitsForItsEndUpTo8192Bytes) {
  const std::string text = "GET / HTTP/1.1\r\nA: b\r\n\r\n";
  for (std::size_t size = 0; size < text.size(); ++size)
    EXPECT_FALSE(*parse(text.substr(0, size))) << size;
  const std::string fitting =
      "GET / HTTP/1.1\r\nA: " + std::string(http_head::max_size - 23, 'x') + "\r\n\r\n";
  ASSERT_EQ(fitting.size(), http_head::max_size);
  EXPECT_TRUE(*parse(fitting));
  EXPECT_EQ(parse("x" + fitting).error().code, errc::bad_http);
  EXPECT_EQ(parse(std::string(http_head::max_size, 'x')).error().code, errc::bad_http);
}

TEST(HttpHead, RefusesOtherForms) {
  for (const char* text : {"\r\n\r\n", "GET\r\n\r\n", "GET /\r\n\r\n", "GET / HTTP/2\r\n\r\n",
                           " / HTTP/1.1\r\n\r\n", "HTTP/1.1 20\r\n\r\n", "HTTP/1.1 2000 x\r\n\r\n",
                           "HTTP/1.1 abc x\r\n\r\n", "HTTP/1.1 099 x\r\n\r\n", "HTTP/1.1\r\n\r\n",
                           "GET / HTTP/1.1\r\nno colon\r\n\r\n", "GET / HTTP/1.1\r\n: b\r\n\r\n",
                           "GET / HTTP/1.1\r\nA : b\r\n\r\n", "GET / HTTP/1.1\r\n folded\r\n\r\n"})
    EXPECT_EQ(parse(text).error().code, errc::bad_http) << text;
}

TEST(HttpHead, RefusesLengthsThatAreNone) {
  for (const char* field :
       {"Content-Length: x", "Content-Length: -1", "Content-Length:", "Content-Length: 1 2",
        "Content-Length: 99999999999999999999", "Transfer-Encoding: chunked"}) {
    const std::string text = "POST / HTTP/1.1\r\n" + std::string(field) + "\r\n\r\n";
    const auto head = parse(text);
    ASSERT_TRUE(head && *head);
    EXPECT_EQ((*head)->content_length().error().code, errc::bad_http) << field;
  }
}

TEST(HttpHead, IsCollectedUpToItsLastByte) {
  const core::byte_buffer text = core::concat(core::as_bytes("HTTP/1.1 200 OK\r\n\r\nrest"));
  for (std::size_t step = 1; step <= text.size(); ++step) {
    core::byte_buffer collected;
    core::byte_view left = text;
    for (bool whole = false; !whole;) {
      core::byte_view piece = left.first(std::min(step, left.size()));
      const std::size_t offered = piece.size();
      const auto head = collect_http_head(piece, collected);
      ASSERT_TRUE(head);
      whole = head->has_value();
      left = left.subspan(offered - piece.size());
      if (!whole) {
        ASSERT_TRUE(piece.empty());
      } else {
        EXPECT_EQ((*head)->status(), 200);
      }
    }
    EXPECT_EQ(core::as_text(left), "rest");
  }
  core::byte_buffer collected;
  const core::byte_buffer endless(http_head::max_size + 10, core::byte{'x'});
  core::byte_view left = endless;
  EXPECT_EQ(collect_http_head(left, collected).error().code, errc::bad_http);
  EXPECT_EQ(collected.size(), http_head::max_size);
}

TEST(HttpPath, IsOfTheApi) {
  for (const char* path : {"/api", "/apiw", "/apiws", "/apiw1", "/api_test", "/apiws_premium"})
    EXPECT_TRUE(is_api_path(path)) << path;
  for (const char* path : {"", "/", "/ap", "/api/", "/api?x", "api", "/API", "/apiw\n"})
    EXPECT_FALSE(is_api_path(path)) << path;
}

}  // namespace
}  // namespace corogram::transport

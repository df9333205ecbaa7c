#include "support.hpp"

#include <corogram/transport/errc.hpp>
#include <corogram/transport/http.hpp>

#include <gtest/gtest.h>

#include <string>

namespace corogram::transport {
namespace {

using namespace test;

constexpr std::size_t limit = 1 << 20;

http make_client() {
  return {role::client, limit, {"127.0.0.1:8080", "/api"}};
}
http make_server() {
  return {role::server, limit, {}};
}

core::byte_buffer text(std::string_view characters) {
  return core::concat(core::as_bytes(characters));
}

core::byte_buffer written(http& by, core::byte_view payload) {
  return framed(by, payload);
}

/// The first line of what a codec answers by itself.
std::string first_reply_line(http& by) {
  const std::string_view all = core::as_text(by.replies());
  return std::string(all.substr(0, all.find("\r\n")));
}

//= WS-15 test
//= WS-16 test
TEST(Http, CarriesPacketsInBodiesBothWays) {
  for (const std::size_t blocks : {0u, 1u, 64u, 65534u}) {
    const core::byte_buffer payload = encrypted(blocks);
    http client = make_client();
    http server = make_server();
    core::byte_buffer query = written(client, payload);
    EXPECT_TRUE(core::as_text(query).starts_with("POST /api HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n"));
    EXPECT_TRUE(core::as_text(query).find("\r\nConnection: keep-alive\r\n") !=
                std::string_view::npos);
    EXPECT_TRUE(core::equal(core::byte_view(query).last(payload.size()), payload));
    if (blocks <= 64) {
      EXPECT_EQ(check_prefixes(make_server(), query), "");
    }
    query.push_back('P');
    const auto found = read_whole(server, query);
    EXPECT_EQ(found.size, query.size() - 1);
    EXPECT_EQ(say(*found.content), say(payload));

    core::byte_buffer answer = written(server, payload);
    EXPECT_TRUE(core::as_text(answer).starts_with("HTTP/1.1 200 OK\r\n"));
    if (blocks <= 64) {
      EXPECT_EQ(check_prefixes(client, answer), "");
    }
    answer.push_back('H');
    const auto back = read_whole(client, answer);
    EXPECT_EQ(back.size, answer.size() - 1);
    EXPECT_EQ(say(*back.content), say(payload));
  }
}

//= WS-18 test
TEST(Http, AnswersAsManyTimesAsItWasAsked) {
  http client = make_client();
  http server = make_server();
  EXPECT_TRUE(client.can_write());
  EXPECT_FALSE(server.can_write());
  read_whole(server, written(client, encrypted(1)));
  read_whole(server, written(client, encrypted(2)));
  core::byte_buffer out;
  EXPECT_TRUE(server.can_write());
  core::append(out, written(server, encrypted(3)));
  EXPECT_TRUE(server.can_write());
  server.write_transport_error(-404, out);
  EXPECT_FALSE(server.can_write());
}

TEST(Http, ClientsCountWhatIsUnanswered) {
  http client = make_client();
  http server = make_server();
  EXPECT_EQ(client.unanswered(), 0u);
  for (const int query : {1, 2, 3})
    read_whole(server, written(client, encrypted(static_cast<std::size_t>(query))));
  EXPECT_EQ(client.unanswered(), 3u);
  read_whole(client, written(server, encrypted(4)));
  EXPECT_EQ(client.unanswered(), 2u);
  // An interim answer answers nothing, a refusal does.
  read_whole(client, text("HTTP/1.1 100 Continue\r\n\r\n"));
  EXPECT_EQ(client.unanswered(), 2u);
  core::byte_buffer refusal;
  server.write_transport_error(-404, refusal);
  read_whole(client, refusal);
  EXPECT_EQ(client.unanswered(), 1u);
  // What nobody asked for is no less than none.
  const core::byte_buffer answer = written(server, encrypted(5));
  read_whole(client, answer);
  read_whole(client, answer);
  EXPECT_EQ(client.unanswered(), 0u);
}

//= TR-32 test
TEST(Http, CarriesTransportErrorsAsStatus) {
  for (const auto& [code, line] :
       {std::pair(-404, "HTTP/1.1 404 Not Found"), std::pair(-403, "HTTP/1.1 403 Forbidden"),
        std::pair(-429, "HTTP/1.1 429 Too Many Requests"), std::pair(-444, "HTTP/1.1 444 Error")}) {
    http client = make_client();
    http server = make_server();
    read_whole(server, written(client, encrypted(1)));
    core::byte_buffer wire;
    server.write_transport_error(code, wire);
    EXPECT_TRUE(core::as_text(wire).starts_with(line)) << code;
    EXPECT_EQ(check_prefixes(client, wire), "");
    EXPECT_EQ(say(*read_whole(client, wire).content), say(transport_error{code}));
  }
  // No status says the like: it is the server's failure.
  for (const std::int32_t code : {-1, -200, -600, INT32_MIN}) {
    http server = make_server();
    http client = make_client();
    read_whole(server, written(client, encrypted(1)));
    core::byte_buffer wire;
    server.write_transport_error(code, wire);
    EXPECT_EQ(say(*read_whole(client, wire).content), say(transport_error{-500}));
  }
}

//= TR-32 test
TEST(Http, NeverLooksIntoTheBodyOfAnError) {
  const core::byte_buffer next = text("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nabcd");
  http client = make_client();
  core::byte_buffer wire = core::concat(
      text("HTTP/1.1 404 Not Found\r\nContent-Length: 28\r\n\r\nHTTP/1.1 200 OK\r\nContent-Len"),
      next);
  const auto first = read_whole(client, wire);
  EXPECT_EQ(say(*first.content), say(transport_error{-404}));
  const auto body = read_whole(client, core::byte_view(wire).subspan(first.size));
  EXPECT_EQ(body.size, 28u);
  EXPECT_FALSE(body.content);
  const auto second = read_whole(client, core::byte_view(wire).subspan(first.size + body.size));
  EXPECT_EQ(say(*second.content), say(text("abcd")));

  // Without a length the body goes on to the end.
  http other = make_client();
  wire = core::concat(text("HTTP/1.1 500 Oops\r\n\r\n"), next);
  const auto status = read_whole(other, wire);
  EXPECT_EQ(say(*status.content), say(transport_error{-500}));
  const auto rest = read_whole(other, core::byte_view(wire).subspan(status.size));
  EXPECT_EQ(rest.size, next.size());
  EXPECT_FALSE(rest.content);
}

TEST(Http, TakesAnEmptyAnswerForNothing) {
  http client = make_client();
  const auto found = read_whole(client, text("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"));
  EXPECT_FALSE(found.content);
  const auto interim = read_whole(client, text("HTTP/1.1 100 Continue\r\n\r\n"));
  EXPECT_FALSE(interim.content);
}

TEST(Http, RefusesAnswersThatAreNone) {
  http client = make_client();
  EXPECT_EQ(read_failure(client, text("POST /api HTTP/1.1\r\n\r\n")).code, errc::bad_http);
  EXPECT_EQ(read_failure(client, text("HTTP/1.1 200 OK\r\n\r\n")).code, errc::bad_http);
  EXPECT_EQ(
      read_failure(client, text("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")).code,
      errc::bad_http);
  EXPECT_EQ(read_failure(client, text("HTTP/1.1 200 OK\r\nContent-Length: 1048580\r\n\r\n")).code,
            errc::bad_length);
}

//= TR-45 test
//= WS-24 test
TEST(Http, RefusesQueriesWithTheStatusThatFits) {
  struct refusal {
    const char* query;
    errc code;
    const char* line;
  };
  for (const refusal& expected : {
           refusal{"POST /other HTTP/1.1\r\nContent-Length: 4\r\n\r\n", errc::bad_http,
                   "HTTP/1.1 404 Not Found"},
           refusal{"GET /api HTTP/1.1\r\n\r\n", errc::bad_http, "HTTP/1.1 405 Method Not Allowed"},
           refusal{"POST /api HTTP/1.1\r\n\r\n", errc::bad_http, "HTTP/1.1 411 Length Required"},
           refusal{"POST /api HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", errc::bad_http,
                   "HTTP/1.1 411 Length Required"},
           refusal{"POST /api HTTP/1.1\r\nContent-Length: 1048580\r\n\r\n", errc::bad_length,
                   "HTTP/1.1 413 Content Too Large"},
           refusal{"POST /api HTTP/1.1\r\nContent-Length: 18446744073709551612\r\n\r\n",
                   errc::bad_length, "HTTP/1.1 413 Content Too Large"},
           refusal{"POST /api HTTP/1.1\r\nContent-Length: 0\r\n\r\n", errc::bad_length,
                   "HTTP/1.1 400 Bad Request"},
           refusal{"POST /api HTTP/1.1\r\nContent-Length: 42\r\n\r\n", errc::bad_length,
                   "HTTP/1.1 400 Bad Request"},
           refusal{"POST /api\r\n\r\n", errc::bad_http, "HTTP/1.1 400 Bad Request"},
           refusal{"HTTP/1.1 200 OK\r\n\r\n", errc::bad_http, "HTTP/1.1 404 Not Found"},
       }) {
    http server = make_server();
    EXPECT_EQ(read_failure(server, text(expected.query)).code, expected.code) << expected.query;
    EXPECT_EQ(first_reply_line(server), expected.line) << expected.query;
    EXPECT_FALSE(server.can_write());
  }
}

//= WS-23 test
TEST(Http, PermitsPagesOfOtherSitesOnTheirPath) {
  http server = make_server();
  const auto permitted = read_whole(server, text("OPTIONS /apiw HTTP/1.1\r\nOrigin: x\r\n\r\n"));
  EXPECT_FALSE(permitted.content);
  EXPECT_FALSE(server.can_write());
  const std::string_view reply = core::as_text(server.replies());
  EXPECT_TRUE(reply.starts_with("HTTP/1.1 200 OK\r\n"));
  for (const char* field :
       {"Access-Control-Allow-Origin: *\r\n", "Access-Control-Allow-Methods: POST, OPTIONS\r\n",
        "Access-Control-Allow-Headers: origin, content-type\r\n",
        "Access-Control-Max-Age: 1728000\r\n"})
    EXPECT_NE(reply.find(field), std::string_view::npos) << field;

  read_whole(server, text("POST /apiw HTTP/1.1\r\nContent-Length: 4\r\n\r\nabcd"));
  EXPECT_NE(core::as_text(written(server, encrypted(1))).find("Access-Control-Allow-Origin"),
            std::string_view::npos);
  read_whole(server, text("POST /api HTTP/1.1\r\nContent-Length: 4\r\n\r\nabcd"));
  EXPECT_EQ(core::as_text(written(server, encrypted(1))).find("Access-Control"),
            std::string_view::npos);

  // An answer out of its order would be taken for another query's.
  read_whole(server, text("POST /apiw HTTP/1.1\r\nContent-Length: 4\r\n\r\nabcd"));
  EXPECT_EQ(read_failure(server, text("OPTIONS /apiw HTTP/1.1\r\n\r\n")).code, errc::bad_http);
}

}  // namespace
}  // namespace corogram::transport

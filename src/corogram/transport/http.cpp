#include <corogram/transport/errc.hpp>
#include <corogram/transport/http.hpp>

#include <algorithm>
#include <cassert>
#include <limits>

namespace corogram::transport {

namespace {

constexpr int ok = 200;
constexpr int bad_request = 400;
constexpr int not_found = 404;
constexpr int method_not_allowed = 405;
constexpr int length_required = 411;
constexpr int too_large = 413;
constexpr int internal_error = 500;

//= WS-23
constexpr std::string_view cross_origin_fields =
    "Access-Control-Allow-Origin: *\r\n"
    "Access-Control-Allow-Methods: POST, OPTIONS\r\n"
    "Access-Control-Allow-Headers: origin, content-type\r\n"
    "Access-Control-Max-Age: 1728000\r\n";

void append_text(core::byte_buffer& out, std::string_view text) {
  core::append(out, core::as_bytes(text));
}

bool is_cross_origin(std::string_view path) {
  return path.starts_with("/apiw");
}

core::error bad_http(std::string_view expected) {
  return {errc::bad_http, core::error::no_offset, expected};
}

/// The status that stands for a transport error: the same number, if there can be such a status.
int status_of(std::int32_t code) {
  return code <= -400 && code > -600 ? -code : internal_error;
}

}  // namespace

http::http(role side, std::size_t max_payload, http_target target)
    : side_(side), max_payload_(max_payload), target_(std::move(target)) {}

void http::enclose(core::packet_buffer& payload) {
  assert(can_write());
  core::byte_buffer head;
  if (side_ == role::client) {
    ++waiting_;
    //= WS-15
    append_text(head, "POST " + target_.path + " HTTP/1.1\r\nHost: " + target_.host +
                          "\r\nConnection: keep-alive\r\nContent-Type: application/octet-stream\r\n"
                          "Content-Length: " +
                          std::to_string(payload.size()) + "\r\n\r\n");
  } else {
    //= WS-16
    //= WS-18
    --waiting_;
    write_answer_head(ok, payload.size(), head);
  }
  std::ranges::copy(head, payload.prepend(head.size()).begin());
}

//= TR-32
void http::write_transport_error(std::int32_t code, core::byte_buffer& out) {
  assert(can_write());
  --waiting_;
  write_answer_head(status_of(code), 0, out);
}

void http::write_answer_head(int status, std::size_t length, core::byte_buffer& out) const {
  append_text(out, "HTTP/1.1 " + std::to_string(status) + " ");
  append_text(out, http_reason(status));
  append_text(out, "\r\nConnection: keep-alive\r\n");
  //= WS-24
  if (length > 0) append_text(out, "Content-Type: application/octet-stream\r\n");
  append_text(out, "Cache-Control: no-store\r\n");
  if (cross_origin_) append_text(out, cross_origin_fields);
  append_text(out, "Content-Length: " + std::to_string(length) + "\r\n\r\n");
}

core::result<read_outcome> http::read(core::byte_span input) {
  return side_ == role::server ? read_query(input) : read_answer(input);
}

core::result<read_outcome> http::read_query(core::byte_span input) {
  const auto parsed = http_head::parse(input);
  if (!parsed) return refuse(bad_request, parsed.error());
  if (!*parsed) return needs(input.size() + 1);
  const http_head& head = **parsed;
  //= WS-24
  if (!is_api_path(head.target())) return refuse(not_found, bad_http("the path /api"));
  cross_origin_ = is_cross_origin(head.target());
  if (head.method() == "OPTIONS") return permit(head);
  if (head.method() != "POST") return refuse(method_not_allowed, bad_http("POST"));

  const auto length = head.content_length();
  if (!length) return refuse(length_required, length.error());
  if (!*length) return refuse(length_required, bad_http("a length of the body"));
  //= TR-45
  if (**length > max_payload_)
    return refuse(too_large, {errc::bad_length, 0, "a length within the limit"});
  //= WS-24
  if (**length == 0 || **length % 4 != 0)
    return refuse(bad_request, {errc::bad_length, 0, "a multiple of 4 above zero"});

  const std::size_t size = head.size() + **length;
  if (input.size() < size) return needs(size);
  ++waiting_;
  return found(size, packet{input.subspan(head.size(), **length), false});
}

/// Answers a browser that asks whether a page of another site may send queries.
core::result<read_outcome> http::permit(const http_head& head) {
  if (waiting_ > 0) return bad_http("no other request before the answer");
  write_answer_head(ok, 0, replies_);
  return found(head.size(), std::nullopt);
}

core::error http::refuse(int status, core::error failure) {
  append_text(replies_, "HTTP/1.1 " + std::to_string(status) + " ");
  append_text(replies_, http_reason(status));
  append_text(replies_, "\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
  return failure;
}

core::result<read_outcome> http::read_answer(core::byte_span input) {
  if (skipped_ > 0) {
    if (input.empty()) return needs(1);
    const std::size_t count =
        static_cast<std::size_t>(std::min<std::uint64_t>(skipped_, input.size()));
    skipped_ -= count;
    return found(count, std::nullopt);
  }
  COROGRAM_TRY(const std::optional<http_head> head, http_head::parse(input));
  if (!head) return needs(input.size() + 1);
  if (head->status() == 0) return bad_http("a status line");
  // An interim answer announces nothing.
  if (head->status() < ok) return found(head->size(), std::nullopt);
  // Whoever gets an answer that nobody asked for lets it pass: a proxy on the way may have timed
  // out.
  const std::size_t left = waiting_ - std::min<std::size_t>(waiting_, 1);
  if (head->status() != ok) {
    //= TR-32
    // The body is not looked at. One without a length goes on to the end of the connection.
    const auto length = head->content_length();
    skipped_ = length && *length ? **length : std::numeric_limits<std::uint64_t>::max();
    waiting_ = left;
    return found(head->size(), transport_error{-head->status()});
  }
  //= WS-16
  COROGRAM_TRY(const std::optional<std::uint64_t> length, head->content_length());
  if (!length) return bad_http("a length of the body");
  //= TR-45
  if (*length > max_payload_) return core::error(errc::bad_length, 0, "a length within the limit");
  const std::size_t size = head->size() + static_cast<std::size_t>(*length);
  if (input.size() < size) return needs(size);
  waiting_ = left;
  if (*length == 0) return found(size, std::nullopt);
  return found(size, from_server(input.subspan(head->size(), static_cast<std::size_t>(*length))));
}

}  // namespace corogram::transport

#include <corogram/core/base64.hpp>
#include <corogram/crypto/hash.hpp>
#include <corogram/transport/errc.hpp>
#include <corogram/transport/websocket_handshake.hpp>

namespace corogram::transport {

namespace {

constexpr std::string_view subprotocol = "binary";
constexpr std::string_view protocol_field = "Sec-WebSocket-Protocol";
constexpr std::size_t key_size = 16;
constexpr int switching_protocols = 101;

core::error bad_http(std::string_view expected) {
  return {errc::bad_http, core::error::no_offset, expected};
}

void append_text(core::byte_buffer& out, std::string_view text) {
  core::append(out, core::as_bytes(text));
}

core::error refuse(core::byte_buffer& reply, int status, core::error failure) {
  append_text(reply, "HTTP/1.1 " + std::to_string(status) + " ");
  append_text(reply, http_reason(status));
  append_text(reply, "\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
  return failure;
}

bool is_upgrade(const http_head& head) {
  return head.has_token("Upgrade", "websocket") && head.has_token("Connection", "upgrade");
}

}  // namespace

std::string websocket_accept_key(std::string_view key) {
  constexpr std::string_view guid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  return core::to_base64(crypto::sha1(core::as_bytes(key), core::as_bytes(guid)));
}

core::result<std::optional<std::size_t>> accept_websocket(core::byte_view input,
                                                          core::byte_buffer& reply) {
  constexpr int bad_request = 400;
  constexpr int not_found = 404;
  const auto parsed = http_head::parse(input);
  if (!parsed) return refuse(reply, bad_request, parsed.error());
  if (!*parsed) return std::optional<std::size_t>();
  const http_head& head = **parsed;
  if (!is_api_path(head.target())) return refuse(reply, not_found, bad_http("the path /apiws"));
  if (head.method() != "GET" || !is_upgrade(head) || head.field("Sec-WebSocket-Version") != "13")
    return refuse(reply, bad_request, bad_http("an upgrade to WebSocket 13"));
  const auto key = head.field("Sec-WebSocket-Key");
  const auto key_bytes = key ? core::from_base64(*key) : core::result(core::byte_buffer());
  if (!key_bytes || key_bytes->size() != key_size)
    return refuse(reply, bad_request, bad_http("a key of 16 bytes"));
  //= WS-05
  if (!head.has_token(protocol_field, subprotocol))
    return refuse(reply, bad_request, bad_http("the subprotocol binary"));

  append_text(reply,
              "HTTP/1.1 101 Switching Protocols\r\n"
              "Upgrade: websocket\r\n"
              "Connection: Upgrade\r\n"
              "Sec-WebSocket-Protocol: binary\r\n"
              "Sec-WebSocket-Accept: " +
                  websocket_accept_key(*key) + "\r\n\r\n");
  return std::optional(head.size());
}

websocket_client_handshake::websocket_client_handshake(http_target target,
                                                       core::random_source& random)
    : target_(std::move(target)), key_(core::to_base64(random.array<key_size>())) {}

void websocket_client_handshake::start(core::byte_buffer& out) {
  append_text(out, "GET " + target_.path + " HTTP/1.1\r\nHost: " + target_.host +
                       "\r\n"
                       "Upgrade: websocket\r\n"
                       "Connection: Upgrade\r\n"
                       "Sec-WebSocket-Key: " +
                       key_ +
                       "\r\n"
                       "Sec-WebSocket-Version: 13\r\n");
  //= WS-05
  append_text(out, "Sec-WebSocket-Protocol: binary\r\n\r\n");
}

core::result<bool> websocket_client_handshake::receive(core::byte_view& received,
                                                       core::byte_buffer&) {
  COROGRAM_TRY(const std::optional<http_head> head, collect_http_head(received, head_));
  if (!head) return false;
  if (head->status() != switching_protocols || !is_upgrade(*head))
    return bad_http("the switch to WebSocket");
  if (head->field("Sec-WebSocket-Accept") != websocket_accept_key(key_))
    return bad_http("the proof that our key was read");
  //= WS-05
  if (head->field(protocol_field) != subprotocol) return bad_http("the subprotocol binary");
  return true;
}

}  // namespace corogram::transport

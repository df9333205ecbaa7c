#include <corogram/core/base64.hpp>
#include <corogram/transport/errc.hpp>
#include <corogram/transport/http_connect.hpp>
#include <corogram/transport/http_head.hpp>

namespace corogram::transport {

namespace {

void append_text(core::byte_buffer& out, std::string_view text) {
  core::append(out, core::as_bytes(text));
}

}  // namespace

http_connect_handshake::http_connect_handshake(std::string authority,
                                               std::optional<proxy_user> user)
    : authority_(std::move(authority)), user_(std::move(user)) {}

void http_connect_handshake::start(core::byte_buffer& out) {
  append_text(out, "CONNECT " + authority_ + " HTTP/1.1\r\nHost: " + authority_ + "\r\n");
  if (user_) {
    constexpr core::byte colon = ':';
    core::byte_buffer plain =
        core::concat(user_->name.view(), core::byte_view(&colon, 1), user_->password.view());
    const core::wipe_on_exit wipe(plain);
    append_text(out, "Proxy-Authorization: Basic " + core::to_base64(plain) + "\r\n");
  }
  append_text(out, "\r\n");
}

core::result<bool> http_connect_handshake::receive(core::byte_view& received, core::byte_buffer&) {
  constexpr int ok = 200;
  constexpr int redirect = 300;
  constexpr int unauthenticated = 407;
  for (;;) {
    const auto parsed = collect_http_head(received, head_);
    if (!parsed)
      return core::error(errc::bad_proxy_reply, parsed.error().offset, parsed.error().expected);
    const std::optional<http_head>& head = *parsed;
    if (!head) return false;
    const int status = head->status();
    if (status == 0)
      return core::error(errc::bad_proxy_reply, core::error::no_offset, "a status line");
    if (status == unauthenticated)
      return core::error(errc::proxy_auth_failed, core::error::no_offset,
                         "user name and password that the proxy knows");
    if (status >= redirect)
      return core::error(errc::proxy_refused, core::error::no_offset, "a status of success");
    if (status >= ok) return true;
    // An interim answer announces nothing.
    head_.clear();
  }
}

}  // namespace corogram::transport

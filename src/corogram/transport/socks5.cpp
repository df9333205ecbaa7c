#include <corogram/core/writer.hpp>
#include <corogram/transport/errc.hpp>
#include <corogram/transport/socks5.hpp>

#include <cassert>

namespace corogram::transport {

namespace {

constexpr core::byte socks_version = 5;
constexpr core::byte credentials_version = 1;
constexpr core::byte method_none = 0;
constexpr core::byte method_credentials = 2;
constexpr core::byte command_connect = 1;
constexpr core::byte reserved = 0;
constexpr core::byte succeeded = 0;
constexpr std::size_t port_size = 2;
/// Version, outcome, reserved and the kind of the address; then the first byte of the address,
/// which is its length if it is a name.
constexpr std::size_t reply_head = 4;

namespace address_kind {
constexpr core::byte ipv4 = 1;
constexpr core::byte name = 3;
constexpr core::byte ipv6 = 4;
}  // namespace address_kind

core::error bad_reply(std::size_t offset, std::string_view expected) {
  return {errc::bad_proxy_reply, offset, expected};
}

/// What a refused request would have needed.
std::string_view missing_for(core::byte reply) {
  switch (reply) {
    case 1:
      return "a proxy without a failure of its own";
    case 2:
      return "a destination that the proxy's rules allow";
    case 3:
      return "a network that can be reached";
    case 4:
      return "a host that can be reached";
    case 5:
      return "a destination that takes the connection";
    case 6:
      return "a destination that is nearer";
    case 7:
      return "a proxy that can connect";
    case 8:
      return "a proxy that knows this kind of address";
    default:
      return "a reply of success";
  }
}

}  // namespace

socks5_handshake::socks5_handshake(proxy_destination destination, std::optional<proxy_user> user)
    : destination_(std::move(destination)), user_(std::move(user)) {}

void socks5_handshake::start(core::byte_buffer& out) {
  if (user_)
    core::append(out, std::array{socks_version, core::byte{2}, method_none, method_credentials});
  else
    core::append(out, std::array{socks_version, core::byte{1}, method_none});
}

core::result<bool> socks5_handshake::receive(core::byte_view& received, core::byte_buffer& out) {
  while (step_ != step::finished) {
    if (!take_up_to(awaited(), received, reply_)) return false;
    COROGRAM_TRY(step_, advance(out));
    // The address goes on in the reply to the request.
    if (step_ != step::address) reply_.clear();
  }
  return true;
}

std::size_t socks5_handshake::awaited() const noexcept {
  switch (step_) {
    case step::method:
    case step::credentials:
      return 2;
    case step::connection:
      return reply_head + 1;
    case step::address:
      break;
    case step::finished:
      return 0;
  }
  const core::byte kind = reply_[3];
  const std::size_t size = kind == address_kind::ipv4   ? 4
                           : kind == address_kind::ipv6 ? 16
                                                        : 1 + std::size_t{reply_[reply_head]};
  return reply_head + size + port_size;
}

/// Judges the reply of the step at hand and returns the next step, with what it says.
core::result<socks5_handshake::step> socks5_handshake::advance(core::byte_buffer& out) {
  switch (step_) {
    case step::method:
      if (reply_[0] != socks_version) return bad_reply(0, "SOCKS version 5");
      if (reply_[1] == method_none) {
        write_request(out);
        return step::connection;
      }
      if (reply_[1] != method_credentials || !user_)
        return core::error(errc::proxy_auth_failed, 1, "a method of ours");
      write_credentials(out);
      return step::credentials;
    case step::credentials:
      if (reply_[0] != credentials_version) return bad_reply(0, "version 1 of user and password");
      if (reply_[1] != succeeded)
        return core::error(errc::proxy_auth_failed, 1,
                           "user name and password that the proxy knows");
      write_request(out);
      return step::connection;
    case step::connection:
      if (reply_[0] != socks_version) return bad_reply(0, "SOCKS version 5");
      if (reply_[1] != succeeded)
        return core::error(errc::proxy_refused, 1, missing_for(reply_[1]));
      if (reply_[3] != address_kind::ipv4 && reply_[3] != address_kind::ipv6 &&
          reply_[3] != address_kind::name)
        return bad_reply(3, "a known kind of address");
      return step::address;
    case step::address:
    case step::finished:
      break;
  }
  return step::finished;
}

void socks5_handshake::write_credentials(core::byte_buffer& out) const {
  core::writer writer(out);
  writer.le(credentials_version);
  for (const core::secret_buffer* each : {&user_->name, &user_->password}) {
    assert(each->size() > 0 && each->size() <= 255);
    writer.le(static_cast<core::byte>(each->size())).bytes(each->view());
  }
}

void socks5_handshake::write_request(core::byte_buffer& out) const {
  core::writer writer(out);
  writer.bytes(std::array{socks_version, command_connect, reserved});
  if (const auto* ipv4 = std::get_if<std::array<core::byte, 4>>(&destination_.host)) {
    writer.le(address_kind::ipv4).bytes(*ipv4);
  } else if (const auto* ipv6 = std::get_if<std::array<core::byte, 16>>(&destination_.host)) {
    writer.le(address_kind::ipv6).bytes(*ipv6);
  } else {
    const std::string& name = *std::get_if<std::string>(&destination_.host);
    assert(!name.empty() && name.size() <= 255);
    writer.le(address_kind::name).le(static_cast<core::byte>(name.size()));
    writer.bytes(core::as_bytes(name));
  }
  writer.be(destination_.port);
}

}  // namespace corogram::transport

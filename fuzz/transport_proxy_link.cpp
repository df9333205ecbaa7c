// tg://proxy links and the secrets in them, in hex and in base64.

#include "support/target.hpp"

#include <corogram/transport/proxy_secret.hpp>

#include <string_view>

namespace corogram::fuzz {

namespace {

void check(const transport::proxy_secret& secret) {
  using kind = transport::proxy_secret::kind;
  require((secret.type() == kind::fake_tls) == !secret.domain().empty(),
          "fake TLS has a domain and nothing else has");
  require(secret.domain().size() <= transport::proxy_secret::max_domain, "a domain has its limit");
  core::byte_buffer bytes;
  if (secret.type() == kind::padded) bytes.push_back(0xdd);
  if (secret.type() == kind::fake_tls) bytes.push_back(0xee);
  core::append(bytes, secret.key());
  core::append(bytes, core::as_bytes(secret.domain()));
  const auto again = transport::proxy_secret::from_bytes(bytes);
  require(again && again->type() == secret.type() && again->domain() == secret.domain(),
          "a secret's bytes make the same secret");
}

}  // namespace

void run(core::byte_view input) noexcept {
  const std::string_view text = core::as_text(input);
  if (const auto link = transport::parse_proxy_link(text)) {
    require(!link->server.empty() && link->port != 0, "a link names a server and a port");
    check(link->secret);
  }
  if (const auto secret = transport::proxy_secret::from_text(text)) check(*secret);
  if (const auto secret = transport::proxy_secret::from_bytes(input)) check(*secret);
}

}  // namespace corogram::fuzz

#pragma once

// The secret of an MTProxy and what it says about how to connect.

#include <corogram/core/bytes.hpp>
#include <corogram/core/result.hpp>
#include <corogram/core/secret.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace corogram::transport {

/// A parsed secret.
///
///   16 bytes                      simple: the client chooses the framing
///   1 byte + 16 bytes             padded: padded intermediate; the byte is dd
///   ee + 16 bytes + domain name   fake_tls: padded intermediate inside what looks like TLS
class proxy_secret {
 public:
  enum class kind { simple, padded, fake_tls };

  /// Units: bytes. The longest domain name of a secret (PROXY-14).
  static constexpr std::size_t max_domain = 182;

  /// from_bytes takes a secret apart.
  /// Errors: errc::bad_secret.
  static core::result<proxy_secret> from_bytes(core::byte_view secret);

  /// from_text reads a secret in hexadecimal, base64url or base64; hexadecimal is tried first.
  /// Errors: errc::bad_secret.
  static core::result<proxy_secret> from_text(std::string_view text);

  /// clone makes a second owner of the same secret, visibly.
  [[nodiscard]] proxy_secret clone() const { return {type_, key_.clone(), domain_}; }

  [[nodiscard]] kind type() const noexcept { return type_; }
  /// key returns the 16 bytes that go into the keys. Lifetime: that of this object.
  [[nodiscard]] std::span<const core::byte, 16> key() const noexcept { return key_.view(); }
  /// domain returns the name that a fake TLS client asks for; empty for the other kinds.
  [[nodiscard]] const std::string& domain() const noexcept { return domain_; }

 private:
  proxy_secret(kind type, core::secret_array<16> key, std::string domain) noexcept
      : type_(type), key_(std::move(key)), domain_(std::move(domain)) {}

  kind type_;
  core::secret_array<16> key_;
  std::string domain_;
};

/// The secrets that a server knows.
using secret_list = std::vector<proxy_secret>;

/// Where a proxy link leads.
struct proxy_link {
  std::string server;
  std::uint16_t port;
  proxy_secret secret;
};

/// parse_proxy_link reads tg://proxy?server=…&port=…&secret=… and the same with t.me, telegram.me
/// or telegram.dog before /proxy.
/// Errors: errc::bad_proxy_link; errc::bad_secret.
core::result<proxy_link> parse_proxy_link(std::string_view link);

}  // namespace corogram::transport

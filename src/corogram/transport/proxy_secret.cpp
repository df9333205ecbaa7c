#include <corogram/core/base64.hpp>
#include <corogram/core/hex.hpp>
#include <corogram/transport/errc.hpp>
#include <corogram/transport/proxy_secret.hpp>

#include <algorithm>

namespace corogram::transport {

namespace {

constexpr core::byte fake_tls_mark = 0xee;
constexpr std::size_t key_size = 16;
constexpr std::size_t marked_size = 1 + key_size;

core::error bad_secret(std::size_t offset, std::string_view expected) {
  return {errc::bad_secret, offset, expected};
}

/// The characters of host names, so that the name fits into a TLS hello as it is.
bool is_domain_character(core::byte c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_';
}

core::secret_array<key_size> key_at(core::byte_view secret, std::size_t offset) {
  return core::secret_array<key_size>(secret.subspan(offset).first<key_size>());
}

}  // namespace

core::result<proxy_secret> proxy_secret::from_bytes(core::byte_view secret) {
  //= PROXY-02
  if (secret.size() < key_size) return bad_secret(secret.size(), "16 bytes or more");
  if (secret.size() == key_size) return proxy_secret(kind::simple, key_at(secret, 0), {});
  //= PROXY-03
  // Whatever the byte is, if it is not known: what comes next may only have become more careful.
  if (secret.size() == marked_size) return proxy_secret(kind::padded, key_at(secret, 1), {});

  //= PROXY-12
  if (secret[0] != fake_tls_mark) return bad_secret(0, "ee before a secret with a domain name");
  const core::byte_view domain = secret.subspan(marked_size);
  //= PROXY-14
  if (domain.size() > max_domain)
    return bad_secret(marked_size + max_domain, "a domain name of at most 182 bytes");
  const auto odd = std::ranges::find_if_not(domain, is_domain_character);
  if (odd != domain.end())
    return bad_secret(marked_size + static_cast<std::size_t>(odd - domain.begin()),
                      "a domain name in ASCII");
  return proxy_secret(kind::fake_tls, key_at(secret, 1), std::string(core::as_text(domain)));
}

core::result<proxy_secret> proxy_secret::from_text(std::string_view text) {
  //= PROXY-13
  auto bytes = core::from_hex(text);
  if (!bytes) bytes = core::from_base64(text);
  if (!bytes) return bad_secret(bytes.error().offset, "hexadecimal digits or base64");
  const core::wipe_on_exit wipe(*bytes);
  return from_bytes(*bytes);
}

}  // namespace corogram::transport

#include <corogram/core/reader.hpp>
#include <corogram/core/writer.hpp>
#include <corogram/crypto/cbc.hpp>
#include <corogram/crypto/detail/openssl.hpp>
#include <corogram/crypto/errc.hpp>
#include <corogram/crypto/hash.hpp>
#include <corogram/crypto/password_box.hpp>

#include <algorithm>
#include <array>

namespace corogram::crypto {
namespace {

constexpr std::size_t salt_size = 16;
constexpr std::size_t hash_size = 32;
constexpr std::size_t block_size = 16;
constexpr std::size_t key_size = 32;

/// What a password and a salt make of each other: key and initialisation vector of AES-256-CBC.
struct derived_keys {
  core::secret_array<key_size + block_size> bytes;

  derived_keys(core::byte_view password, core::byte_view salt, std::uint32_t rounds) noexcept {
    detail::require(PKCS5_PBKDF2_HMAC(reinterpret_cast<const char*>(password.data()),
                                      static_cast<int>(password.size()), salt.data(),
                                      static_cast<int>(salt.size()), static_cast<int>(rounds),
                                      detail::fetched_sha512(), static_cast<int>(bytes.size()),
                                      bytes.span().data()) == 1);
  }

  [[nodiscard]] std::span<const core::byte, key_size> key() const noexcept {
    return bytes.view().first<key_size>();
  }
  [[nodiscard]] std::span<core::byte, block_size> iv() noexcept {
    return bytes.span().last<block_size>();
  }
};

}  // namespace

//= DESC-49
core::byte_buffer seal_by_password(core::byte_view secret, core::byte_view password,
                                   core::random_source& random, std::uint32_t rounds) {
  const auto salt = random.array<salt_size>();
  core::secret_buffer plain(hash_size + secret.size());
  std::ranges::copy(sha256(secret), plain.span().begin());
  std::ranges::copy(secret, plain.span().subspan(hash_size).begin());
  derived_keys derived(password, salt, rounds);
  cbc_encrypt(derived.key(), derived.iv(), plain.span());
  core::byte_buffer box;
  core::writer(box).bytes(salt).le(rounds).bytes(plain.view());
  return box;
}

//= DESC-49
core::result<core::secret_buffer> open_by_password(core::byte_view box, core::byte_view password) {
  const core::error failure(errc::decryption_failed);
  core::reader in(box);
  const auto salt = in.array<salt_size>();
  const auto rounds = in.le<std::uint32_t>();
  if (!salt || !rounds || *rounds == 0 || *rounds > password_rounds_limit) return failure;
  if (in.remaining() <= hash_size || in.remaining() % block_size != 0) return failure;
  core::secret_buffer plain(in.rest());
  derived_keys derived(password, *salt, *rounds);
  cbc_decrypt(derived.key(), derived.iv(), plain.span());
  const core::byte_view secret = plain.view().subspan(hash_size);
  if (!core::equal_constant_time(sha256(secret), plain.view().first(hash_size))) return failure;
  return core::secret_buffer(secret);
}

}  // namespace corogram::crypto

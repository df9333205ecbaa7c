// CTR streams in pieces, against OpenSSL in one piece.

#include "support/target.hpp"

#include <corogram/crypto/ctr.hpp>

#include <openssl/evp.h>

#include <algorithm>
#include <array>

namespace corogram::fuzz {

namespace {

core::byte_buffer by_openssl(core::byte_view key, core::byte_view iv, core::byte_view plain) {
  EVP_CIPHER_CTX* const context = EVP_CIPHER_CTX_new();
  EVP_EncryptInit_ex(context, EVP_aes_256_ctr(), nullptr, key.data(), iv.data());
  core::byte_buffer out(plain.size());
  int size = 0;
  EVP_EncryptUpdate(context, out.data(), &size, plain.data(), static_cast<int>(plain.size()));
  EVP_CIPHER_CTX_free(context);
  return out;
}

}  // namespace

void run(core::byte_view input) noexcept {
  choices from(input);
  std::array<core::byte, 32> key{};
  std::array<core::byte, 16> iv{};
  std::ranges::copy(from.take(32), key.begin());
  std::ranges::copy(from.take(16), iv.begin());
  const std::uint64_t pieces = from.byte();
  crypto::ctr_stream there(key, iv), back(key, iv);
  core::byte_buffer encrypted, decrypted;
  in_pieces(from.rest(), pieces, [&](core::byte_view piece) {
    core::byte_buffer bytes(piece.begin(), piece.end());
    there.apply(bytes);
    core::append(encrypted, bytes);
    back.apply(bytes);
    core::append(decrypted, bytes);
  });
  require(encrypted == by_openssl(key, iv, from.rest()), "OpenSSL encrypts the same");
  require(std::ranges::equal(decrypted, from.rest()), "a second stream undoes it");
}

}  // namespace corogram::fuzz

// CTR streams in pieces on every kernel of this machine, against OpenSSL in one piece; in place,
// and from one unaligned buffer to another.

#include "support/target.hpp"

#include <corogram/crypto/ctr.hpp>
#include <corogram/crypto/ctr_kernel.hpp>

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
  const core::byte_view plain = from.rest();
  const core::byte_buffer expected = by_openssl(key, iv, plain);
  for (const crypto::ctr_kernel& kernel : crypto::ctr_kernels()) {
    if (!kernel.supported()) continue;
    crypto::ctr_stream in_place(key, iv, kernel), apart(key, iv, kernel), back(key, iv, kernel);
    core::byte_buffer encrypted, decrypted;
    in_pieces(plain, pieces, [&](core::byte_view piece) {
      core::byte_buffer bytes(piece.begin(), piece.end());
      in_place.apply(bytes);
      core::byte_buffer elsewhere(1 + piece.size());
      apart.apply(piece, core::byte_span(elsewhere).subspan(1));
      require(std::ranges::equal(bytes, core::byte_view(elsewhere).subspan(1)), "as in place");
      core::append(encrypted, bytes);
      back.apply(bytes);
      core::append(decrypted, bytes);
    });
    require(encrypted == expected, "OpenSSL encrypts the same");
    require(std::ranges::equal(decrypted, plain), "a second stream undoes it");
  }
  crypto::ctr_stream chosen(key, iv);
  core::byte_buffer whole(plain.begin(), plain.end());
  chosen.apply(whole);
  require(whole == expected, "and so on the kernel that is chosen");
}

}  // namespace corogram::fuzz

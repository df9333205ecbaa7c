// IGE as the layers above use it, against OpenSSL's block cipher chained by hand; apart, in place,
// and unaligned.

#include "support/target.hpp"

#include <corogram/crypto/ige.hpp>

#include <openssl/evp.h>

#include <algorithm>
#include <array>

namespace corogram::fuzz {

namespace {

constexpr std::size_t block = crypto::aes_block_size;

// The specification's formula, with nothing of ours but the loop.
core::byte_buffer by_openssl(core::byte_view key, core::byte_view iv, core::byte_view plain) {
  EVP_CIPHER_CTX* const context = EVP_CIPHER_CTX_new();
  EVP_EncryptInit_ex(context, EVP_aes_256_ecb(), nullptr, key.data(), nullptr);
  EVP_CIPHER_CTX_set_padding(context, 0);
  core::byte_buffer out(plain.size());
  for (std::size_t at = 0; at < plain.size(); at += block) {
    const core::byte_view c =
        at == 0 ? iv.first(block) : core::byte_view(out).subspan(at - block, block);
    const core::byte_view p = at == 0 ? iv.last(block) : plain.subspan(at - block, block);
    std::array<core::byte, block> mixed;
    for (std::size_t i = 0; i < block; ++i)
      mixed[i] = static_cast<core::byte>(plain[at + i] ^ c[i]);
    int size = 0;
    EVP_EncryptUpdate(context, out.data() + at, &size, mixed.data(), static_cast<int>(block));
    for (std::size_t i = 0; i < block; ++i)
      out[at + i] = static_cast<core::byte>(out[at + i] ^ p[i]);
  }
  EVP_CIPHER_CTX_free(context);
  return out;
}

}  // namespace

void run(core::byte_view input) noexcept {
  choices from(input);
  std::array<core::byte, 32> key{}, iv{};
  std::ranges::copy(from.take(32), key.begin());
  std::ranges::copy(from.take(32), iv.begin());
  const std::size_t shift = from.below(block);
  const core::byte_view plain = from.take(from.rest().size() / block * block);
  const core::byte_buffer expected = by_openssl(key, iv, plain);

  core::byte_buffer apart(shift + plain.size());
  const core::byte_span place = core::byte_span(apart).subspan(shift);
  crypto::ige_encrypt(key, iv, plain, place);
  require(std::ranges::equal(place, expected), "OpenSSL encrypts the same");
  crypto::ige_decrypt(key, iv, place, place);
  require(std::ranges::equal(place, plain), "decrypting in place undoes it");
  crypto::ige_encrypt(key, iv, place, place);
  require(std::ranges::equal(place, expected), "encrypting in place does the same");
  core::byte_buffer back(plain.size());
  crypto::ige_decrypt(key, iv, expected, back);
  require(std::ranges::equal(back, plain), "what OpenSSL encrypts we decrypt");
}

}  // namespace corogram::fuzz

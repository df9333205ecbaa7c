// Hashes of concatenations on every kernel of this machine, HMAC and checksums, against OpenSSL and
// zlib.

#include "support/target.hpp"

#include <corogram/crypto/crc32.hpp>
#include <corogram/crypto/hash.hpp>
#include <corogram/crypto/hash_kernel.hpp>
#include <corogram/crypto/hmac.hpp>

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <zlib.h>

#include <algorithm>
#include <array>

namespace corogram::fuzz {

namespace {

core::byte_buffer digest(const EVP_MD* kind, core::byte_view bytes) {
  core::byte_buffer out(EVP_MAX_MD_SIZE);
  unsigned size = 0;
  EVP_Digest(bytes.data(), bytes.size(), out.data(), &size, kind, nullptr);
  out.resize(size);
  return out;
}

}  // namespace

void run(core::byte_view input) noexcept {
  choices from(input);
  const core::byte_view key = from.take(from.below(200));
  const core::byte_view whole = from.rest();
  const core::byte_view first = whole.first(std::min<std::size_t>(whole.size(), key.size()));
  const core::byte_view second = whole.subspan(first.size());
  require(core::equal(crypto::sha1(first, second), digest(EVP_sha1(), whole)), "SHA-1");
  require(core::equal(crypto::sha256(first, second), digest(EVP_sha256(), whole)), "SHA-256");
  require(core::equal(crypto::sha512(first, second), digest(EVP_sha512(), whole)), "SHA-512");

  const std::array<core::byte_view, 2> parts{first, second};
  for (const crypto::hash_kernel& kernel : crypto::hash_kernels()) {
    if (!kernel.supported()) continue;
    require(core::equal(kernel.sha1(parts), digest(EVP_sha1(), whole)), "SHA-1 of each kernel");
    require(core::equal(kernel.sha256(parts), digest(EVP_sha256(), whole)), "and SHA-256");
  }

  crypto::sha256_hasher hasher;
  in_pieces(whole, key.size(), [&](core::byte_view piece) { hasher.update(piece); });
  require(core::equal(hasher.finish(), digest(EVP_sha256(), whole)), "SHA-256 in pieces");
  require(core::equal(hasher.finish(), digest(EVP_sha256(), {})), "and anew");

  std::array<core::byte, 32> mac;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), whole.data(), whole.size(),
       mac.data(), nullptr);
  require(crypto::hmac_sha256(key, first, second) == mac, "HMAC-SHA256");
  const auto sum =
      static_cast<std::uint32_t>(::crc32(0, whole.data(), static_cast<unsigned>(whole.size())));
  require(crypto::crc32(whole) == sum, "CRC-32");
  require(crypto::crc32(second, crypto::crc32(first)) == sum, "CRC-32 in pieces");
}

}  // namespace corogram::fuzz

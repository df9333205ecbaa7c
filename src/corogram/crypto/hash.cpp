#include <corogram/crypto/detail/openssl.hpp>
#include <corogram/crypto/hash.hpp>

namespace corogram::crypto {

namespace {

detail::digest_context begin(const EVP_MD* digest) noexcept {
  detail::digest_context context(EVP_MD_CTX_new());
  detail::require(context != nullptr && EVP_DigestInit_ex2(context.get(), digest, nullptr) == 1);
  return context;
}

// Ends one hash and at once begins the next. OpenSSL clears the last block itself; beginning anew
// overwrites the chaining value, so between two uses a context knows nothing of what it hashed.
void finish(EVP_MD_CTX* context, core::byte_span digest) noexcept {
  detail::require(EVP_DigestFinal_ex(context, digest.data(), nullptr) == 1);
  detail::require(EVP_DigestInit_ex2(context, nullptr, nullptr) == 1);
}

template <class Digest>
Digest hash(EVP_MD_CTX* context, std::span<const core::byte_view> parts) noexcept {
  for (const core::byte_view part : parts)
    detail::require(EVP_DigestUpdate(context, part.data(), part.size()) == 1);
  Digest digest;
  finish(context, digest);
  return digest;
}

}  // namespace

// One context a thread and algorithm: making one costs more than hashing a short message.

sha1_digest detail::sha1_of(std::span<const core::byte_view> parts) noexcept {
  thread_local const digest_context context = begin(fetched_sha1());
  return hash<sha1_digest>(context.get(), parts);
}

sha256_digest detail::sha256_of(std::span<const core::byte_view> parts) noexcept {
  thread_local const digest_context context = begin(fetched_sha256());
  return hash<sha256_digest>(context.get(), parts);
}

sha512_digest detail::sha512_of(std::span<const core::byte_view> parts) noexcept {
  thread_local const digest_context context = begin(fetched_sha512());
  return hash<sha512_digest>(context.get(), parts);
}

sha256_hasher::sha256_hasher() noexcept : context_(begin(detail::fetched_sha256())) {}

void sha256_hasher::update(core::byte_view bytes) noexcept {
  detail::require(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1);
}

sha256_digest sha256_hasher::finish() noexcept {
  sha256_digest digest;
  crypto::finish(context_.get(), digest);
  return digest;
}

}  // namespace corogram::crypto

// SHA-1 and SHA-256 by OpenSSL: for machines without instructions for them, where its assembly is
// faster than the reference on all but the shortest texts.

#include <corogram/crypto/detail/hash_kernels.hpp>
#include <corogram/crypto/detail/openssl.hpp>

#include <array>
#include <cstddef>

namespace corogram::crypto::detail {

namespace {

digest_context begin(const EVP_MD* digest) noexcept {
  digest_context context(EVP_MD_CTX_new());
  require(context != nullptr && EVP_DigestInit_ex2(context.get(), digest, nullptr) == 1);
  return context;
}

// Ends by beginning anew, so that between two uses a context knows nothing of what it hashed:
// OpenSSL clears the last block itself, and the chaining value is overwritten.
template <std::size_t Size>
std::array<core::byte, Size> hash(EVP_MD_CTX* context,
                                  std::span<const core::byte_view> parts) noexcept {
  for (const core::byte_view part : parts)
    require(EVP_DigestUpdate(context, part.data(), part.size()) == 1);
  std::array<core::byte, Size> digest;
  require(EVP_DigestFinal_ex(context, digest.data(), nullptr) == 1);
  require(EVP_DigestInit_ex2(context, nullptr, nullptr) == 1);
  return digest;
}

}  // namespace

// One context a thread and algorithm: making one costs more than hashing a short message.

std::array<core::byte, 20> sha1_openssl(std::span<const core::byte_view> parts) noexcept {
  thread_local const digest_context context = begin(fetched_sha1());
  return hash<20>(context.get(), parts);
}

std::array<core::byte, 32> sha256_openssl(std::span<const core::byte_view> parts) noexcept {
  thread_local const digest_context context = begin(fetched_sha256());
  return hash<32>(context.get(), parts);
}

std::array<core::byte, 64> sha512_openssl(std::span<const core::byte_view> parts) noexcept {
  thread_local const digest_context context = begin(fetched_sha512());
  return hash<64>(context.get(), parts);
}

}  // namespace corogram::crypto::detail

// SHA-1 and SHA-256 of one message on every kernel, beside OpenSSL's ways to hash.
#define OPENSSL_SUPPRESS_DEPRECATED

#include "support/limits.hpp"
#include "support/suite.hpp"

#include <corogram/core/random.hpp>
#include <corogram/crypto/hash_kernel.hpp>

#include <openssl/evp.h>
#include <openssl/sha.h>

#include <array>
#include <cstddef>
#include <memory>
#include <string_view>

namespace corogram::bench {

namespace {

using core::byte_buffer;
using core::byte_view;

// 52 bytes are what the key derivation hashes, and almost what the message key of a ping does.
constexpr std::size_t sizes[] = {16, 52, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576};

byte_buffer text_of(std::size_t size) {
  core::test_random random{size};
  byte_buffer text(size);
  random.fill(text);
  return text;
}

struct free_context {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

/// One of the two hashes, as each side computes it.
struct sha1 {
  static constexpr std::string_view name = "sha1";
  using digest = crypto::sha1_digest;
  static double bound() { return sha1_bound(); }
  static constexpr auto of_kernel = &crypto::hash_kernel::sha1;
  static constexpr const char* evp_name = "SHA1";
  static void by_openssl(byte_view text, digest& out) {
    SHA_CTX context;
    SHA1_Init(&context);
    SHA1_Update(&context, text.data(), text.size());
    SHA1_Final(out.data(), &context);
  }
};

struct sha256 {
  static constexpr std::string_view name = "sha256";
  using digest = crypto::sha256_digest;
  static double bound() { return sha256_bound(); }
  static constexpr auto of_kernel = &crypto::hash_kernel::sha256;
  static constexpr const char* evp_name = "SHA256";
  static void by_openssl(byte_view text, digest& out) {
    SHA256_CTX context;
    SHA256_Init(&context);
    SHA256_Update(&context, text.data(), text.size());
    SHA256_Final(out.data(), &context);
  }
};

template <class Hash>
typename Hash::digest expected(byte_view text) {
  typename Hash::digest made;
  Hash::by_openssl(text, made);
  return made;
}

template <class Hash>
void add_kernel(suite& rows, const crypto::hash_kernel& kernel, std::size_t size) {
  const auto function = kernel.*Hash::of_kernel;
  rows.add(join(Hash::name, "hash", kernel.name, size), {.bytes = size, .bound = Hash::bound()},
           [function, size] {
             byte_buffer text = text_of(size);
             const byte_view view = text;
             expect_equal(function({&view, 1}), expected<Hash>(text));
             return [function, text = std::move(text)] {
               const byte_view part = text;
               benchmark::DoNotOptimize(function({&part, 1}));
             };
           });
}

// The low-level calls that OpenSSL 3 deprecates: the fastest that it has for short messages.
template <class Hash>
void add_openssl_low(suite& rows, std::size_t size) {
  rows.add(join(Hash::name, "hash", "openssl_low", size), {.bytes = size, .bound = Hash::bound()},
           [size] {
             return [text = text_of(size)] {
               typename Hash::digest digest;
               Hash::by_openssl(text, digest);
               benchmark::DoNotOptimize(digest);
             };
           });
}

// The call that its manual recommends for short messages; it looks the algorithm up each time.
template <class Hash>
void add_openssl_one_shot(suite& rows, std::size_t size) {
  rows.add(join(Hash::name, "hash", "openssl_one_shot", size),
           {.bytes = size, .bound = Hash::bound()}, [size] {
             return [text = text_of(size)] {
               typename Hash::digest digest;
               EVP_Digest(text.data(), text.size(), digest.data(), nullptr,
                          EVP_get_digestbyname(Hash::evp_name), nullptr);
               benchmark::DoNotOptimize(digest);
             };
           });
}

template <class Hash>
void add(suite& rows) {
  for (const std::size_t size : sizes) {
    for (const crypto::hash_kernel& kernel : crypto::hash_kernels())
      if (kernel.supported()) add_kernel<Hash>(rows, kernel, size);
    add_openssl_low<Hash>(rows, size);
    add_openssl_one_shot<Hash>(rows, size);
  }
}

}  // namespace

void crypto_hash(suite& rows) {
  add<sha1>(rows);
  add<sha256>(rows);
}

}  // namespace corogram::bench

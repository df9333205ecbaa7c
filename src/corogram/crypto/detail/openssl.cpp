#include <corogram/crypto/detail/openssl.hpp>

namespace corogram::crypto::detail {

namespace {

const EVP_MD* fetch_digest(const char* name) noexcept {
  const EVP_MD* const digest = EVP_MD_fetch(nullptr, name, nullptr);
  require(digest != nullptr);
  return digest;
}

const EVP_CIPHER* fetch_cipher(const char* name) noexcept {
  const EVP_CIPHER* const cipher = EVP_CIPHER_fetch(nullptr, name, nullptr);
  require(cipher != nullptr);
  return cipher;
}

}  // namespace

// These are never freed: a thread or a destructor may still need them while the program ends.

const EVP_MD* fetched_sha1() noexcept {
  static const EVP_MD* const digest = fetch_digest("SHA1");
  return digest;
}

const EVP_MD* fetched_sha256() noexcept {
  static const EVP_MD* const digest = fetch_digest("SHA256");
  return digest;
}

const EVP_MD* fetched_sha512() noexcept {
  static const EVP_MD* const digest = fetch_digest("SHA512");
  return digest;
}

const EVP_CIPHER* fetched_aes_256_cbc() noexcept {
  static const EVP_CIPHER* const cipher = fetch_cipher("AES-256-CBC");
  return cipher;
}

const EVP_CIPHER* fetched_aes_256_ecb() noexcept {
  static const EVP_CIPHER* const cipher = fetch_cipher("AES-256-ECB");
  return cipher;
}

const EVP_CIPHER* fetched_aes_256_ctr() noexcept {
  static const EVP_CIPHER* const cipher = fetch_cipher("AES-256-CTR");
  return cipher;
}

void openssl_free::operator()(evp_cipher_ctx_st* context) const noexcept {
  EVP_CIPHER_CTX_free(context);
}

void openssl_free::operator()(evp_md_ctx_st* context) const noexcept {
  EVP_MD_CTX_free(context);
}

void openssl_free::operator()(evp_pkey_st* key) const noexcept {
  EVP_PKEY_free(key);
}

}  // namespace corogram::crypto::detail

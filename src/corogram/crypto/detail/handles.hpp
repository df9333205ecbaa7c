#pragma once

// Owners of OpenSSL objects that do not drag OpenSSL's headers into ours.

#include <memory>

struct evp_cipher_ctx_st;
struct evp_md_ctx_st;
struct evp_pkey_st;

namespace corogram::crypto::detail {

struct openssl_free {
  void operator()(evp_cipher_ctx_st* context) const noexcept;
  void operator()(evp_md_ctx_st* context) const noexcept;
  void operator()(evp_pkey_st* key) const noexcept;
};

using cipher_context = std::unique_ptr<evp_cipher_ctx_st, openssl_free>;
using digest_context = std::unique_ptr<evp_md_ctx_st, openssl_free>;

}  // namespace corogram::crypto::detail

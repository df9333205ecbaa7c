#include <corogram/crypto/certificate.hpp>
#include <corogram/crypto/detail/openssl.hpp>

#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <chrono>
#include <memory>

namespace corogram::crypto {

namespace {

struct x509_free {
  void operator()(X509* made) const noexcept { X509_free(made); }
  void operator()(X509_EXTENSION* made) const noexcept { X509_EXTENSION_free(made); }
  void operator()(BIO* made) const noexcept { BIO_free(made); }
  void operator()(ASN1_OCTET_STRING* made) const noexcept { ASN1_OCTET_STRING_free(made); }
};

template <class T>
using x509_owner = std::unique_ptr<T, x509_free>;

using key_owner = std::unique_ptr<EVP_PKEY, detail::openssl_free>;

constexpr long version_3 = 2;

bool is_address(const std::string& host) {
  const detail::errors_dropped errors;
  return x509_owner<ASN1_OCTET_STRING>(a2i_IPADDRESS(host.c_str())) != nullptr;
}

void add_extension(X509* to, int kind, const std::string& value) {
  const x509_owner<X509_EXTENSION> extension(
      X509V3_EXT_conf_nid(nullptr, nullptr, kind, value.c_str()));
  detail::require(extension != nullptr && X509_add_ext(to, extension.get(), -1) == 1);
}

core::byte_view written(BIO* memory) {
  char* begin = nullptr;
  const long size = BIO_get_mem_data(memory, &begin);
  detail::require(size > 0);
  return {reinterpret_cast<const core::byte*>(begin), static_cast<std::size_t>(size)};
}

}  // namespace

certificate make_certificate(const std::string& host, core::instant now) {
  const key_owner key(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"));
  const x509_owner<X509> made(X509_new());
  detail::require(key != nullptr && made != nullptr);

  constexpr std::chrono::days tolerance(1);
  constexpr std::chrono::days lifetime(365);
  const auto begin = std::chrono::floor<std::chrono::seconds>(now.wall - tolerance);
  const auto* const name = reinterpret_cast<const unsigned char*>(host.c_str());
  X509_NAME* const subject = X509_get_subject_name(made.get());
  detail::require(X509_set_version(made.get(), version_3) == 1 &&
                  ASN1_INTEGER_set_int64(X509_get_serialNumber(made.get()), begin.count()) == 1 &&
                  ASN1_TIME_set(X509_getm_notBefore(made.get()), begin.count()) != nullptr &&
                  ASN1_TIME_set(X509_getm_notAfter(made.get()),
                                (begin + std::chrono::seconds(lifetime)).count()) != nullptr &&
                  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, name, -1, -1, 0) == 1 &&
                  X509_set_issuer_name(made.get(), subject) == 1 &&
                  X509_set_pubkey(made.get(), key.get()) == 1);
  add_extension(made.get(), NID_subject_alt_name, (is_address(host) ? "IP:" : "DNS:") + host);
  add_extension(made.get(), NID_basic_constraints, "critical,CA:TRUE");
  detail::require(X509_sign(made.get(), key.get(), EVP_sha256()) > 0);

  const x509_owner<BIO> certificate_text(BIO_new(BIO_s_mem()));
  const x509_owner<BIO> key_text(BIO_new(BIO_s_secmem()));
  detail::require(certificate_text != nullptr && key_text != nullptr &&
                  PEM_write_bio_X509(certificate_text.get(), made.get()) == 1 &&
                  PEM_write_bio_PrivateKey(key_text.get(), key.get(), nullptr, nullptr, 0, nullptr,
                                           nullptr) == 1);
  certificate result;
  result.pem = core::as_text(written(certificate_text.get()));
  result.private_key_pem = core::secret_buffer(written(key_text.get()));
  return result;
}

}  // namespace corogram::crypto

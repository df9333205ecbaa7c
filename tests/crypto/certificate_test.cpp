#include <corogram/crypto/certificate.hpp>

#include <gtest/gtest.h>
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>
#include <string>

namespace corogram::crypto {
namespace {

constexpr core::instant now{std::chrono::seconds{5}, std::chrono::seconds{1'700'000'000}};

using x509 = std::unique_ptr<X509, decltype(&X509_free)>;
using pkey = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using bio = std::unique_ptr<BIO, decltype(&BIO_free)>;

bio reading(core::byte_view text) {
  return {BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), BIO_free};
}

x509 parsed(const certificate& made) {
  return {PEM_read_bio_X509(reading(core::as_bytes(made.pem)).get(), nullptr, nullptr, nullptr),
          X509_free};
}

TEST(Certificate, IsSignedByItsOwnKey) {
  const certificate made = make_certificate("dc.example", now);
  const x509 read = parsed(made);
  const pkey key(PEM_read_bio_PrivateKey(reading(made.private_key_pem.view()).get(), nullptr,
                                         nullptr, nullptr),
                 EVP_PKEY_free);
  ASSERT_NE(read, nullptr);
  ASSERT_NE(key, nullptr);
  EXPECT_EQ(X509_check_private_key(read.get(), key.get()), 1);
  EXPECT_EQ(X509_verify(read.get(), key.get()), 1);
  EXPECT_EQ(make_certificate("dc.example", now).pem == made.pem, false);
}

TEST(Certificate, IsForOneHost) {
  const x509 named = parsed(make_certificate("dc.example", now));
  EXPECT_EQ(X509_check_host(named.get(), "dc.example", 0, 0, nullptr), 1);
  EXPECT_EQ(X509_check_host(named.get(), "other.example", 0, 0, nullptr), 0);
  EXPECT_EQ(X509_check_ip_asc(named.get(), "127.0.0.1", 0), 0);
  for (const char* address : {"127.0.0.1", "::1"}) {
    const x509 numbered = parsed(make_certificate(address, now));
    EXPECT_EQ(X509_check_ip_asc(numbered.get(), address, 0), 1) << address;
    EXPECT_EQ(X509_check_ip_asc(numbered.get(), "127.0.0.2", 0), 0) << address;
  }
}

TEST(Certificate, HoldsAYearFromTheTimeThatItIsTold) {
  const x509 read = parsed(make_certificate("a", now));
  const auto valid_at = [&](std::chrono::seconds moment) {
    std::time_t time = moment.count();
    return X509_cmp_time(X509_get0_notBefore(read.get()), &time) < 0 &&
           X509_cmp_time(X509_get0_notAfter(read.get()), &time) > 0;
  };
  const std::chrono::seconds wall{1'700'000'000};
  EXPECT_TRUE(valid_at(wall));
  EXPECT_TRUE(valid_at(wall + std::chrono::days(300)));
  EXPECT_FALSE(valid_at(wall + std::chrono::days(400)));
  EXPECT_FALSE(valid_at(wall - std::chrono::days(2)));
}

}  // namespace
}  // namespace corogram::crypto

#include <corogram/crypto/errc.hpp>

#include <string>

namespace corogram::crypto {

namespace {

class category final : public std::error_category {
 public:
  const char* name() const noexcept override { return "corogram.crypto"; }

  std::string message(int code) const override {
    switch (static_cast<errc>(code)) {
      case errc::bad_rsa_key:
        return "not a usable RSA key";
      case errc::bad_rsa_key_size:
        return "an RSA key of another length than 2048 bits";
      case errc::data_too_long:
        return "more data than RSA has room for";
      case errc::decryption_failed:
        return "decryption failed";
      case errc::unusable_randomness:
        return "the random source gives no usable values";
      case errc::dh_prime_bad_length:
        return "the DH prime does not have 2048 bits";
      case errc::dh_prime_not_safe:
        return "the DH prime is not a safe prime";
      case errc::dh_bad_generator:
        return "the DH generator does not fit the prime";
      case errc::dh_value_trivial:
        return "a public DH value is trivial";
      case errc::dh_value_out_of_range:
        return "a public DH value is too close to an end";
    }
    return "unknown error " + std::to_string(code);
  }
};

}  // namespace

const std::error_category& crypto_category() noexcept {
  static const category instance;
  return instance;
}

}  // namespace corogram::crypto

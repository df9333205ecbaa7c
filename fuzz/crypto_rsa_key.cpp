// PEM text of RSA keys, public and private: what is accepted makes the same key again.

#include "support/target.hpp"

#include <corogram/crypto/rsa.hpp>

#include <string_view>

namespace corogram::fuzz {

void run(core::byte_view input) noexcept {
  const std::string_view text = core::as_text(input);
  if (const auto key = crypto::rsa_public_key::from_pem(text)) {
    const auto again = crypto::rsa_public_key::from_pem(key->to_pem());
    const auto other = crypto::rsa_public_key::from_pem(key->to_pkcs1_pem());
    require(again && again->fingerprint() == key->fingerprint(), "SPKI makes the same key");
    require(other && other->fingerprint() == key->fingerprint(), "PKCS#1 makes the same key");
  }
  if (const auto key = crypto::rsa_private_key::from_pem(text)) {
    const auto again = crypto::rsa_private_key::from_pem(core::as_text(key->to_pem().view()));
    require(again && again->public_key().fingerprint() == key->public_key().fingerprint(),
            "a private key makes itself again");
  }
}

}  // namespace corogram::fuzz

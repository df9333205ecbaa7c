#include "keys.hpp"

#include "support/rsa_test_key.hpp"

#include <corogram/core/bytes.hpp>

namespace corogram::rpc::test {

crypto::rsa_private_key server_key() {
  auto key = crypto::rsa_private_key::from_pem(corogram::test::rsa_test_key);
  return *std::move(key);
}

const crypto::rsa_public_key& trusted_key() {
  static const crypto::rsa_public_key key = server_key().public_key();
  return key;
}

// Another modulus of the same size will do: nobody has to decrypt anything.
crypto::rsa_public_key untrusted_key() {
  core::byte_buffer modulus(trusted_key().modulus().begin(), trusted_key().modulus().end());
  modulus[100] ^= 0x55;
  return *crypto::rsa_public_key::from_numbers(modulus, trusted_key().exponent());
}

}  // namespace corogram::rpc::test

#pragma once

// The RSA keys of the tests of this layer.

#include <corogram/crypto/rsa.hpp>

namespace corogram::rpc::test {

/// server_key is the key that servers have.
crypto::rsa_private_key server_key();
/// trusted_key is its public half.
const crypto::rsa_public_key& trusted_key();
/// untrusted_key is one that no server has.
crypto::rsa_public_key untrusted_key();

}  // namespace corogram::rpc::test

#include <corogram/core/bytes.hpp>
#include <corogram/core/hex.hpp>
#include <corogram/crypto/hash.hpp>

#include <iostream>
#include <string>

// Prints the SHA-256 of "abc" as corogram computes it and compares it with FIPS 180-2, appendix
// B.1.
int main() {
  const auto digest_bytes = corogram::crypto::sha256(corogram::core::as_bytes("abc"));
  const std::string digest = corogram::core::to_hex(digest_bytes);
  std::cout << digest << '\n';
  return digest == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" ? 0 : 1;
}

#include "support/vector.hpp"

#include <corogram/core/bytes.hpp>
#include <corogram/core/hex.hpp>
#include <corogram/core/random.hpp>
#include <corogram/crypto/ige.hpp>

#include <cstdio>

namespace corogram::bench {

void print_ige_vector() {
  core::test_random random{256};
  const auto key = random.array<32>();
  const auto iv = random.array<32>();
  core::byte_buffer plain(1040), encrypted(plain.size());
  random.fill(plain);
  crypto::ige_encrypt(key, iv, plain, encrypted);
  std::printf(R"({"key": "%s", "iv": "%s", "plain": "%s", "encrypted": "%s"})"
              "\n",
              core::to_hex(key).c_str(), core::to_hex(iv).c_str(), core::to_hex(plain).c_str(),
              core::to_hex(encrypted).c_str());
}

}  // namespace corogram::bench

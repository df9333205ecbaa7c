// From the message key to the AES key and initialisation vector.

#include "support/limits.hpp"
#include "support/openssl_message.hpp"
#include "support/suite.hpp"

#include <corogram/core/random.hpp>
#include <corogram/crypto/kdf.hpp>
#include <corogram/crypto/kdf_kernel.hpp>

#include <array>

namespace corogram::bench {

namespace {

struct input {
  input() {
    core::test_random random{52};
    auth_key = random.array<256>();
    msg_key = random.array<16>();
  }
  std::array<core::byte, 256> auth_key;
  crypto::message_key msg_key;
  static constexpr auto sender = crypto::direction::server_to_client;
};

}  // namespace

void crypto_kdf(suite& rows) {
  // Two hashes of one block each, side by side at best.
  const work_size work{.bound = machine_limits().sha256_latency};
  for (const crypto::kdf_kernel& kernel : crypto::kdf_kernels()) {
    if (!kernel.supported()) continue;
    rows.add(join("kdf", "derive_v2", kernel.name), work, [derive = kernel.derive_v2] {
      const input from;
      const auto made = derive(from.auth_key, from.msg_key, input::sender);
      const auto expected = openssl_derive(from.auth_key, from.msg_key, input::sender);
      expect_equal(made.key.view(), expected.key);
      expect_equal(made.iv.view(), expected.iv);
      return [derive, from] {
        benchmark::DoNotOptimize(derive(from.auth_key, from.msg_key, input::sender));
      };
    });
  }
  rows.add("kdf/derive_v2/openssl", work, [] {
    return [from = input()] {
      benchmark::DoNotOptimize(openssl_derive(from.auth_key, from.msg_key, input::sender));
    };
  });
}

}  // namespace corogram::bench

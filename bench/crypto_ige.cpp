// AES-256-IGE: one stream on every kernel, beside OpenSSL's own.
#define OPENSSL_SUPPRESS_DEPRECATED

#include "support/limits.hpp"
#include "support/suite.hpp"

#include <corogram/core/random.hpp>
#include <corogram/crypto/ige_kernel.hpp>

#include <openssl/aes.h>

#include <array>
#include <cstddef>
#include <string_view>
#include <vector>

namespace corogram::bench {

namespace {

using core::byte;
using core::byte_buffer;
using core::byte_span;
using core::byte_view;

struct operation {
  std::string_view name;
  crypto::ige_kernel::function crypto::ige_kernel::* of_kernel;
  int (*set_key)(const unsigned char*, int, AES_KEY*);
  int of_openssl;
};

constexpr std::array operations{
    operation{"encrypt", &crypto::ige_kernel::encrypt, AES_set_encrypt_key, AES_ENCRYPT},
    operation{"decrypt", &crypto::ige_kernel::decrypt, AES_set_decrypt_key, AES_DECRYPT},
};

struct input {
  explicit input(std::size_t size) : text(size), out(size) {
    core::test_random random{size};
    key = random.array<32>();
    iv = random.array<32>();
    random.fill(text);
  }
  std::array<byte, 32> key, iv;
  byte_buffer text, out;
};

// With the key set-up in each call, as our kernels have it.
void by_openssl(const operation& what, const input& from, byte_span out) {
  AES_KEY schedule;
  what.set_key(from.key.data(), 256, &schedule);
  std::array<byte, 32> iv = from.iv;
  AES_ige_encrypt(from.text.data(), out.data(), out.size(), &schedule, iv.data(), what.of_openssl);
}

void add_kernel(suite& rows, const operation& what, const crypto::ige_kernel& kernel,
                std::size_t size) {
  const auto function = kernel.*what.of_kernel;
  const work_size work{.bytes = size, .bound = ige_bound()};
  rows.add(join("ige", what.name, kernel.name, size), work, [what, function, size] {
    input made(size);
    byte_buffer expected(size);
    by_openssl(what, made, expected);
    function(made.key, made.iv, made.text, made.out);
    expect_equal(made.out, expected);
    return [function, made = std::move(made)]() mutable {
      function(made.key, made.iv, made.text, made.out);
    };
  });
}

void add_openssl(suite& rows, const operation& what, std::size_t size) {
  const work_size work{.bytes = size, .bound = ige_bound()};
  rows.add(join("ige", what.name, "openssl", size), work, [what, size] {
    return [what, made = input(size)]() mutable { by_openssl(what, made, made.out); };
  });
}

}  // namespace

void crypto_ige(suite& rows) {
  for (const operation& what : operations)
    for (const std::size_t size : stream_sizes) {
      for (const crypto::ige_kernel& kernel : crypto::ige_kernels())
        if (kernel.supported()) add_kernel(rows, what, kernel, size);
      add_openssl(rows, what, size);
    }
}

}  // namespace corogram::bench

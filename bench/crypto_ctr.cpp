// AES-256-CTR in place: one stream that goes on from call to call, on every kernel, beside the
// direct calls of OpenSSL's EVP on a context that is set up once.

#include "support/limits.hpp"
#include "support/suite.hpp"

#include <corogram/core/random.hpp>
#include <corogram/crypto/ctr.hpp>
#include <corogram/crypto/ctr_kernel.hpp>

#include <openssl/evp.h>

#include <array>
#include <cstddef>
#include <memory>
#include <utility>

namespace corogram::bench {

namespace {

using core::byte;
using core::byte_buffer;
using core::byte_span;

struct input {
  explicit input(std::size_t size) : text(size) {
    core::test_random random{size};
    key = random.array<32>();
    iv = random.array<16>();
    random.fill(text);
  }
  std::array<byte, 32> key;
  std::array<byte, 16> iv;
  byte_buffer text;
};

class evp_stream {
 public:
  explicit evp_stream(const input& from) : context_(EVP_CIPHER_CTX_new()) {
    EVP_EncryptInit_ex(context_.get(), EVP_aes_256_ctr(), nullptr, from.key.data(), from.iv.data());
  }
  void apply(byte_span text) {
    int written = 0;
    EVP_EncryptUpdate(context_.get(), text.data(), &written, text.data(),
                      static_cast<int>(text.size()));
  }

 private:
  struct release {
    void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
  };
  std::unique_ptr<EVP_CIPHER_CTX, release> context_;
};

void add_kernel(suite& rows, const crypto::ctr_kernel& kernel, std::size_t size) {
  const work_size work{.bytes = size, .bound = ctr_bound()};
  rows.add(join("ctr", "apply", kernel.name, size), work, [&kernel, size] {
    input made(size), expected(size);
    crypto::ctr_stream stream(made.key, made.iv, kernel);
    evp_stream judge(expected);
    for (int i = 0; i < 2; ++i) {  // the second call goes on where the first one ended
      stream.apply(made.text);
      judge.apply(expected.text);
      expect_equal(made.text, expected.text);
    }
    return
        [stream = std::move(stream), made = std::move(made)]() mutable { stream.apply(made.text); };
  });
}

void add_evp(suite& rows, std::size_t size) {
  const work_size work{.bytes = size, .bound = ctr_bound()};
  rows.add(join("ctr", "apply", "openssl_evp", size), work, [size] {
    input made(size);
    return
        [stream = evp_stream(made), made = std::move(made)]() mutable { stream.apply(made.text); };
  });
}

}  // namespace

void crypto_ctr(suite& rows) {
  for (const std::size_t size : stream_sizes) {
    for (const crypto::ctr_kernel& kernel : crypto::ctr_kernels())
      if (kernel.supported()) add_kernel(rows, kernel, size);
    add_evp(rows, size);
  }
}

}  // namespace corogram::bench

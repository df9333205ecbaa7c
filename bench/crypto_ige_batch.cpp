// AES-256-IGE of several texts at once: 24 of them, all in one call, or in calls of as many as a
// kernel named aesni_x8 has lanes.

#include "support/limits.hpp"
#include "support/suite.hpp"
#include "support/texts.hpp"

#include <corogram/core/random.hpp>
#include <corogram/crypto/ige.hpp>
#include <corogram/crypto/ige_batch.hpp>

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace corogram::bench {

namespace {

constexpr std::size_t sizes[] = {64, 256, 1024, 4096, 16384, 65536};
constexpr std::size_t count = 24;

using whole = decltype(crypto::ige_encrypt);
using batch = void (*)(std::span<const crypto::ige_text>) noexcept;

/// The texts with their keys. The same size makes the same ones again.
struct jobs {
  jobs(std::size_t size, placing how) : random(size), placed(count, size, how, random) {
    for (std::size_t i = 0; i < count; ++i) {
      keys.push_back(std::make_unique<std::array<core::byte, 64>>(random.array<64>()));
      const std::span<const core::byte, 64> key = *keys.back();
      all.push_back({key.first<32>(), key.last<32>(), placed[i]});
    }
  }

  core::test_random random;
  texts placed;
  std::vector<std::unique_ptr<std::array<core::byte, 64>>> keys;
  std::vector<crypto::ige_text> all;
};

void add_row(suite& rows, const std::string& operation, std::string_view kernel, batch run,
             whole* one_by_one, placing how, std::size_t size) {
  const std::size_t lanes = lanes_of(kernel);
  const std::size_t lot = lanes == 0 ? count : lanes;
  const work_size work{
      .bytes = count * size, .bound = ige_bound(static_cast<double>(lot)), .messages = count};
  const std::string whole_operation = operation + "_batch" + std::string(suffix_of(how));
  rows.add(join("ige", whole_operation, kernel, size), work, [=] {
    const auto made = std::make_shared<jobs>(size, how);
    const jobs expected(size, placing::as_allocated);
    const auto run_all = [=] {
      run_in_lots(run, std::span<const crypto::ige_text>(made->all), lot);
    };
    run_all();
    for (std::size_t i = 0; i < count; ++i) {
      const crypto::ige_text& text = expected.all[i];
      one_by_one(text.key, text.iv, text.text, text.text);
      expect_equal(made->all[i].text, text.text);
    }
    return run_all;
  });
}

}  // namespace

// What is compared with, ige_encrypt one by one, crypto_ige compares with OpenSSL.
void crypto_ige_batch(suite& rows) {
  for (const crypto::ige_batch_kernel& kernel : crypto::ige_batch_kernels()) {
    if (!kernel.supported()) continue;
    for (const placing how : {placing::line_by_line, placing::as_allocated})
      for (const std::size_t size : sizes) {
        add_row(rows, "encrypt", kernel.name, kernel.encrypt, crypto::ige_encrypt, how, size);
        add_row(rows, "decrypt", kernel.name, kernel.decrypt, crypto::ige_decrypt, how, size);
      }
  }
}

}  // namespace corogram::bench

// Opening a message that is still under the key stream of an obfuscated transport, beside
// message/open/stitched, the same without one. The stream begins in the middle of a block, as it
// does behind a frame's length.

#include "support/limits.hpp"
#include "support/suite.hpp"

#include <corogram/core/random.hpp>
#include <corogram/crypto/message_kernel.hpp>
#include <corogram/crypto/message_obfuscated.hpp>

#include <array>
#include <cstddef>
#include <utility>

namespace corogram::bench {

namespace {

using core::byte;
using core::byte_buffer;

struct input {
  explicit input(std::size_t size) : text(size), random(size) {
    random.fill(text);
    auth_key = random.array<256>();
    msg_key = random.array<16>();
    stream_key = random.array<32>();
  }

  [[nodiscard]] crypto::ctr_stream stream() const {
    crypto::ctr_stream made(stream_key, std::array<byte, 16>{});
    std::array<byte, 4> frame_length{};
    made.apply(frame_length);
    return made;
  }

  [[nodiscard]] crypto::message_to_open message() {
    return {auth_key, crypto::direction::server_to_client, msg_key, text};
  }

  byte_buffer text;
  core::test_random random;
  std::array<byte, 256> auth_key;
  crypto::message_key msg_key;
  std::array<byte, 32> stream_key;
};

void add_kernel(suite& rows, const crypto::obfuscated_open_kernel& kernel, std::size_t size) {
  const work_size work{.bytes = size, .bound = message_bound(1)};
  rows.add(join("message", "open_obfuscated", kernel.name, size), work, [&kernel, size] {
    input made(size), expected(size);
    crypto::ctr_stream stream = made.stream(), other = expected.stream();
    for (int i = 0; i < 2; ++i) {  // the second message goes on where the first one ended
      auto message = made.message(), judged = expected.message();
      kernel.run(message, stream);
      other.apply(judged.text);
      crypto::open_kernels().front().run({&judged, 1});
      expect_equal(made.text, expected.text);
      expect_equal(message.msg_key_large, judged.msg_key_large);
    }
    return [&kernel, stream = std::move(stream), made = std::move(made)]() mutable {
      auto message = made.message();
      kernel.run(message, stream);
    };
  });
}

}  // namespace

void crypto_message_obfuscated(suite& rows) {
  for (const auto& kernel : crypto::obfuscated_open_kernels())
    if (kernel.supported())
      for (const std::size_t size : {64, 256, 1024, 4096, 16384, 65536, 262144, 1048576})
        add_kernel(rows, kernel, size);
}

}  // namespace corogram::bench

// Several texts in IGE at once, on every kernel of this machine, against the reference on one after
// the other.

#include "support/target.hpp"

#include <corogram/crypto/ige.hpp>
#include <corogram/crypto/ige_batch.hpp>
#include <corogram/crypto/ige_kernel.hpp>

#include <algorithm>
#include <array>
#include <vector>

namespace corogram::fuzz {

namespace {

// More than any kernel takes at a time, so that some are left over.
constexpr std::size_t most_texts = 40;

struct one_text {
  std::array<core::byte, 32> key{}, iv{};
  std::size_t shift = 0;
  core::byte_buffer plain, expected;
  core::byte_buffer block;  // `shift` bytes, then the text

  [[nodiscard]] core::byte_span place() { return core::byte_span(block).subspan(shift); }
};

std::vector<one_text> texts_of(choices& from) {
  std::vector<one_text> texts(from.below(most_texts + 1));
  for (one_text& text : texts) {
    // Not all bytes come from the input: a dozen long texts would not fit into one.
    text.key.fill(from.byte());
    text.iv.fill(from.byte());
    text.shift = from.below(16);
    const std::size_t size = crypto::aes_block_size * from.below(24);
    text.plain.assign(size, from.byte());
    std::ranges::copy(from.take(from.below(32)), text.key.begin());
    const core::byte_view beginning = from.take(std::min(text.plain.size(), from.below(64)));
    std::ranges::copy(beginning, text.plain.begin());
    text.expected = text.plain;
    crypto::ige_kernels().front().encrypt(text.key, text.iv, text.plain, text.expected);
    text.block.resize(text.shift + text.plain.size());
  }
  return texts;
}

}  // namespace

void run(core::byte_view input) noexcept {
  choices from(input);
  std::vector<one_text> texts = texts_of(from);
  std::vector<crypto::ige_text> batch;
  for (one_text& text : texts) batch.push_back({text.key, text.iv, text.place()});
  const auto fill = [&](auto what) {
    for (one_text& text : texts) std::ranges::copy(text.*what, text.place().begin());
  };
  const auto all_are = [&](auto what) {
    return std::ranges::all_of(
        texts, [&](one_text& text) { return std::ranges::equal(text.place(), text.*what); });
  };
  for (const crypto::ige_batch_kernel& kernel : crypto::ige_batch_kernels()) {
    if (!kernel.supported()) continue;
    fill(&one_text::plain);
    kernel.encrypt(batch);
    require(all_are(&one_text::expected), "all are encrypted as each alone");
    kernel.decrypt(batch);
    require(all_are(&one_text::plain), "and decrypted");
  }
}

}  // namespace corogram::fuzz

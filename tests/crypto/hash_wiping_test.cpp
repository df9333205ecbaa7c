// Built only where the library is optimised: without that, compilers keep everything in memory.

#include "stack_left_by.hpp"

#include <corogram/core/endian.hpp>
#include <corogram/core/random.hpp>
#include <corogram/crypto/hash_kernel.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>

namespace corogram::crypto {
namespace {

using core::byte_buffer;
using core::byte_view;

/// Whether any two words in a row of `text` are in `memory`, as bytes or as numbers of the machine.
bool holds_piece_of(byte_view memory, byte_view text) {
  constexpr std::size_t piece_size = 8;
  for (std::size_t at = 0; at + piece_size <= text.size(); at += piece_size / 2) {
    std::array<core::byte, piece_size> bytes, words;
    std::copy_n(text.data() + at, piece_size, bytes.begin());
    for (std::size_t i = 0; i < piece_size; i += 4)
      core::store_le(words.data() + i, core::load_be<std::uint32_t>(bytes.data() + i));
    for (const auto& piece : {bytes, words})
      if (memmem(memory.data(), memory.size(), piece.data(), piece.size()) != nullptr) return true;
  }
  return false;
}

// If this fails, the others prove nothing.
TEST(HashWiping, WhatIsLeftOnTheStackIsFound) {
  core::test_random random(51);
  byte_buffer text(24);
  random.fill(text);
  const byte_buffer stack = stack_left_by([&] {
    // With room above: there the end of a thread writes.
    volatile core::byte copy[4096];
    std::ranges::copy(text, copy);
  });
  EXPECT_TRUE(holds_piece_of(stack, text));
}

TEST(HashWiping, NothingOfTheTextStaysOnTheStack) {
  core::test_random random(52);
  for (const hash_kernel& kernel : hash_kernels()) {
    if (!kernel.supported()) continue;
    for (const std::size_t size : {20u, 52u, 60u, 64u, 100u, 128u, 1000u}) {
      byte_buffer text(size);
      random.fill(text);
      const std::array parts{byte_view(text).first(7), byte_view(text).subspan(7)};
      const byte_buffer stack = stack_left_by([&] {
        (void)kernel.sha1(parts);
        (void)kernel.sha256(parts);
      });
      EXPECT_FALSE(holds_piece_of(stack, text)) << kernel.name << " " << size;
    }
  }
}

TEST(HashWiping, NorInAHasherThatFinished) {
  core::test_random random(53);
  byte_buffer text(52);
  random.fill(text);
  alignas(sha256_hasher) std::array<core::byte, sizeof(sha256_hasher)> place{};
  auto* const hasher = new (place.data()) sha256_hasher;
  hasher->update(text);
  EXPECT_TRUE(holds_piece_of(place, text));
  (void)hasher->finish();
  EXPECT_FALSE(holds_piece_of(place, text));
  hasher->update(text);
  hasher->~sha256_hasher();
  EXPECT_FALSE(holds_piece_of(place, text));
}

}  // namespace
}  // namespace corogram::crypto

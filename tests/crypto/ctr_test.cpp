#include "data.hpp"

#include <corogram/core/random.hpp>
#include <corogram/crypto/ctr.hpp>

#include <gtest/gtest.h>

#include <cstddef>
#include <utility>

namespace corogram::crypto {
namespace {

using core::byte_buffer;
using core::byte_span;

TEST(Ctr, AgreesWithTheStandardAndWithTheObfuscationVectors) {
  for (const test::vectors& known : data_cases("ctr.txt")) {
    ctr_stream stream(known.array<32>("key"), known.array<16>("iv"));
    byte_buffer skipped(known.has("skip") ? known.number("skip") : 0);
    stream.apply(skipped);
    byte_buffer text = known["plaintext"];
    stream.apply(text);
    EXPECT_EQ(text, known["ciphertext"]) << known.text("name");
  }
}

TEST(Ctr, TheStreamGoesOnAcrossPiecesOfAnySize) {
  core::test_random random(3);
  const auto key = random.array<32>();
  // The counter's low half overflows after the third block.
  auto iv = random.array<16>();
  std::fill(iv.begin() + 8, iv.end(), core::byte{0xff});
  iv.back() = 0xfd;

  byte_buffer whole(10'000);
  ctr_stream at_once(key, iv);
  at_once.apply(whole);

  byte_buffer pieces(whole.size());
  ctr_stream piece_by_piece(key, iv);
  for (byte_span rest = pieces; !rest.empty();) {
    const std::size_t size = std::min<std::size_t>(rest.size(), random.below(70));
    piece_by_piece.apply(rest.first(size));
    rest = rest.subspan(size);
  }
  EXPECT_EQ(pieces, whole);
}

TEST(Ctr, AMovedStreamGoesOnWhereItWas) {
  const std::array<core::byte, 32> key{1};
  const std::array<core::byte, 16> iv{2};
  byte_buffer whole(50), parts(50);
  ctr_stream(key, iv).apply(whole);
  ctr_stream first(key, iv);
  first.apply(byte_span(parts).first(21));
  ctr_stream second = std::move(first);
  second.apply(byte_span(parts).subspan(21));
  EXPECT_EQ(parts, whole);
}

}  // namespace
}  // namespace corogram::crypto

#include "support.hpp"
#include "support/scripted_random.hpp"
#include "support/vectors.hpp"

#include <corogram/transport/obfuscated.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <string_view>
#include <vector>

namespace corogram::transport {
namespace {

using namespace test;
using corogram::test::scripted_random;

struct vector_case {
  obfuscation_header block;
  obfuscation_header header;
  std::optional<core::byte_buffer> secret;
  core::byte_buffer client_stream;
  core::byte_buffer server_stream;

  [[nodiscard]] std::optional<proxy_key_view> key() const {
    if (!secret) return std::nullopt;
    return proxy_key_view(secret->data(), 16);
  }
};

std::vector<vector_case> vector_cases() {
  std::vector<vector_case> cases;
  for (const auto& read :
       corogram::test::read_vector_cases(COROGRAM_TEST_DATA "/obfuscation.txt")) {
    vector_case one{read.array<64>("block"), read.array<64>("header"), std::nullopt,
                    read["next_client_key_stream"], read["first_server_key_stream"]};
    if (read.has("secret")) one.secret = read["secret"];
    cases.push_back(std::move(one));
  }
  return cases;
}

/// key_stream returns the next `size` bytes that `apply` XORs onto a text.
template <class Apply>
core::byte_buffer key_stream(std::size_t size, Apply apply) {
  core::byte_buffer zeros(size);
  apply(zeros);
  return zeros;
}

//= TR-39 test
//= TR-41 test
//= TR-42 test
//= PROXY-04 test
TEST(Obfuscation, OpensWithTheVectorsHeaderAndGoesOnWithItsKeyStreams) {
  for (const vector_case& expected : vector_cases()) {
    scripted_random random({expected.block.begin(), expected.block.end()});
    opened_obfuscation opened =
        open_obfuscation(framing::padded_intermediate, std::int16_t{2}, expected.key(), random);
    EXPECT_EQ(random.left(), 0u);
    EXPECT_EQ(core::to_hex(opened.header), core::to_hex(expected.header));
    EXPECT_EQ(key_stream(16, [&](core::byte_span text) { opened.streams.encrypt(text); }),
              expected.client_stream);
    EXPECT_EQ(key_stream(16, [&](core::byte_span text) { opened.streams.decrypt(text); }),
              expected.server_stream);
  }
}

//= TR-39 test
//= TR-42 test
//= TR-43 test
TEST(Obfuscation, AcceptsTheVectorsHeader) {
  for (const vector_case& expected : vector_cases()) {
    accepted_obfuscation accepted = accept_obfuscation(expected.header, expected.key());
    EXPECT_EQ(accepted.inner, framing::padded_intermediate);
    EXPECT_EQ(accepted.dc_id, 2);
    EXPECT_EQ(key_stream(16, [&](core::byte_span text) { accepted.streams.decrypt(text); }),
              expected.client_stream);
    EXPECT_EQ(key_stream(16, [&](core::byte_span text) { accepted.streams.encrypt(text); }),
              expected.server_stream);
  }
}

//= TR-43 test
TEST(Obfuscation, FindsNoTagUnderAnotherSecretOrInNoise) {
  const auto cases = vector_cases();
  EXPECT_FALSE(accept_obfuscation(cases[0].header, cases[1].key()).inner);
  EXPECT_FALSE(accept_obfuscation(cases[1].header, std::nullopt).inner);
  core::test_random random(5);
  for (int i = 0; i < 200; ++i)
    EXPECT_FALSE(accept_obfuscation(random.array<64>(), std::nullopt).inner);
}

//= TR-40 test
TEST(Obfuscation, IsOneStreamHoweverItIsCut) {
  const auto cases = vector_cases();
  const core::byte_buffer text = noise(100);
  core::byte_buffer whole = text;
  accept_obfuscation(cases[0].header, std::nullopt).streams.encrypt(whole);
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    accepted_obfuscation accepted = accept_obfuscation(cases[0].header, std::nullopt);
    core::byte_buffer pieces = text;
    accepted.streams.encrypt(core::byte_span(pieces).first(cut));
    accepted.streams.encrypt(core::byte_span(pieces).subspan(cut));
    ASSERT_EQ(pieces, whole) << cut;
  }
}

//= TR-37 test
TEST(Obfuscation, CarriesEachFramingsTag) {
  core::test_random random(6);
  for (const framing inner :
       {framing::abridged, framing::intermediate, framing::padded_intermediate}) {
    const opened_obfuscation opened = open_obfuscation(inner, std::nullopt, std::nullopt, random);
    EXPECT_EQ(accept_obfuscation(opened.header, std::nullopt).inner, inner);
  }
}

//= TR-44 test
TEST(Obfuscation, CarriesNoTagForFullFraming) {
  // The first draw has the tag of intermediate by chance: another one is made.
  core::byte_buffer lucky = noise(64, 7);
  std::fill_n(lucky.begin() + 56, 4, core::byte{0xee});
  const core::byte_buffer next = noise(64, 8);
  scripted_random random(core::concat(lucky, next));
  const opened_obfuscation opened =
      open_obfuscation(framing::full, std::nullopt, std::nullopt, random);
  EXPECT_EQ(random.left(), 0u);
  EXPECT_TRUE(std::equal(next.begin(), next.begin() + 56, opened.header.begin()));
  EXPECT_FALSE(accept_obfuscation(opened.header, std::nullopt).inner);
}

//= TR-34 test
//= TR-35 test
//= TR-36 test
//= DIV-32 test
TEST(Obfuscation, DrawsAgainWhenTheBlockLooksLikeSomethingElse) {
  const core::byte_buffer good = noise(64, 9);
  std::vector<core::byte_buffer> forbidden;
  for (const char* start :
       {"ef", "dddddddd", "eeeeeeee", "504f5354" /* POST */, "47455420" /* GET */,
        "48454144" /* HEAD */, "4f505449" /* OPTI */, "16030102"}) {
    core::byte_buffer block = noise(64, 10);
    std::ranges::copy(bytes(start), block.begin());
    forbidden.push_back(block);
  }
  core::byte_buffer like_full = noise(64, 11);
  std::fill_n(like_full.begin() + 4, 4, core::byte{0});
  forbidden.push_back(like_full);

  for (const core::byte_buffer& block : forbidden) {
    scripted_random random(core::concat(block, block, good));
    const opened_obfuscation opened =
        open_obfuscation(framing::abridged, std::nullopt, std::nullopt, random);
    EXPECT_EQ(random.left(), 0u) << core::to_hex(block);
    EXPECT_TRUE(std::equal(good.begin(), good.begin() + 56, opened.header.begin()));
  }

  scripted_random random(good);
  open_obfuscation(framing::abridged, std::nullopt, std::nullopt, random);
  EXPECT_EQ(random.left(), 0u);
}

//= TR-38 test
TEST(Obfuscation, NamesTheDataCentre) {
  EXPECT_EQ(dc_field({2, false, false}), 2);
  EXPECT_EQ(dc_field({4, false, true}), -4);
  EXPECT_EQ(dc_field({2, true, false}), 10002);
  EXPECT_EQ(dc_field({2, true, true}), -10002);
  for (const int id : {1, 2, 3, 4, 5, 203})
    for (const bool on_test : {false, true})
      for (const bool media : {false, true}) {
        const dc_address dc{id, on_test, media};
        EXPECT_EQ(dc_from_field(dc_field(dc)), dc);
      }
  EXPECT_EQ(dc_from_field(INT16_MIN), (dc_address{22768, true, true}));

  // As bytes: media DC 4 is fc ff, test DC 2 is 12 27.
  core::test_random random(12);
  for (const auto& [dc, hex] :
       {std::pair(dc_address{2}, "0200"), std::pair(dc_address{4, false, true}, "fcff"),
        std::pair(dc_address{2, true, false}, "1227"),
        std::pair(dc_address{2, true, true}, "eed8")}) {
    const auto opened = open_obfuscation(framing::intermediate, dc_field(dc), std::nullopt, random);
    obfuscation_header block = opened.header;
    obfuscation(role::server, opened.header, std::nullopt).decrypt(block);
    EXPECT_EQ(core::to_hex(core::byte_view(block).subspan(60, 2)), hex);
  }
}

TEST(Obfuscation, LeavesThePlaceOfTheDataCentreRandomWithoutOne) {
  core::byte_buffer block = noise(64, 13);
  scripted_random random(block);
  const auto opened = open_obfuscation(framing::abridged, std::nullopt, std::nullopt, random);
  EXPECT_EQ(accept_obfuscation(opened.header, std::nullopt).dc_id,
            core::load_le<std::int16_t>(block.data() + 60));
}

}  // namespace
}  // namespace corogram::transport

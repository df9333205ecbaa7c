// Every constructor and function of every schema, with random values: bytes to JSON and back gives
// the same bytes.

#include "bytes.hpp"

#include <corogram/api/fwd.hpp>
#include <corogram/core/random.hpp>
#include <corogram/samples/fwd.hpp>
#include <corogram/service/fwd.hpp>
#include <corogram/tl/json_value.hpp>
#include <corogram/tl/print.hpp>
#include <corogram/tl/random_value.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <ostream>
#include <string>

namespace corogram::tl {
namespace {

struct schema_case {
  const char* name;
  const tables& (*schema)() noexcept;
  unsigned rounds;
};

void PrintTo(const schema_case& what, std::ostream* out) {
  *out << what.name;
}

class JsonOfEveryDeclaration : public testing::TestWithParam<schema_case> {
 protected:
  template <class F>
  void for_each(F&& check) const {
    const tables& schema = GetParam().schema();
    const random_values values(schema);
    for (unsigned round = 0; round < GetParam().rounds; ++round) {
      for (const combinator_row& row : schema.combinators) {
        const std::uint64_t seed = std::uint64_t{row.id} << 8 | round;
        SCOPED_TRACE(std::string(schema.name_of(row)) + ", seed " + std::to_string(seed));
        core::test_random random(seed);
        check(schema, row, values.object(row, random), random);
        if (HasFailure()) return;
      }
    }
  }
};

TEST_P(JsonOfEveryDeclaration, GivesTheSameBytesBack) {
  for_each([](const tables& schema, const combinator_row& row, const core::byte_buffer& bytes,
              core::test_random&) {
    const auto json = to_json(schema, bytes);
    ASSERT_TRUE(json.has_value()) << json.error().message() << "\n" << test::hex(bytes);
    json_failure failure;
    const auto back = from_json(schema, schema.name_of(row), *json, {.failure = &failure});
    ASSERT_TRUE(back.has_value()) << failure.message << "\n" << *json;
    ASSERT_EQ(test::hex(*back), test::hex(bytes)) << *json;

    const auto pretty = to_json(schema, bytes, {.indent = 2});
    const auto from_pretty = from_json(schema, "", *pretty);
    ASSERT_TRUE(from_pretty.has_value()) << *pretty;
    ASSERT_EQ(test::hex(*from_pretty), test::hex(bytes)) << *pretty;

    ASSERT_TRUE(to_text(schema, bytes).has_value());
    ASSERT_TRUE(to_text(schema, bytes, {.indent = 4, .longest_bytes = 8}).has_value());
  });
}

TEST_P(JsonOfEveryDeclaration, DamagedBytesAreAnErrorOrPrinted) {
  for_each([](const tables& schema, const combinator_row&, core::byte_buffer bytes,
              core::test_random& random) {
    for (int damage = 0; damage < 4; ++damage) {
      core::byte_buffer damaged = bytes;
      if (random.below(2) == 0) {
        damaged[random.below(damaged.size())] ^= static_cast<core::byte>(1U << random.below(8));
      } else {
        damaged.resize(random.below(damaged.size()));
      }
      const auto json = to_json(schema, damaged);
      ASSERT_EQ(json.has_value(), to_text(schema, damaged).has_value());
      if (!json) continue;
      ASSERT_TRUE(parse_json(*json).has_value()) << *json;
    }
  });
}

TEST_P(JsonOfEveryDeclaration, DamagedJsonIsAnErrorOrRead) {
  for_each([](const tables& schema, const combinator_row&, const core::byte_buffer& bytes,
              core::test_random& random) {
    std::string json = *to_json(schema, bytes);
    static constexpr std::string_view letters = "{}[]\",:\\0123456789-.eE+tfn_a \n";
    for (int change = 0; change < 3; ++change) {
      std::string changed = json;
      const std::size_t place = random.below(changed.size());
      if (random.below(2) == 0) {
        changed[place] = letters[random.below(letters.size())];
      } else {
        changed.erase(place, 1 + random.below(4));
      }
      const auto made = from_json(schema, "", changed);
      if (!made) continue;
      ASSERT_TRUE(to_json(schema, *made).has_value()) << changed;
    }
  });
}

INSTANTIATE_TEST_SUITE_P(Schemas, JsonOfEveryDeclaration,
                         testing::Values(schema_case{"samples", samples::tables, 30},
                                         schema_case{"service", service::tables, 20},
                                         schema_case{"api", api::tables, 2}),
                         [](const auto& tested) { return std::string(tested.param.name); });

}  // namespace
}  // namespace corogram::tl

// Every constructor and every function of every schema, with random values: the encoder against a
// writer that shares no code with it, the decoder against cut, lengthened and damaged input, copies
// against what they were made from.

#include "bytes.hpp"

#include <corogram/api/fwd.hpp>
#include <corogram/core/random.hpp>
#include <corogram/samples/fwd.hpp>
#include <corogram/service/fwd.hpp>
#include <corogram/tl/codec.hpp>
#include <corogram/tl/random_value.hpp>

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace corogram::tl {
namespace {

using test::hex;

struct schema_case {
  const char* name;
  const tables& (*schema)() noexcept;
  /// Random values of each declaration.
  unsigned rounds;
  /// Prefixes of each value that are tried, at most.
  std::size_t prefixes;
  /// Damaged forms of each value that are tried.
  unsigned damages;
};

void PrintTo(const schema_case& what, std::ostream* out) {
  *out << what.name;
}

/// Bytes at the very end of their heap block, so that a sanitizer sees one read too many.
class exact_block {
 public:
  explicit exact_block(core::byte_view content)
      : bytes_(new core::byte[content.size()]), size_(content.size()) {
    std::copy(content.begin(), content.end(), bytes_.get());
  }
  [[nodiscard]] core::byte_view view() const { return {bytes_.get(), size_}; }

 private:
  std::unique_ptr<core::byte[]> bytes_;
  std::size_t size_;
};

class every_declaration : public testing::TestWithParam<schema_case> {
 protected:
  const tables& schema_ = GetParam().schema();

  [[nodiscard]] detail::located_type boxed(const combinator_row& row) const {
    return {schema_, {value_kind::bare, true, schema_.index_of(row)}};
  }

  [[nodiscard]] std::string encoded(const combinator_row& row, const void* object) const {
    core::byte_buffer out;
    detail::encode_value(schema_, boxed(row).value, object, out);
    return hex(out);
  }

  /// has_open_end tells whether the last field is an Object that takes all that is left.
  [[nodiscard]] bool has_open_end(const combinator_row& row) const {
    const auto fields = schema_.fields_of(row);
    return !fields.empty() && fields.back().value == value_type{value_kind::raw, false, 0};
  }

  /// for_each calls with a row, random bytes of it and the random source, for all rows.
  template <class F>
  void for_each(F&& check) const {
    const random_values values(schema_);
    for (unsigned round = 0; round < GetParam().rounds; ++round) {
      for (const combinator_row& row : schema_.combinators) {
        const std::uint64_t seed = std::uint64_t{row.id} << 8 | round;
        core::test_random random(seed);
        SCOPED_TRACE(std::string(schema_.name_of(row)) + ", seed " + std::to_string(seed));
        check(row, values.object(row, random), random);
        if (testing::Test::HasFailure()) return;
      }
    }
  }
};

//= SER-01 test
TEST_P(every_declaration, is_read_and_written_back_byte_for_byte) {
  for_each([this](const combinator_row& row, const core::byte_buffer& wire, core::test_random&) {
    ASSERT_EQ(wire.size() % 4, 0U);
    auto value = detail::decode_root(boxed(row), wire);
    ASSERT_TRUE(value) << value.error().message() << "\n" << hex(wire);
    ASSERT_EQ(encoded(row, value->root), hex(wire));
    ASSERT_GE(wire.size(), std::size_t{4} + row.min_wire_size);
  });
}

TEST_P(every_declaration, is_read_the_same_as_any_constructor_of_its_type) {
  for_each([this](const combinator_row& row, const core::byte_buffer& wire, core::test_random&) {
    if (row.is_function) return;
    auto value = detail::decode_root({schema_, {value_kind::box, false, row.type}}, wire);
    ASSERT_TRUE(value) << value.error().message();
    const auto& box = *static_cast<const detail::box_base*>(value->root);
    ASSERT_EQ(box.id_, row.id);
    ASSERT_EQ(box.holding_ == detail::holding::inside, row.fits_box);
    ASSERT_EQ(encoded(row, box.object()), hex(wire));
  });
}

TEST_P(every_declaration, can_be_copied_and_outlives_its_source) {
  for_each([this](const combinator_row& row, const core::byte_buffer& wire, core::test_random&) {
    const std::unique_ptr<std::byte[]> copy(new std::byte[row.size]);
    const std::unique_ptr<std::byte[]> second(new std::byte[row.size]);
    {
      auto value = detail::decode_root(boxed(row), wire);
      ASSERT_TRUE(value);
      detail::clone_object(schema_, row, value->root, copy.get());
      ASSERT_TRUE(detail::equal_values(schema_, boxed(row).value, copy.get(), value->root));
    }
    detail::clone_object(schema_, row, copy.get(), second.get());
    EXPECT_EQ(encoded(row, copy.get()), hex(wire));
    detail::destroy_object(schema_, row, copy.get());
    EXPECT_EQ(encoded(row, second.get()), hex(wire));
    detail::destroy_object(schema_, row, second.get());
  });
}

TEST_P(every_declaration, fails_cleanly_at_each_prefix_and_with_a_byte_more) {
  for_each(
      [this](const combinator_row& row, const core::byte_buffer& wire, core::test_random& random) {
        const std::size_t step = wire.size() / GetParam().prefixes + 1;
        for (std::size_t size = random.below(step); size < wire.size(); size += step) {
          const exact_block prefix(core::byte_view(wire).first(size));
          const auto cut = detail::decode_root_view(boxed(row), prefix.view(), nullptr);
          // An Object at the end is whatever is left, so a shorter one is complete as well.
          if (cut) {
            ASSERT_EQ(encoded(row, cut->root), hex(prefix.view())) << "cut at " << size;
          } else {
            ASSERT_TRUE(cut.error().code == errc::truncated ||
                        cut.error().code == errc::bad_count || cut.error().code == errc::bad_length)
                << "cut at " << size << ": " << cut.error().message();
            ASSERT_LE(cut.error().offset, size);
          }
        }
        const auto longer = detail::decode_root(boxed(row), core::concat(wire, test::bytes("00")));
        ASSERT_FALSE(longer);
        ASSERT_TRUE(longer.error().code == errc::trailing_bytes ||
                    longer.error().code == errc::bad_length);
      });
}

TEST_P(every_declaration, survives_damage) {
  for_each(
      [this](const combinator_row& row, const core::byte_buffer& wire, core::test_random& random) {
        for (unsigned i = 0; i < GetParam().damages; ++i) {
          core::byte_buffer damaged = wire;
          for (std::uint64_t n = random.below(3); n < 3; ++n)
            damaged[random.below(damaged.size())] ^= static_cast<core::byte>(1 + random.below(255));
          const exact_block block(damaged);
          const auto value = detail::decode_root_view(boxed(row), block.view(), nullptr);
          if (!value) continue;
          // What was read means something, if not what was meant: it is a fixed point from here on.
          const std::string again = encoded(row, value->root);
          const core::byte_buffer written = test::bytes(again);
          const auto reread = detail::decode_root_view(boxed(row), written, nullptr);
          ASSERT_TRUE(reread) << reread.error().message();
          ASSERT_EQ(encoded(row, reread->root), again);
          ASSERT_TRUE(detail::equal_values(schema_, boxed(row).value, value->root, reread->root));
        }
      });
}

INSTANTIATE_TEST_SUITE_P(schemas, every_declaration,
                         testing::Values(schema_case{"samples", samples::tables, 40, 100'000, 100},
                                         schema_case{"service", service::tables, 20, 100'000, 100},
                                         schema_case{"api", api::tables, 4, 16, 16}),
                         [](const auto& instance) { return std::string(instance.param.name); });

}  // namespace
}  // namespace corogram::tl

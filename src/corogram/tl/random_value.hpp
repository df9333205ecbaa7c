#pragma once

// Random values of every type in the tables, as bytes: for tests, fuzz seeds and benchmarks.

#include <corogram/core/bytes.hpp>
#include <corogram/core/random.hpp>
#include <corogram/tl/tables.hpp>

#include <vector>

namespace corogram::tl {

/// random_values makes random values by the tables alone. It shares no code with the encoder, so
/// that the two can be held against each other. The same seed gives the same bytes. What is left to
/// chance: which constructor, which bits of flags words (those without a meaning too), lengths,
/// numbers. Values nest a few levels deep, and as shallowly as the schema allows below that.
/// Pre: every type that a value cannot do without has a constructor that does not contain itself.
/// Lifetime: the tables must outlive it.
class random_values {
 public:
  explicit random_values(const tables& schema);

  /// value appends a value of any type to `out`.
  void value(value_type type, core::test_random& random, core::byte_buffer& out) const;

  /// object returns a combinator's number and random fields.
  [[nodiscard]] core::byte_buffer object(const combinator_row& row,
                                         core::test_random& random) const;

 private:
  const tables& schema_;
  /// For each combinator, how deep its shallowest object nests.
  std::vector<unsigned> heights_;
};

}  // namespace corogram::tl

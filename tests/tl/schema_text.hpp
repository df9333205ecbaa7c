#pragma once

// Helpers of the tests that read TL text.

#include <corogram/tl/parser.hpp>

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>

namespace corogram::tl {

/// parsed reads a text that must be right.
inline schema parsed(std::string_view text) {
  auto outcome = parse_schema(text);
  if (!outcome) throw std::runtime_error(describe(text, outcome.error(), "text"));
  return *std::move(outcome);
}

/// only reads a text of one declaration.
inline combinator only(std::string_view text) {
  const schema whole = parsed(text);
  if (whole.constructors.size() + whole.functions.size() != 1) {
    throw std::runtime_error("not one declaration: " + std::string(text));
  }
  return whole.functions.empty() ? whole.constructors.front() : whole.functions.front();
}

/// expect_refused demands that a text is refused with this code at this line and column.
inline void expect_refused(std::string_view text, schema_errc code, std::size_t line,
                           std::size_t column) {
  const auto outcome = parse_schema(text);
  const std::string_view head = text.substr(0, 200);
  ASSERT_FALSE(outcome.has_value()) << head;
  const std::string told = describe(text, outcome.error(), "text");
  EXPECT_EQ(outcome.error().code, code) << told << "\n" << head;
  const text_position place = locate(text, outcome.error().offset);
  EXPECT_EQ(place.line, line) << told << "\n" << head;
  EXPECT_EQ(place.column, column) << told << "\n" << head;
}

/// schema_file reads a file of the folder schema/.
inline std::string schema_file(std::string_view name) {
  const std::string path = std::string(COROGRAM_SCHEMA_FOLDER "/").append(name);
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + path);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace corogram::tl

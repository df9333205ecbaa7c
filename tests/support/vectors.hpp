#pragma once

// Test vectors as data files, read in one way by all tests.
//
//   # Where the values come from.    a comment
//   key = 00010203                   bytes in hexadecimal, white space between pairs allowed
//   ciphertext =                     a long value goes on in lines that are indented
//     1a8519a6557be652e9da8e43da4ef445
//     3cf456b4ca488aa383c79c98b34797cb
//
// A blank line ends a case. A file of one case is read with read_vectors, one of several with
// read_vector_cases. A file that is not as it should be throws, which fails the test.

#include <corogram/core/bytes.hpp>
#include <corogram/core/hex.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace corogram::test {

/// The named values of one case, in the order of the file.
class vectors {
 public:
  explicit vectors(std::string place) : place_(std::move(place)) {}

  /// add appends a value. Names may repeat; a look-up finds the first.
  void add(std::string name, std::string value) {
    entries_.emplace_back(std::move(name), std::move(value));
  }

  /// continue_last appends a line to the latest value.
  void continue_last(std::string_view more) { entries_.back().second += more; }

  [[nodiscard]] bool empty() const noexcept { return entries_.empty(); }

  [[nodiscard]] bool has(std::string_view name) const {
    for (const auto& [key, value] : entries_)
      if (key == name) return true;
    return false;
  }

  /// text returns a value as it stands in the file.
  [[nodiscard]] const std::string& text(std::string_view name) const {
    for (const auto& [key, value] : entries_)
      if (key == name) return value;
    throw std::runtime_error(place_ + ": no value named " + std::string(name));
  }

  /// operator[] returns a value's bytes.
  [[nodiscard]] core::byte_buffer operator[](std::string_view name) const {
    auto bytes = core::from_hex(text(name));
    if (!bytes) throw std::runtime_error(place_ + ": " + std::string(name) + " is no hexadecimal");
    return *std::move(bytes);
  }

  /// array returns a value that has exactly N bytes.
  template <std::size_t N>
  [[nodiscard]] std::array<core::byte, N> array(std::string_view name) const {
    const core::byte_buffer bytes = (*this)[name];
    if (bytes.size() != N)
      throw std::runtime_error(place_ + ": " + std::string(name) + " has the wrong length");
    std::array<core::byte, N> fixed;
    std::copy(bytes.begin(), bytes.end(), fixed.begin());
    return fixed;
  }

  /// number returns a value written in decimal, or in hexadecimal with 0x before it.
  [[nodiscard]] std::uint64_t number(std::string_view name) const {
    return std::stoull(text(name), nullptr, 0);
  }

  [[nodiscard]] const std::vector<std::pair<std::string, std::string>>& entries() const noexcept {
    return entries_;
  }

 private:
  std::string place_;
  std::vector<std::pair<std::string, std::string>> entries_;
};

/// read_vector_cases reads all cases of a file.
inline std::vector<vectors> read_vector_cases(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error("cannot read " + path);
  std::vector<vectors> cases;
  bool open = false;
  std::size_t line_number = 0;
  for (std::string line; std::getline(file, line);) {
    const std::string place = path + ":" + std::to_string(++line_number);
    if (line.starts_with('#')) continue;
    if (line.empty()) {
      open = false;
    } else if (line.starts_with(' ')) {
      if (!open) throw std::runtime_error(place + ": nothing to continue");
      cases.back().continue_last(line);
    } else {
      const std::size_t sign = line.find(" =");
      if (sign == std::string::npos) throw std::runtime_error(place + ": expected Name = Value");
      if (!open) cases.emplace_back(place);
      open = true;
      const std::size_t value = line.find_first_not_of(' ', sign + 2);
      cases.back().add(line.substr(0, sign), value == std::string::npos ? "" : line.substr(value));
    }
  }
  if (cases.empty()) throw std::runtime_error(path + " holds no vectors");
  return cases;
}

/// read_vectors reads a file as one case; blank lines in it are only for the eye.
inline vectors read_vectors(const std::string& path) {
  vectors joined(path);
  for (const vectors& part : read_vector_cases(path))
    for (const auto& [name, value] : part.entries()) joined.add(name, value);
  return joined;
}

}  // namespace corogram::test

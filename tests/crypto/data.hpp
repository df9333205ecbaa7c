#pragma once

// Where the data files of these tests are.

#include "support/vectors.hpp"

#include <string>

namespace corogram::crypto {

inline std::string data_file(const std::string& name) {
  return COROGRAM_TEST_DATA "/" + name;
}

inline test::vectors data(const std::string& name) {
  return test::read_vectors(data_file(name));
}

inline std::vector<test::vectors> data_cases(const std::string& name) {
  return test::read_vector_cases(data_file(name));
}

}  // namespace corogram::crypto

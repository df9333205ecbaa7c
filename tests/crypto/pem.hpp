#pragma once

// PEM text out of what the data files hold of it.

#include <algorithm>
#include <cstddef>
#include <string>

namespace corogram::crypto {

/// pem puts a base64 body, with or without white space, between its first and last line.
inline std::string pem(const std::string& label, std::string body) {
  std::erase(body, ' ');
  std::string text = "-----BEGIN " + label + "-----\n";
  for (std::size_t i = 0; i < body.size(); i += 64) text += body.substr(i, 64) + "\n";
  return text + "-----END " + label + "-----\n";
}

}  // namespace corogram::crypto

#pragma once

// Files that the command line names. Every error names the file and what was expected in it.

#include <corogram/core/result.hpp>
#include <corogram/core/secret.hpp>
#include <corogram/crypto/rsa.hpp>

#include <stdexcept>
#include <string>

namespace corogram::tools {

/// A file that cannot be used, as a sentence for the user.
class file_error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The largest file that a tool reads. Units: bytes.
inline constexpr std::size_t max_file_size = std::size_t{16} << 20;

/// read_file returns all of a file. Throws file_error.
core::secret_buffer read_file(const std::string& path);

/// write_file replaces a file. Throws file_error.
void write_file(const std::string& path, std::string_view text);

/// read_public_key reads an RSA public key in PEM (SPKI or PKCS#1), or takes the public half of a
/// private one. Throws file_error.
crypto::rsa_public_key read_public_key(const std::string& path);

/// read_private_key reads an RSA private key in PEM. Throws file_error.
crypto::rsa_private_key read_private_key(const std::string& path);

}  // namespace corogram::tools

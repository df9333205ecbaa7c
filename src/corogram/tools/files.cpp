#include <corogram/tools/files.hpp>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

namespace corogram::tools {
namespace {

[[noreturn]] void fail(const std::string& path, const std::string& why) {
  throw file_error(path + ": " + why);
}

[[noreturn]] void fail_by_errno(const std::string& path) {
  fail(path, std::strerror(errno));
}

}  // namespace

core::secret_buffer read_file(const std::string& path) {
  std::error_code failure;
  const std::uintmax_t size = std::filesystem::file_size(path, failure);
  if (failure) fail(path, failure.message());
  if (size > max_file_size) fail(path, "larger than 16 MiB");

  std::ifstream in(path, std::ios::binary);
  if (!in) fail_by_errno(path);
  core::secret_buffer bytes(static_cast<std::size_t>(size));
  in.read(reinterpret_cast<char*>(bytes.span().data()), static_cast<std::streamsize>(size));
  if (!in) fail(path, "could not be read to its end");
  return bytes;
}

void write_file(const std::string& path, std::string_view text) {
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out << text << std::flush;
  if (!out) fail_by_errno(path);
}

crypto::rsa_public_key read_public_key(const std::string& path) {
  const core::secret_buffer bytes = read_file(path);
  const std::string_view pem = core::as_text(bytes.view());
  if (auto key = crypto::rsa_public_key::from_pem(pem)) return *key;
  if (auto key = crypto::rsa_private_key::from_pem(pem)) return key->public_key();
  fail(path, "expected an RSA key of 2048 bits in PEM (-----BEGIN PUBLIC KEY----- and the like)");
}

crypto::rsa_private_key read_private_key(const std::string& path) {
  const core::secret_buffer bytes = read_file(path);
  auto key = crypto::rsa_private_key::from_pem(core::as_text(bytes.view()));
  if (!key)
    fail(path, key.error().message() +
                   "; expected an unencrypted RSA private key of 2048 bits in PEM "
                   "(openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048)");
  return *std::move(key);
}

}  // namespace corogram::tools

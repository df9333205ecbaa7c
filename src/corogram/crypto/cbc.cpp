#include <corogram/crypto/cbc.hpp>
#include <corogram/crypto/detail/openssl.hpp>

#include <algorithm>
#include <array>
#include <cstddef>

namespace corogram::crypto {

namespace {

enum class operation { decrypt = 0, encrypt = 1 };

void apply(operation what, std::span<const core::byte, 32> key, std::span<const core::byte, 16> iv,
           core::byte_span data) noexcept {
  const detail::cipher_context context(EVP_CIPHER_CTX_new());
  detail::require(context != nullptr &&
                  EVP_CipherInit_ex2(context.get(), detail::fetched_aes_256_cbc(), key.data(),
                                     iv.data(), static_cast<int>(what), nullptr) == 1 &&
                  EVP_CIPHER_CTX_set_padding(context.get(), 0) == 1);
  // OpenSSL counts in int.
  constexpr std::size_t most_at_once = std::size_t{1} << 30;
  while (!data.empty()) {
    const core::byte_span part = data.first(std::min(data.size(), most_at_once));
    int written = 0;
    detail::require(EVP_CipherUpdate(context.get(), part.data(), &written, part.data(),
                                     static_cast<int>(part.size())) == 1);
    data = data.subspan(part.size());
  }
}

}  // namespace

void cbc_encrypt(std::span<const core::byte, 32> key, std::span<core::byte, 16> iv,
                 core::byte_span data) noexcept {
  if (data.empty()) return;
  apply(operation::encrypt, key, iv, data);
  std::ranges::copy(data.last<16>(), iv.begin());
}

void cbc_decrypt(std::span<const core::byte, 32> key, std::span<core::byte, 16> iv,
                 core::byte_span data) noexcept {
  if (data.empty()) return;
  std::array<core::byte, 16> last;
  std::ranges::copy(data.last<16>(), last.begin());
  apply(operation::decrypt, key, iv, data);
  std::ranges::copy(last, iv.begin());
}

}  // namespace corogram::crypto

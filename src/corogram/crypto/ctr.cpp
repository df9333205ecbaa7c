#include <corogram/crypto/ctr.hpp>
#include <corogram/crypto/detail/openssl.hpp>

#include <algorithm>
#include <cstddef>

namespace corogram::crypto {

ctr_stream::ctr_stream(std::span<const core::byte, 32> key,
                       std::span<const core::byte, 16> iv) noexcept
    : context_(EVP_CIPHER_CTX_new()) {
  detail::require(context_ != nullptr &&
                  EVP_EncryptInit_ex2(context_.get(), detail::fetched_aes_256_ctr(), key.data(),
                                      iv.data(), nullptr) == 1);
}

void ctr_stream::apply(core::byte_span data) noexcept {
  // OpenSSL counts in int.
  constexpr std::size_t most_at_once = std::size_t{1} << 30;
  while (!data.empty()) {
    const core::byte_span part = data.first(std::min(data.size(), most_at_once));
    int written = 0;
    detail::require(EVP_EncryptUpdate(context_.get(), part.data(), &written, part.data(),
                                      static_cast<int>(part.size())) == 1);
    data = data.subspan(part.size());
  }
}

}  // namespace corogram::crypto

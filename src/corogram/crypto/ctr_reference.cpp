// CTR as NIST SP 800-38A, 6.5 has it, block by block on OpenSSL's AES.

#include <corogram/crypto/detail/ctr_kernels.hpp>
#include <corogram/crypto/detail/openssl.hpp>

#include <algorithm>
#include <cstddef>

namespace corogram::crypto::detail {

void ctr_set_key_reference(ctr_state& state, std::span<const core::byte, 32> key) noexcept {
  state.context.reset(EVP_CIPHER_CTX_new());
  require(state.context != nullptr &&
          EVP_EncryptInit_ex2(state.context.get(), fetched_aes_256_ecb(), key.data(), nullptr,
                              nullptr) == 1);
}

// O[j] = CIPH(T[j]), C[j] = P[j] ^ O[j]; of the last block only the most significant bytes of O.
void ctr_apply_reference(ctr_state& state, core::byte_view in, core::byte_span out) noexcept {
  core::byte* const block = state.key_stream.span().data();
  for (std::size_t at = 0; at < in.size(); at += ctr_block_size) {
    store_counter(block, state.counter++);
    int written = 0;
    require(EVP_EncryptUpdate(state.context.get(), block, &written, block, ctr_block_size) == 1);
    const std::size_t size = std::min(ctr_block_size, in.size() - at);
    xor_bytes(in.data() + at, block, out.data() + at, size);
    state.unused = ctr_block_size - size;
  }
}

}  // namespace corogram::crypto::detail

// CTR by OpenSSL, for machines that none of our own kernels knows.

#include <corogram/crypto/detail/ctr_kernels.hpp>
#include <corogram/crypto/detail/openssl.hpp>

#include <algorithm>
#include <cstddef>

namespace corogram::crypto::detail {

namespace {

// Encrypts whole blocks: OpenSSL's counter and ours remain the same.
void apply_blocks(ctr_state& state, const core::byte* in, core::byte* out,
                  std::size_t size) noexcept {
  state.counter += size / ctr_block_size;
  // OpenSSL counts in int.
  constexpr std::size_t most_at_once = std::size_t{1} << 30;
  while (size != 0) {
    const std::size_t part = std::min(size, most_at_once);
    int written = 0;
    require(EVP_EncryptUpdate(state.context.get(), out, &written, in, static_cast<int>(part)) == 1);
    in += part;
    out += part;
    size -= part;
  }
}

}  // namespace

void ctr_set_key_openssl(ctr_state& state, std::span<const core::byte, 32> key) noexcept {
  core::byte iv[ctr_block_size];
  store_counter(iv, state.counter);
  state.context.reset(EVP_CIPHER_CTX_new());
  require(state.context != nullptr &&
          EVP_EncryptInit_ex2(state.context.get(), fetched_aes_256_ctr(), key.data(), iv,
                              nullptr) == 1);
}

void ctr_apply_openssl(ctr_state& state, core::byte_view in, core::byte_span out) noexcept {
  const std::size_t rest = in.size() % ctr_block_size, whole = in.size() - rest;
  apply_blocks(state, in.data(), out.data(), whole);
  if (rest == 0) return;
  core::byte* const block = state.key_stream.span().data();
  std::fill_n(block, ctr_block_size, core::byte{0});
  apply_blocks(state, block, block, ctr_block_size);
  xor_bytes(in.data() + whole, block, out.data() + whole, rest);
  state.unused = ctr_block_size - rest;
}

}  // namespace corogram::crypto::detail

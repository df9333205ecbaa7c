// IGE as the formulas in ige.hpp have it, block by block on OpenSSL's AES. OpenSSL chooses the AES
// instructions of the machine; the price is one call for 16 bytes.

#include <corogram/core/secret.hpp>
#include <corogram/crypto/detail/ige_kernels.hpp>
#include <corogram/crypto/detail/openssl.hpp>
#include <corogram/crypto/ige.hpp>

#include <algorithm>
#include <array>
#include <cstddef>

namespace corogram::crypto::detail {

namespace {

using block = std::array<core::byte, aes_block_size>;

enum class operation { decrypt = 0, encrypt = 1 };

/// AES-256 of single blocks under one key. Freeing the context wipes the key schedule.
class aes {
 public:
  aes(std::span<const core::byte, 32> key, operation what) noexcept
      : context_(EVP_CIPHER_CTX_new()) {
    require(context_ != nullptr &&
            EVP_CipherInit_ex2(context_.get(), fetched_aes_256_ecb(), key.data(), nullptr,
                               static_cast<int>(what), nullptr) == 1 &&
            EVP_CIPHER_CTX_set_padding(context_.get(), 0) == 1);
  }

  void apply(block& state) noexcept {
    int written = 0;
    require(EVP_CipherUpdate(context_.get(), state.data(), &written, state.data(),
                             static_cast<int>(state.size())) == 1);
  }

 private:
  cipher_context context_;
};

block load(core::byte_view from) noexcept {
  block loaded;
  std::copy_n(from.begin(), loaded.size(), loaded.begin());
  return loaded;
}

void add(block& to, const block& other) noexcept {
  for (std::size_t i = 0; i < to.size(); ++i) to[i] = static_cast<core::byte>(to[i] ^ other[i]);
}

// Both directions are one formula: out[i] = F(in[i] ^ out[i-1]) ^ in[i-1].
void ige(aes function, block previous_in, block previous_out, core::byte_view in,
         core::byte_span out) noexcept {
  block state, input;
  const core::wipe_on_exit wipe_state(state), wipe_input(input), wipe_in(previous_in),
      wipe_out(previous_out);
  for (std::size_t at = 0; at < in.size(); at += aes_block_size) {
    input = load(in.subspan(at));
    state = input;
    add(state, previous_out);
    function.apply(state);
    add(state, previous_in);
    std::ranges::copy(state, out.begin() + static_cast<std::ptrdiff_t>(at));
    previous_in = input;
    previous_out = state;
  }
}

}  // namespace

void ige_encrypt_reference(std::span<const core::byte, 32> key, ige_block_pair iv,
                           core::byte_view in, core::byte_span out) noexcept {
  ige(aes(key, operation::encrypt), load(iv.last<16>()), load(iv.first<16>()), in, out);
}

void ige_decrypt_reference(std::span<const core::byte, 32> key, ige_block_pair iv,
                           core::byte_view in, core::byte_span out) noexcept {
  ige(aes(key, operation::decrypt), load(iv.first<16>()), load(iv.last<16>()), in, out);
}

}  // namespace corogram::crypto::detail

#include <corogram/crypto/detail/kdf_kernels.hpp>
#include <corogram/crypto/kdf.hpp>
#include <corogram/crypto/kdf_kernel.hpp>

#include <algorithm>
#include <array>
#include <cstddef>

namespace corogram::crypto {

namespace {

std::size_t offset_of(direction sender) noexcept {
  return static_cast<std::size_t>(sender);
}

// Copies the parts one after the other to a secret that they fill exactly.
template <class... Parts>
void assemble(core::secret_array<32>& whole, const Parts&... parts) noexcept {
  auto to = whole.span().begin();
  ((to = std::copy(parts.begin(), parts.end(), to)), ...);
}

template <std::size_t N>
core::byte_view part(const std::array<core::byte, N>& digest, std::size_t begin, std::size_t end) {
  return core::byte_view(digest).subspan(begin, end - begin);
}

}  // namespace

//= DESC-30
//= DESC-37
sha256_digest msg_key_large(auth_key_view auth_key, direction sender,
                            core::byte_view plaintext_with_padding) noexcept {
  return sha256(auth_key.subspan(88 + offset_of(sender), 32), plaintext_with_padding);
}

//= DESC-31
message_key msg_key_from_large(const sha256_digest& large) noexcept {
  message_key middle;
  std::copy_n(large.begin() + 8, middle.size(), middle.begin());
  return middle;
}

namespace {

aes_key_iv derive_v2_reference(auth_key_view auth_key, const message_key& msg_key,
                               direction sender) noexcept {
  //= DESC-34
  const std::size_t x = offset_of(sender);
  //= DESC-32
  //= DESC-38
  sha256_digest a = sha256(msg_key, auth_key.subspan(x, 36));
  sha256_digest b = sha256(auth_key.subspan(40 + x, 36), msg_key);
  const core::wipe_on_exit wipe_a(a), wipe_b(b);
  //= DESC-33
  aes_key_iv derived;
  assemble(derived.key, part(a, 0, 8), part(b, 8, 24), part(a, 24, 32));
  assemble(derived.iv, part(b, 0, 8), part(a, 8, 24), part(b, 24, 32));
  return derived;
}

constexpr std::array kernels{
    kdf_kernel{"reference", always_supported, derive_v2_reference},
#ifdef __x86_64__
    kdf_kernel{"shani", detail::kdf_shani_supported, detail::derive_v2_shani},
#endif
};

}  // namespace

std::span<const kdf_kernel> kdf_kernels() noexcept {
  return kernels;
}

const kdf_kernel& kdf_kernel_in_use() noexcept {
  static const kdf_kernel& chosen = choose_kernel(kdf_kernels(), forced_kernels());
  return chosen;
}

aes_key_iv derive_v2(auth_key_view auth_key, const message_key& msg_key,
                     direction sender) noexcept {
  return kdf_kernel_in_use().derive_v2(auth_key, msg_key, sender);
}

//= V1-01
message_key msg_key_v1(core::byte_view plaintext_without_padding) noexcept {
  const sha1_digest digest = sha1(plaintext_without_padding);
  message_key low;
  std::copy_n(digest.begin() + 4, low.size(), low.begin());
  return low;
}

//= V1-06 exception: secret chats of MTProto 1.0 are those of layers below 73, which no client has
// spoken since 2017; none is held
aes_key_iv derive_v1(auth_key_view auth_key, const message_key& msg_key,
                     direction sender) noexcept {
  const std::size_t x = offset_of(sender);
  const auto key = [&](std::size_t begin, std::size_t end) {
    return core::byte_view(auth_key).subspan(begin + x, end - begin);
  };
  //= V1-02
  sha1_digest a = sha1(msg_key, key(0, 32));
  sha1_digest b = sha1(key(32, 48), msg_key, key(48, 64));
  sha1_digest c = sha1(key(64, 96), msg_key);
  sha1_digest d = sha1(msg_key, key(96, 128));
  const core::wipe_on_exit wipe_a(a), wipe_b(b), wipe_c(c), wipe_d(d);
  //= V1-03
  aes_key_iv derived;
  assemble(derived.key, part(a, 0, 8), part(b, 8, 20), part(c, 4, 16));
  assemble(derived.iv, part(a, 8, 20), part(b, 0, 8), part(c, 16, 20), part(d, 0, 8));
  return derived;
}

}  // namespace corogram::crypto

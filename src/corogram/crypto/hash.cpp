#include <corogram/crypto/detail/hash_kernels.hpp>
#include <corogram/crypto/detail/merkle_damgard.hpp>
#include <corogram/crypto/hash.hpp>
#include <corogram/crypto/hash_kernel.hpp>

#include <array>

namespace corogram::crypto {

namespace {

template <auto Initial, auto Compress>
auto hash(std::span<const core::byte_view> parts) noexcept {
  detail::merkle_damgard<Initial, Compress> progress;
  for (const core::byte_view part : parts) progress.update(part);
  return progress.finish();
}

template <auto Compress>
constexpr auto sha1_by = hash<detail::sha1_initial, Compress>;
template <auto Compress>
constexpr auto sha256_by = hash<detail::sha256_initial, Compress>;

constexpr std::array kernels{
    hash_kernel{"reference", always_supported, sha1_by<detail::sha1_compress_reference>,
                sha256_by<detail::sha256_compress_reference>, detail::sha1_compress_reference,
                detail::sha256_compress_reference},
    hash_kernel{"openssl", always_supported, detail::sha1_openssl, detail::sha256_openssl,
                detail::sha1_compress_reference, detail::sha256_compress_reference},
#ifdef __x86_64__
    hash_kernel{"shani", detail::hash_shani_supported, sha1_by<detail::sha1_compress_shani>,
                sha256_by<detail::sha256_compress_shani>, detail::sha1_compress_shani,
                detail::sha256_compress_shani},
#endif
#if defined(__aarch64__) && defined(__linux__)
    hash_kernel{"armv8", detail::hash_armv8_supported, sha1_by<detail::sha1_compress_armv8>,
                sha256_by<detail::sha256_compress_armv8>, detail::sha1_compress_armv8,
                detail::sha256_compress_armv8},
#endif
};

}  // namespace

std::span<const hash_kernel> hash_kernels() noexcept {
  return kernels;
}

const hash_kernel& hash_kernel_in_use() noexcept {
  static const hash_kernel& chosen = choose_kernel(hash_kernels(), forced_kernels());
  return chosen;
}

sha1_digest detail::sha1_of(std::span<const core::byte_view> parts) noexcept {
  return hash_kernel_in_use().sha1(parts);
}

sha256_digest detail::sha256_of(std::span<const core::byte_view> parts) noexcept {
  return hash_kernel_in_use().sha256(parts);
}

sha512_digest detail::sha512_of(std::span<const core::byte_view> parts) noexcept {
  return sha512_openssl(parts);
}

void detail::sha256_compress(sha256_state& state, const core::byte* blocks,
                             std::size_t count) noexcept {
  hash_kernel_in_use().sha256_compress(state, blocks, count);
}

}  // namespace corogram::crypto

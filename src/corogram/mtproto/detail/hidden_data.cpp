#include <corogram/core/endian.hpp>
#include <corogram/crypto/errc.hpp>
#include <corogram/crypto/hash.hpp>
#include <corogram/crypto/ige.hpp>
#include <corogram/mtproto/detail/hidden_data.hpp>
#include <corogram/mtproto/errc.hpp>

#include <algorithm>
#include <array>

namespace corogram::mtproto::detail {
namespace {

constexpr std::size_t hash_size = 20;
constexpr std::size_t block_size = 16;

/// A value fails its checks with a chance of 2^-63 or so; this many in a row mean that the random
/// source gives no random bytes.
constexpr int max_draws = 16;

}  // namespace

bool same_nonce(const tl::int128& a, const tl::int128& b) noexcept {
  //= SEC-19
  return core::equal_constant_time(a.view(), b.view());
}

core::byte_buffer hide(core::byte_view data, const crypto::aes_key_iv& tmp_aes,
                       core::random_source& random) {
  const std::size_t used = hash_size + data.size();
  core::byte_buffer hidden((used + block_size - 1) / block_size * block_size);
  const core::byte_span bytes(hidden);
  //= AK-29
  //= AK-41
  std::ranges::copy(crypto::sha1(data), bytes.begin());
  std::ranges::copy(data, bytes.subspan(hash_size).begin());
  random.fill(bytes.subspan(used));
  //= AK-32
  crypto::ige_encrypt(tmp_aes.key.view(), tmp_aes.iv.view(), hidden, bytes);
  return hidden;
}

core::result<core::secret_buffer> reveal(core::byte_view hidden,
                                         const crypto::aes_key_iv& tmp_aes) {
  const core::error failure(errc::hash_mismatch, core::error::no_offset,
                            "SHA1(data), the data and less than 16 bytes");
  if (hidden.size() % block_size != 0 || hidden.size() < 2 * block_size) return failure;
  core::secret_buffer plain(hidden.size());
  //= AK-32
  crypto::ige_decrypt(tmp_aes.key.view(), tmp_aes.iv.view(), hidden, plain.span());
  const std::size_t size = hashed_size(plain.view());
  // That the data is what the other side has hidden, and its length, are no secrets any more.
  if (size == 0) return failure;
  return core::secret_buffer(plain.view().subspan(hash_size, size));
}

//= SEC-02
//= SEC-19
std::size_t hashed_size(core::byte_view plain) noexcept {
  const core::byte_view hash = plain.first(hash_size);
  std::size_t size = 0;
  for (std::size_t padding = 0; padding < block_size; padding += 4) {
    const std::size_t candidate = plain.size() - hash_size - padding;
    const auto digest = crypto::sha1(plain.subspan(hash_size, candidate));
    const bool fits = core::equal_constant_time(digest, hash);
    // At most one fits.
    size |= candidate & (std::size_t{0} - std::size_t{fits});
  }
  return size;
}

tl::int128 new_nonce_hash(new_nonce_view new_nonce, hash_number number,
                          const auth_key& key) noexcept {
  const std::array<core::byte, 1> number_byte{static_cast<core::byte>(number)};
  std::array<core::byte, 8> aux_hash;
  core::store_le(aux_hash.data(), key.aux_hash());
  //= AK-45
  const crypto::sha1_digest digest = crypto::sha1(new_nonce, number_byte, aux_hash);
  return core::byte_view(digest).subspan(4);
}

std::int64_t first_salt(new_nonce_view new_nonce, const tl::int128& server_nonce) noexcept {
  //= AK-49
  return core::load_le<std::int64_t>(new_nonce.data()) ^
         core::load_le<std::int64_t>(server_nonce.data());
}

core::result<dh_pair> make_dh_pair(std::int32_t g, core::byte_view prime,
                                   core::random_source& random) {
  for (int draw = 0; draw < max_draws; ++draw) {
    //= AK-38
    //= SEC-04
    dh_pair pair{crypto::random_dh_exponent(random), {}};
    pair.value = crypto::dh_pow(g, pair.exponent.view(), prime);
    //= AK-36
    //= AK-37
    if (crypto::check_dh_public(pair.value.view(), prime)) return pair;
  }
  return crypto::errc::unusable_randomness;
}

}  // namespace corogram::mtproto::detail

#include <corogram/crypto/errc.hpp>
#include <corogram/crypto/hash.hpp>
#include <corogram/crypto/ige.hpp>
#include <corogram/crypto/rsa_pad.hpp>

#include <algorithm>
#include <optional>
#include <utility>

namespace corogram::crypto {

namespace {

using plain_view = std::span<const core::byte, rsa_size>;

constexpr std::size_t temp_key_size = 32;
constexpr std::size_t sha1_size = sizeof(sha1_digest);
constexpr std::array<core::byte, 32> zero_iv{};

// A modulus has its top bit set, so half of all temp_keys fit at worst. That all of these fail has
// a probability of 2^-128; a random source that repeats itself is the likelier cause.
constexpr int most_temp_keys = 128;

core::error failed() noexcept {
  return {errc::decryption_failed, core::error::no_offset, "data encrypted for this key"};
}

// That a scheme fits, and how long its data is, is no secret: the answer tells.

std::optional<core::secret_buffer> open_pad(plain_view plain) {
  core::secret_buffer padded(rsa_pad_padded_size);
  if (!detail::unpad(plain, padded.span().first<rsa_pad_padded_size>())) return std::nullopt;
  return padded;
}

std::optional<core::secret_buffer> open_sha1(plain_view plain) {
  const std::size_t end = detail::sha1_end(plain);
  if (end == 0) return std::nullopt;
  return core::secret_buffer(plain.subspan(1 + sha1_size, end - 1));
}

}  // namespace

//= AK-22
//= SEC-19
bool detail::unpad(plain_view plain, std::span<core::byte, rsa_pad_padded_size> padded) {
  const auto masked_key = plain.first<temp_key_size>();
  const auto aes_encrypted = plain.subspan<temp_key_size>();
  core::secret_array<temp_key_size> temp_key(masked_key);
  const sha256_digest mask = sha256(aes_encrypted);
  for (std::size_t i = 0; i < temp_key_size; ++i)
    temp_key.span()[i] = static_cast<core::byte>(temp_key.span()[i] ^ mask[i]);

  core::secret_array<rsa_size - temp_key_size> data_with_hash;
  ige_decrypt(temp_key.view(), zero_iv, aes_encrypted, data_with_hash.span());
  std::ranges::reverse_copy(data_with_hash.view().first<rsa_pad_padded_size>(), padded.begin());
  const sha256_digest hash = sha256(temp_key.view(), padded);
  return core::equal_constant_time(hash, data_with_hash.view().subspan<rsa_pad_padded_size>());
}

//= SEC-19
std::size_t detail::sha1_end(plain_view plain) noexcept {
  const core::byte_view hash = plain.subspan(1, sha1_size);
  const core::byte_view rest = plain.subspan(1 + sha1_size);
  constexpr std::array<core::byte, 1> zero{};
  const bool in_range = core::equal_constant_time(plain.first<1>(), zero);
  std::size_t end = 0;
  for (std::size_t size = 0; size <= rest.size(); size += 4) {
    const bool fits = in_range & core::equal_constant_time(hash, sha1(rest.first(size)));
    // At most one fits.
    end |= (size + 1) & (std::size_t{0} - std::size_t{fits});
  }
  return end;
}

core::result<std::array<core::byte, rsa_size>> rsa_pad_encrypt(const rsa_public_key& key,
                                                               core::byte_view data,
                                                               core::random_source& random) {
  //= AK-15
  if (data.size() > rsa_pad_max_data)
    return core::error(errc::data_too_long, rsa_pad_max_data, "at most 144 bytes for RSA_PAD");

  //= AK-16
  core::secret_array<rsa_pad_padded_size> padded;
  std::ranges::copy(data, padded.span().begin());
  random.fill(core::byte_span(padded.span()).subspan(data.size()));

  core::secret_array<rsa_size - temp_key_size> data_with_hash;
  core::secret_array<temp_key_size> temp_key;
  core::secret_array<rsa_size> key_aes_encrypted;
  const auto masked_key = key_aes_encrypted.span().first<temp_key_size>();
  const auto aes_encrypted = key_aes_encrypted.span().subspan<temp_key_size>();

  for (int tries = 0; tries < most_temp_keys; ++tries) {
    //= AK-17
    random.fill(temp_key.span());
    const auto reversed_end =
        std::ranges::reverse_copy(padded.view(), data_with_hash.span().begin()).out;
    std::ranges::copy(sha256(temp_key.view(), padded.view()), reversed_end);

    //= AK-18
    ige_encrypt(temp_key.view(), zero_iv, data_with_hash.view(), aes_encrypted);

    //= AK-19
    const sha256_digest mask = sha256(aes_encrypted);
    for (std::size_t i = 0; i < temp_key_size; ++i)
      masked_key[i] = static_cast<core::byte>(temp_key.view()[i] ^ mask[i]);

    //= AK-20
    if (!std::ranges::lexicographical_compare(key_aes_encrypted.view(), key.modulus())) continue;

    //= AK-21
    return key.encrypt_raw(key_aes_encrypted.view());
  }
  return errc::unusable_randomness;
}

core::result<std::array<core::byte, rsa_size>> rsa_sha1_encrypt(const rsa_public_key& key,
                                                                core::byte_view data,
                                                                core::random_source& random) {
  if (data.size() > rsa_sha1_max_data)
    return core::error(errc::data_too_long, rsa_sha1_max_data,
                       "at most 235 bytes for the older RSA scheme");
  // The leading zero byte keeps the number below any modulus.
  core::secret_array<rsa_size> plain;
  const core::byte_span rest = core::byte_span(plain.span()).subspan(1);
  std::ranges::copy(sha1(data), rest.begin());
  std::ranges::copy(data, rest.subspan(sha1_size).begin());
  random.fill(rest.subspan(sha1_size + data.size()));
  return key.encrypt_raw(plain.view());
}

//= AK-22
core::result<core::secret_buffer> rsa_pad_decrypt(const rsa_private_key& key,
                                                  core::byte_view encrypted) {
  COROGRAM_TRY(const auto plain, key.decrypt_raw(encrypted));
  auto data = open_pad(plain.view());
  if (!data) return failed();
  return *std::move(data);
}

core::result<core::secret_buffer> rsa_sha1_decrypt(const rsa_private_key& key,
                                                   core::byte_view encrypted) {
  COROGRAM_TRY(const auto plain, key.decrypt_raw(encrypted));
  auto data = open_sha1(plain.view());
  if (!data) return failed();
  return *std::move(data);
}

core::result<rsa_opened> rsa_decrypt_any(const rsa_private_key& key, core::byte_view encrypted) {
  COROGRAM_TRY(const auto plain, key.decrypt_raw(encrypted));
  auto pad = open_pad(plain.view());
  auto older = open_sha1(plain.view());
  if (pad) return rsa_opened{rsa_scheme::pad, *std::move(pad)};
  if (older) return rsa_opened{rsa_scheme::sha1, *std::move(older)};
  return failed();
}

}  // namespace corogram::crypto

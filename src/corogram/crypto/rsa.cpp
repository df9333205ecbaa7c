#include <corogram/core/endian.hpp>
#include <corogram/crypto/detail/bignum.hpp>
#include <corogram/crypto/detail/openssl.hpp>
#include <corogram/crypto/errc.hpp>
#include <corogram/crypto/hash.hpp>
#include <corogram/crypto/rsa.hpp>

#include <openssl/core_names.h>
#include <openssl/decoder.h>
#include <openssl/encoder.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <utility>

namespace corogram::crypto {

namespace {

using detail::bignum;

struct freer {
  void operator()(EVP_PKEY_CTX* context) const noexcept { EVP_PKEY_CTX_free(context); }
  void operator()(OSSL_DECODER_CTX* context) const noexcept { OSSL_DECODER_CTX_free(context); }
  void operator()(OSSL_ENCODER_CTX* context) const noexcept { OSSL_ENCODER_CTX_free(context); }
  void operator()(OSSL_PARAM_BLD* builder) const noexcept { OSSL_PARAM_BLD_free(builder); }
  void operator()(OSSL_PARAM* parameters) const noexcept { OSSL_PARAM_free(parameters); }
};

template <class T>
using owner = std::unique_ptr<T, freer>;

using owned_key = std::unique_ptr<EVP_PKEY, detail::openssl_free>;

// A passphrase is never asked for: an encrypted key is an error, not a prompt on the terminal.
int no_passphrase(char*, std::size_t, std::size_t*, const OSSL_PARAM*, void*) {
  return 0;
}

owned_key decode_pem(std::string_view pem, int selection) {
  const detail::errors_dropped errors;
  EVP_PKEY* key = nullptr;
  const owner<OSSL_DECODER_CTX> context(
      OSSL_DECODER_CTX_new_for_pkey(&key, "PEM", nullptr, "RSA", selection, nullptr, nullptr));
  detail::require(context != nullptr);
  detail::require(OSSL_DECODER_CTX_set_passphrase_cb(context.get(), no_passphrase, nullptr) == 1);
  const core::byte_view bytes = core::as_bytes(pem);
  const unsigned char* next = bytes.data();
  std::size_t left = bytes.size();
  if (OSSL_DECODER_from_data(context.get(), &next, &left) != 1) return nullptr;
  return owned_key(key);
}

core::secret_buffer encode_pem(EVP_PKEY* key, int selection, const char* structure) {
  const owner<OSSL_ENCODER_CTX> context(
      OSSL_ENCODER_CTX_new_for_pkey(key, selection, "PEM", structure, nullptr));
  detail::require(context != nullptr);
  unsigned char* text = nullptr;
  std::size_t size = 0;
  detail::require(OSSL_ENCODER_to_data(context.get(), &text, &size) == 1);
  core::secret_buffer copy(core::byte_view(text, size));
  OPENSSL_clear_free(text, size);
  return copy;
}

std::string encode_public_pem(EVP_PKEY* key, const char* structure) {
  const core::secret_buffer pem = encode_pem(key, EVP_PKEY_PUBLIC_KEY, structure);
  return std::string(core::as_text(pem.view()));
}

core::byte_buffer number_of(const EVP_PKEY* key, const char* name) {
  BIGNUM* number = nullptr;
  detail::require(EVP_PKEY_get_bn_param(key, name, &number) == 1);
  const bignum owned(number);
  core::byte_buffer bytes(static_cast<std::size_t>(BN_num_bytes(number)));
  BN_bn2bin(number, bytes.data());
  return bytes;
}

// A TL string, bare: this layer stands beside `tl` and cannot use it. Pre: below 2^24 bytes.
core::byte_buffer tl_string(core::byte_view content) {
  core::byte_buffer written;
  if (content.size() < 254) {
    written.push_back(static_cast<core::byte>(content.size()));
  } else {
    std::array<core::byte, 4> head;
    core::store_le(head.data(), static_cast<std::uint32_t>(content.size() << 8 | 254));
    core::append(written, head);
  }
  core::append(written, content);
  written.resize((written.size() + 3) / 4 * 4);
  return written;
}

//= AK-05
//= AK-57
std::int64_t fingerprint_of(core::byte_view n, core::byte_view e) {
  const sha1_digest digest = sha1(tl_string(n), tl_string(e));
  return core::load_le<std::int64_t>(digest.data() + 12);
}

bool is_even(core::byte_view number) noexcept {
  return number.empty() || (number.back() & 1) == 0;
}

owned_key public_from_numbers(core::byte_view n, core::byte_view e) {
  const bignum modulus = detail::to_bignum(n);
  const bignum exponent = detail::to_bignum(e);
  const owner<OSSL_PARAM_BLD> builder(OSSL_PARAM_BLD_new());
  detail::require(
      builder != nullptr &&
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, modulus.get()) == 1 &&
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, exponent.get()) == 1);
  const owner<OSSL_PARAM> parameters(OSSL_PARAM_BLD_to_param(builder.get()));
  const owner<EVP_PKEY_CTX> context(EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr));
  EVP_PKEY* key = nullptr;
  detail::require(
      parameters != nullptr && context != nullptr && EVP_PKEY_fromdata_init(context.get()) == 1 &&
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters.get()) == 1);
  return owned_key(key);
}

bool has_leading_zero_digit(std::int64_t fingerprint) noexcept {
  const auto bits = static_cast<std::uint64_t>(fingerprint);
  return bits >> 60 == 0 || (bits & 0xf0) == 0;
}

}  // namespace

core::result<rsa_public_key> rsa_public_key::from_pem(std::string_view pem) {
  const owned_key key = decode_pem(pem, EVP_PKEY_PUBLIC_KEY);
  if (key == nullptr)
    return core::error(errc::bad_rsa_key, core::error::no_offset, "a PEM block of an RSA key");
  return from_numbers(number_of(key.get(), OSSL_PKEY_PARAM_RSA_N),
                      number_of(key.get(), OSSL_PKEY_PARAM_RSA_E));
}

core::result<rsa_public_key> rsa_public_key::from_numbers(core::byte_view n, core::byte_view e) {
  n = detail::without_leading_zeros(n);
  e = detail::without_leading_zeros(e);
  if (n.size() != rsa_size || n[0] < 0x80)
    return core::error(errc::bad_rsa_key_size, core::error::no_offset, "a modulus of 2048 bits");
  const bool e_is_one = e.size() == 1 && e[0] == 1;
  if (is_even(n) || is_even(e) || e_is_one || e.size() >= n.size())
    return core::error(errc::bad_rsa_key, core::error::no_offset, "an odd modulus and exponent");

  rsa_public_key made;
  made.key_ = public_from_numbers(n, e);
  std::ranges::copy(n, made.modulus_.begin());
  made.exponent_.assign(e.begin(), e.end());
  made.fingerprint_ = fingerprint_of(n, e);
  return made;
}

core::result<std::array<core::byte, rsa_size>> rsa_public_key::encrypt_raw(
    std::span<const core::byte, rsa_size> plain) const {
  if (!std::ranges::lexicographical_compare(plain, modulus_))
    return core::error(errc::data_too_long, core::error::no_offset, "a number below the modulus");
  const owner<EVP_PKEY_CTX> context(EVP_PKEY_CTX_new_from_pkey(nullptr, key_.get(), nullptr));
  std::array<core::byte, rsa_size> encrypted;
  std::size_t size = encrypted.size();
  detail::require(
      context != nullptr && EVP_PKEY_encrypt_init(context.get()) == 1 &&
      EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_NO_PADDING) == 1 &&
      EVP_PKEY_encrypt(context.get(), encrypted.data(), &size, plain.data(), plain.size()) == 1 &&
      size == encrypted.size());
  return encrypted;
}

std::string rsa_public_key::to_pem() const {
  return encode_public_pem(key_.get(), "SubjectPublicKeyInfo");
}

std::string rsa_public_key::to_pkcs1_pem() const {
  return encode_public_pem(key_.get(), "pkcs1");
}

core::result<rsa_private_key> rsa_private_key::from_openssl(private_owner key) {
  COROGRAM_TRY(rsa_public_key known,
               rsa_public_key::from_numbers(number_of(key.get(), OSSL_PKEY_PARAM_RSA_N),
                                            number_of(key.get(), OSSL_PKEY_PARAM_RSA_E)));
  rsa_private_key made(std::move(key), std::move(known));
  // A damaged file can decode to numbers that do not belong together.
  std::array<core::byte, rsa_size> probe{};
  probe.back() = 2;
  COROGRAM_TRY(const auto encrypted, made.public_key_.encrypt_raw(probe));
  const auto decrypted = made.decrypt_raw(encrypted);
  if (!decrypted || !core::equal_constant_time(decrypted->view(), probe))
    return core::error(errc::bad_rsa_key, core::error::no_offset, "a pair of keys that match");
  return made;
}

core::result<rsa_private_key> rsa_private_key::from_pem(std::string_view pem) {
  owned_key key = decode_pem(pem, EVP_PKEY_KEYPAIR);
  if (key == nullptr)
    return core::error(errc::bad_rsa_key, core::error::no_offset,
                       "a PEM block of an unencrypted private RSA key");
  return from_openssl(std::move(key));
}

rsa_private_key rsa_private_key::generate() {
  while (true) {
    auto made = from_openssl(owned_key(EVP_RSA_gen(rsa_size * 8)));
    detail::require(made.has_value());
    if (!has_leading_zero_digit(made->public_key().fingerprint())) return *std::move(made);
  }
}

rsa_private_key rsa_private_key::clone() const {
  detail::require(EVP_PKEY_up_ref(key_.get()) == 1);
  return {private_owner(key_.get()), public_key_};
}

core::secret_buffer rsa_private_key::to_pem() const {
  return encode_pem(key_.get(), EVP_PKEY_KEYPAIR, "PrivateKeyInfo");
}

core::result<core::secret_array<rsa_size>> rsa_private_key::decrypt_raw(
    core::byte_view encrypted) const {
  if (encrypted.size() != rsa_size ||
      !std::ranges::lexicographical_compare(encrypted, public_key_.modulus()))
    return core::error(errc::decryption_failed, core::error::no_offset,
                       "256 bytes that are a number below the modulus");
  const detail::errors_dropped errors;
  const owner<EVP_PKEY_CTX> context(EVP_PKEY_CTX_new_from_pkey(nullptr, key_.get(), nullptr));
  detail::require(context != nullptr && EVP_PKEY_decrypt_init(context.get()) == 1 &&
                  EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_NO_PADDING) == 1);
  core::secret_array<rsa_size> plain;
  std::size_t size = plain.size();
  if (EVP_PKEY_decrypt(context.get(), plain.span().data(), &size, encrypted.data(),
                       encrypted.size()) != 1 ||
      size != plain.size())
    return errc::decryption_failed;
  return plain;
}

}  // namespace corogram::crypto

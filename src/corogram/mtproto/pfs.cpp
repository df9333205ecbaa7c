#include <corogram/core/endian.hpp>
#include <corogram/core/reader.hpp>
#include <corogram/core/secret.hpp>
#include <corogram/core/writer.hpp>
#include <corogram/crypto/ige.hpp>
#include <corogram/crypto/kdf.hpp>
#include <corogram/mtproto/errc.hpp>
#include <corogram/mtproto/pfs.hpp>
#include <corogram/service/types/BindAuthKeyInner.hpp>
#include <corogram/tl/codec.hpp>

#include <algorithm>
#include <array>
#include <span>

namespace corogram::mtproto {
namespace {

constexpr std::size_t header_size = 24;
constexpr std::size_t random_size = 16;
constexpr std::int32_t inner_size = 40;
constexpr std::size_t message_size = 72;
constexpr std::size_t padded_size = 80;
static_assert(header_size + padded_size == bind_message_size);

core::byte_buffer encode_inner(const key_binding& binding) {
  //= PFS-07
  //= SCH-07
  service::bind_auth_key_inner inner;
  inner.nonce = binding.nonce;
  inner.temp_auth_key_id = binding.temp_auth_key_id;
  inner.perm_auth_key_id = binding.perm_auth_key_id;
  inner.temp_session_id = binding.temp_session_id;
  inner.expires_at = binding.expires_at;
  return tl::encode(inner);
}

/// Everything of the message that both sides know: all but the random bytes at its beginning.
core::byte_buffer encode_known_part(const key_binding& binding, std::int64_t msg_id) {
  core::byte_buffer known;
  //= PFS-08
  //= PFS-09
  core::writer(known).le(msg_id).le<std::int32_t>(0).le(inner_size).bytes(encode_inner(binding));
  return known;
}

}  // namespace

core::byte_buffer seal_binding(const auth_key& permanent, const key_binding& binding,
                               std::int64_t msg_id, core::random_source& random) {
  core::byte_buffer message(random_size);
  random.fill(message);
  core::append(message, encode_known_part(binding, msg_id));

  //= PFS-10
  const crypto::message_key msg_key = crypto::msg_key_v1(message);
  //= V1-04
  message.resize(padded_size);
  random.fill(core::byte_span(message).subspan(message_size));
  const auto aes =
      crypto::derive_v1(permanent.view(), msg_key, crypto::direction::client_to_server);
  crypto::ige_encrypt(aes.key.view(), aes.iv.view(), message, message);

  //= PFS-11
  core::byte_buffer sealed;
  sealed.reserve(bind_message_size);
  core::writer(sealed).le(permanent.id()).bytes(msg_key).bytes(message);
  return sealed;
}

core::result<void> open_binding(const auth_key& permanent, core::byte_view encrypted_message,
                                std::int64_t msg_id, const key_binding& expected) {
  const core::error failure(errc::bad_binding);
  //= V1-04
  //= V1-05
  // The length is known, so is the padding; and whatever is wrong, the error is the same.
  if (encrypted_message.size() != bind_message_size) return failure;
  core::reader in(encrypted_message);
  COROGRAM_TRY(const auto key_id, in.le<std::int64_t>());
  if (key_id != permanent.id() || expected.perm_auth_key_id != permanent.id()) return failure;
  if (!detail::is_sound_binding(permanent, in.rest(), encode_known_part(expected, msg_id)))
    return failure;
  return {};
}

bool detail::is_sound_binding(const auth_key& permanent, core::byte_view sealed,
                              core::byte_view known) noexcept {
  crypto::message_key msg_key;
  std::copy_n(sealed.begin(), msg_key.size(), msg_key.begin());
  std::array<core::byte, padded_size> plain;
  const core::wipe_on_exit wiper(plain);
  const auto aes =
      crypto::derive_v1(permanent.view(), msg_key, crypto::direction::client_to_server);
  crypto::ige_decrypt(aes.key.view(), aes.iv.view(), sealed.subspan(msg_key.size()), plain);
  const core::byte_view message = core::byte_view(plain).first(message_size);
  //= SEC-19
  const bool authentic = core::equal_constant_time(crypto::msg_key_v1(message), msg_key);
  // The random bytes mean nothing; all the rest has to be what the server knows from elsewhere.
  const bool expected = core::equal_constant_time(message.subspan(random_size), known);
  return authentic & expected;
}

}  // namespace corogram::mtproto

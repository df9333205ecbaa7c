#pragma once

// Perfect forward secrecy: the message, hidden in auth.bindTempAuthKey, by which the owner of a
// permanent key makes a temporary one act for it. It is the one place where a client of MTProto 2.0
// still uses the encryption of 1.0.
//
//   encrypted_message = perm_auth_key_id (8) + msg_key (16) + AES-IGE (80)          104 bytes
//   plaintext         = random (16) + msg_id (8) + seqno 0 (4) + length 40 (4)
//                       + bind_auth_key_inner (40) + random padding (8)

#include <corogram/core/bytes.hpp>
#include <corogram/core/random.hpp>
#include <corogram/core/result.hpp>
#include <corogram/mtproto/auth_key.hpp>

#include <cstddef>
#include <cstdint>

namespace corogram::mtproto {

/// What the two sides have to agree on for a binding.
struct key_binding {
  /// Chosen by the client for each call; also in the clear part of the call.
  std::int64_t nonce = 0;
  std::int64_t temp_auth_key_id = 0;
  std::int64_t perm_auth_key_id = 0;
  /// The session, under the temporary key, that carries the call.
  std::int64_t temp_session_id = 0;
  /// Units: seconds since 1970 by the server's clock. Also in the clear part of the call.
  std::int32_t expires_at = 0;

  friend bool operator==(const key_binding&, const key_binding&) = default;
};

/// Units: bytes.
inline constexpr std::size_t bind_message_size = 104;

/// seal_binding makes the encrypted_message of auth.bindTempAuthKey. `msg_id` is that of the
/// message which carries the call, so a resend under another id needs a new one. Pre:
/// binding.perm_auth_key_id is permanent.id().
[[nodiscard]] core::byte_buffer seal_binding(const auth_key& permanent, const key_binding& binding,
                                             std::int64_t msg_id, core::random_source& random);

/// open_binding is the server's side: it checks that `encrypted_message` was made with the
/// permanent key for the message `msg_id` and says exactly what `expected` says. The caller takes
/// nonce, perm_auth_key_id and expires_at from the call, the other two from the session that
/// carried it. Errors: errc::bad_binding, whatever the cause; the client is told
/// ENCRYPTED_MESSAGE_INVALID.
core::result<void> open_binding(const auth_key& permanent, core::byte_view encrypted_message,
                                std::int64_t msg_id, const key_binding& expected);

namespace detail {

/// is_sound_binding decrypts `sealed`, what follows the key's id in an encrypted_message, and
/// returns whether it was made under `permanent` and holds `known`, which is everything of the
/// message but the random bytes around it. All of it is looked at whatever is wrong, and no branch
/// or index depends on what is secret.
/// Pre: `sealed` has 96 bytes, `known` 56.
[[nodiscard]] bool is_sound_binding(const auth_key& permanent, core::byte_view sealed,
                                    core::byte_view known) noexcept;

}  // namespace detail

}  // namespace corogram::mtproto

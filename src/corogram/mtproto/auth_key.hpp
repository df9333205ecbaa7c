#pragma once

// The 2048-bit secret that a client and a server share, and the two numbers that name it.

#include <corogram/core/secret.hpp>
#include <corogram/crypto/kdf.hpp>

#include <cstdint>
#include <ostream>
#include <span>

namespace corogram::mtproto {

/// An authorization key. Wiped when destroyed or moved from; copied only on request; prints as its
/// id, which is public.
class auth_key {
 public:
  /// Takes the 256 big-endian bytes of g^ab mod p, leading zeros kept. Spec: AK-43.
  explicit auth_key(core::secret_array<256> bytes);

  [[nodiscard]] crypto::auth_key_view view() const noexcept { return bytes_.view(); }

  /// id is the number by which packets name the key: digest bytes 12..19 of SHA1(auth_key), read as
  /// a little-endian integer, so that it goes out as those bytes. Spec: DESC-03.
  [[nodiscard]] std::int64_t id() const noexcept { return id_; }

  /// aux_hash is the other end of the digest: bytes 0..7 of SHA1(auth_key), read as a little-endian
  /// integer. The key exchange uses it before the key has an owner. Spec: AK-46.
  [[nodiscard]] std::int64_t aux_hash() const noexcept { return aux_hash_; }

  /// clone makes a second owner of the same key, visibly.
  [[nodiscard]] auth_key clone() const { return auth_key(bytes_.clone()); }

  friend bool operator==(const auth_key& a, const auth_key& b) noexcept {
    return a.bytes_ == b.bytes_;
  }
  friend std::ostream& operator<<(std::ostream& out, const auth_key& key);

 private:
  core::secret_array<256> bytes_;
  std::int64_t id_;
  std::int64_t aux_hash_;
};

}  // namespace corogram::mtproto

#include <corogram/core/endian.hpp>
#include <corogram/core/hex.hpp>
#include <corogram/crypto/hash.hpp>
#include <corogram/mtproto/auth_key.hpp>

#include <utility>

namespace corogram::mtproto {

auth_key::auth_key(core::secret_array<256> bytes) : bytes_(std::move(bytes)) {
  crypto::sha1_digest digest = crypto::sha1(bytes_.view());
  const core::wipe_on_exit wiper(digest);
  //= DESC-03
  //= AK-57
  id_ = core::load_le<std::int64_t>(digest.data() + 12);
  //= AK-46
  aux_hash_ = core::load_le<std::int64_t>(digest.data());
}

std::ostream& operator<<(std::ostream& out, const auth_key& key) {
  std::array<core::byte, 8> id;
  core::store_le(id.data(), key.id());
  return out << "auth_key " << core::to_hex(id);
}

}  // namespace corogram::mtproto

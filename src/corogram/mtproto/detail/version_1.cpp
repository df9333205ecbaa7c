#include <corogram/core/endian.hpp>
#include <corogram/core/secret.hpp>
#include <corogram/crypto/ige.hpp>
#include <corogram/mtproto/detail/version_1.hpp>

namespace corogram::mtproto::detail {

//= V1-04
//= V1-05
//= SEC-19
bool is_sound_version_1(core::byte_view text, const crypto::message_key& msg_key) noexcept {
  constexpr std::size_t length_at = 28;
  constexpr std::size_t header_size = 32;
  const std::uint64_t room = text.size() - header_size;
  // Without a sign: what was negative is far too long.
  const std::uint64_t length = core::load_le<std::uint32_t>(text.data() + length_at);
  bool sound = false;
  // Every length that there may be is tried, whichever is the right one.
  for (std::size_t padding = 0; padding < crypto::aes_block_size && padding <= room; padding += 4) {
    const core::byte_view hashed = text.first(text.size() - padding);
    const bool authentic = core::equal_constant_time(crypto::msg_key_v1(hashed), msg_key);
    sound = sound | ((length == room - padding) & authentic);
  }
  return sound;
}

}  // namespace corogram::mtproto::detail

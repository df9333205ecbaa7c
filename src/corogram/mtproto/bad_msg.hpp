#pragma once

// The reasons for which a server refuses a message that decrypted and parsed.

#include <cstdint>
#include <string_view>

namespace corogram::mtproto {

/// error_code of bad_msg_notification and bad_server_salt.
enum class bad_msg : std::int32_t {
  //= SMM-10
  msg_id_too_low = 16,
  //= SMM-11
  msg_id_too_high = 17,
  //= SMM-12
  msg_id_low_bits = 18,
  //= SMM-13
  container_id_known = 19,
  //= SMM-14
  message_too_old = 20,
  //= SMM-15
  seq_no_too_low = 32,
  //= SMM-16
  seq_no_too_high = 33,
  //= SMM-17
  seq_no_not_even = 34,
  //= SMM-18
  seq_no_not_odd = 35,
  //= SMM-19
  bad_salt = 48,
  //= SMM-20
  bad_container = 64,
};

//= SMM-21
/// What a refusal is about, for codes that are not known by name too.
enum class bad_msg_group { id, seq_no, salt, container, other };

[[nodiscard]] constexpr bad_msg_group group_of(std::int32_t code) noexcept {
  switch (code >> 4) {
    case 1:
      return bad_msg_group::id;
    case 2:
      return bad_msg_group::seq_no;
    case 3:
      return code == static_cast<std::int32_t>(bad_msg::bad_salt) ? bad_msg_group::salt
                                                                  : bad_msg_group::seq_no;
    case 4:
      return bad_msg_group::container;
    default:
      return bad_msg_group::other;
  }
}

}  // namespace corogram::mtproto

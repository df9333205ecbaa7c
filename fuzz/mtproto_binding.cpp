// The hidden message of auth.bindTempAuthKey: honest, altered, and with other contents under the
// right key. Exactly what was sealed for this call opens.

#include "support/session.hpp"

#include <corogram/mtproto/errc.hpp>
#include <corogram/mtproto/pfs.hpp>

namespace corogram::fuzz {

void run(core::byte_view input) noexcept {
  using namespace mtproto;
  choices from(input);
  const auth_key& permanent = session::key_number(0);
  const key_binding binding{signed_number(from), signed_number(from), permanent.id(),
                            signed_number(from), static_cast<std::int32_t>(word(from))};
  const std::int64_t msg_id = signed_number(from);
  core::test_random random(from.byte());
  const core::byte_buffer sealed = seal_binding(permanent, binding, msg_id, random);
  require(sealed.size() == bind_message_size, "a sealed binding has 104 bytes");

  core::byte_buffer message = sealed;
  if (from.below(8) == 0) message.assign(from.rest().begin(), from.rest().end());
  alter(from, message);
  key_binding expected = binding;
  std::int64_t expected_msg_id = msg_id;
  switch (from.below(8)) {
    case 0:
      expected.nonce ^= from.byte();
      break;
    case 1:
      expected.temp_auth_key_id ^= from.byte();
      break;
    case 2:
      expected.perm_auth_key_id ^= from.byte();
      break;
    case 3:
      expected.temp_session_id ^= from.byte();
      break;
    case 4:
      expected.expires_at ^= from.byte();
      break;
    case 5:
      expected_msg_id ^= from.byte();
      break;
    default:
      break;
  }
  const bool right = message == sealed && expected == binding && expected_msg_id == msg_id;
  const auto opened = open_binding(permanent, message, expected_msg_id, expected);
  require(opened.has_value() == right, "exactly what was sealed for this call opens");
  if (!opened)
    require(opened.error().code == make_error_code(errc::bad_binding), "one error for all");
  require(!open_binding(session::key_number(1), message, expected_msg_id, expected),
          "and no other key opens it");
}

}  // namespace corogram::fuzz

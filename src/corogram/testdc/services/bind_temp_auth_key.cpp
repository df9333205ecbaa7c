#include <corogram/api/functions/auth/bindTempAuthKey.hpp>
#include <corogram/mtproto/pfs.hpp>
#include <corogram/testdc/services/services.hpp>
#include <corogram/tl/codec.hpp>

namespace corogram::testdc::services {
namespace {

//= PFS-21
constexpr rpc_failure temp_auth_key_empty{400, "TEMP_AUTH_KEY_EMPTY"};
constexpr rpc_failure expires_at_invalid{400, "EXPIRES_AT_INVALID"};
constexpr rpc_failure already_bound{400, "TEMP_AUTH_KEY_ALREADY_BOUND"};
constexpr rpc_failure encrypted_message_invalid{400, "ENCRYPTED_MESSAGE_INVALID"};

/// Units: seconds. Each side counts from the moment at which the key was made for it, and its
/// client estimates the server's clock: the two ends are as far apart as a slow key exchange takes.
constexpr std::int64_t expiry_tolerance = 60;

}  // namespace

reply bind_temp_auth_key(method_context& context, const call& request) {
  const auto query = tl::decode_view<api::auth::bindTempAuthKey>(request.query);
  if (!query) return failures::input_fetch_error;

  if (!request.key.temporary()) return temp_auth_key_empty;
  if (request.key.bound_to && *request.key.bound_to != (*query)->perm_auth_key_id)
    return already_bound;
  const std::int64_t difference = std::int64_t{*request.key.expires_at} - (*query)->expires_at;
  if (difference > expiry_tolerance || difference < -expiry_tolerance) return expires_at_invalid;

  const mtproto::auth_key* const permanent = context.protocol.key((*query)->perm_auth_key_id);
  if (permanent == nullptr) return encrypted_message_invalid;
  //= PFS-07
  //= PFS-09
  const mtproto::key_binding expected{
      .nonce = (*query)->nonce,
      .temp_auth_key_id = request.session.auth_key_id,
      .perm_auth_key_id = (*query)->perm_auth_key_id,
      .temp_session_id = request.session.session_id,
      .expires_at = (*query)->expires_at,
  };
  if (!mtproto::open_binding(*permanent, (*query)->encrypted_message, request.msg_id, expected))
    return encrypted_message_invalid;

  //= PFS-12
  //= PFS-14
  if (!context.protocol.bind_temporary_key(request.session.auth_key_id, (*query)->perm_auth_key_id))
    return encrypted_message_invalid;
  return tl::encode(true);
}

}  // namespace corogram::testdc::services

#pragma once

// What a method of the API is to the test data centre: a function from a call to an answer.

#include <corogram/core/bytes.hpp>
#include <corogram/core/clock.hpp>
#include <corogram/core/random.hpp>
#include <corogram/mtproto/server.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>

namespace corogram::testdc {

/// Each data centre lists those from 1 to this one, all at its own address: clients look for the
/// one that a migration error names, or that a proxy shall connect them to.
inline constexpr std::int32_t last_listed_dc = 5;

/// Where the data centre tells its clients to find it.
struct address {
  /// The number of this data centre.
  std::int32_t dc_id = 2;
  bool test_mode = false;
  /// IPv4, as help.getConfig lists it.
  std::string ip_address = "127.0.0.1";
  std::uint16_t port = 0;
};

/// One API call without its wrappers.
struct call {
  mtproto::session_key session;
  std::int64_t msg_id = 0;
  mtproto::key_state key;
  /// Serialised; begins with the number of the function.
  /// Lifetime: until the call returns.
  core::byte_view query;
};

/// What a method may use besides its call.
struct method_context {
  mtproto::server& protocol;
  const address& self;
  core::instant now;
};

/// An RPC error (SM-04).
struct rpc_failure {
  std::int32_t code = 0;
  //= ERR-01
  /// Of the form [A-Z_0-9]+ (ERR-01). Lifetime: static storage.
  std::string_view type;

  friend bool operator==(const rpc_failure&, const rpc_failure&) = default;
};

/// The answer to a call: a serialised object of the newest layer, or an error.
using reply = std::variant<core::byte_buffer, rpc_failure>;

using method_function = reply (*)(method_context&, const call&);

/// One method that the data centre has.
struct method {
  /// The number of the function.
  std::uint32_t id;
  method_function run;
  /// It may be called under a temporary key that is not bound yet (PFS-05).
  bool before_binding = false;
};

/// find_method returns the method with this number, or nullptr.
const method* find_method(std::uint32_t id) noexcept;

/// The errors that answer a call before any method sees it. Names and codes are those of
/// Telegram's own list of errors.
namespace failures {
/// The body does not decode as what its number announces.
inline constexpr rpc_failure input_fetch_error{400, "INPUT_FETCH_ERROR"};
/// No schema has a function with this number.
inline constexpr rpc_failure input_method_invalid{400, "INPUT_METHOD_INVALID"};
/// The function exists, needs no authorisation, and this data centre lacks it.
inline constexpr rpc_failure method_invalid{400, "METHOD_INVALID"};
/// Nobody is signed in under this key.
inline constexpr rpc_failure auth_key_unregistered{401, "AUTH_KEY_UNREGISTERED"};
/// The temporary key is not bound to a permanent one.
inline constexpr rpc_failure auth_key_perm_empty{401, "AUTH_KEY_PERM_EMPTY"};
inline constexpr rpc_failure connection_not_inited{400, "CONNECTION_NOT_INITED"};
inline constexpr rpc_failure connection_layer_invalid{400, "CONNECTION_LAYER_INVALID"};
/// The answer has no form in the client's layer.
inline constexpr rpc_failure internal{500, "INTERNAL"};
inline constexpr rpc_failure msg_wait_failed{400, "MSG_WAIT_FAILED"};
inline constexpr rpc_failure msg_wait_timeout{400, "MSG_WAIT_TIMEOUT"};
}  // namespace failures

}  // namespace corogram::testdc

#pragma once

// The wrappers in which calls travel: the first one of a program, those that want no updates, and
// those that have to wait for others.
//
//   invokeAfterMsg(id, invokeWithLayer(layer, initConnection(client, invokeWithoutUpdates(query))))

#include <corogram/api/types/JSONValue.hpp>
#include <corogram/core/bytes.hpp>
#include <corogram/tl/box.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace corogram::rpc {

/// The layer of the generated API types.
inline constexpr std::int32_t default_layer = 227;

/// What initConnection tells the server about the program (INV-06).
struct client_info {
  client_info() = default;

  std::int32_t api_id = 0;
  std::string device_model = "corogram";
  std::string system_version = "unknown";
  std::string app_version = "0.1.0";
  std::string system_lang_code = "en";
  /// Empty for programs that are not on Telegram's translation platform.
  std::string lang_pack;
  std::string lang_code = "en";
  /// Anything else, or nothing.
  tl::box<api::JSONValue> params;
};

// A wrapper stands before what it wraps: around nothing, the wrappers below are what has to be put
// in front of a query.

/// wrap_first_call returns `query` (a serialised function) inside invokeWithLayer and
/// initConnection.
[[nodiscard]] core::byte_buffer wrap_first_call(std::int32_t layer, const client_info& client,
                                                core::byte_view query);

/// without_updates returns `query` inside invokeWithoutUpdates.
[[nodiscard]] core::byte_buffer without_updates(core::byte_view query);

/// after_messages returns `query` inside invokeAfterMsg or, for several, invokeAfterMsgs.
/// Pre: `msg_ids` is not empty.
[[nodiscard]] core::byte_buffer after_messages(const std::vector<std::int64_t>& msg_ids,
                                               core::byte_view query);

/// is_wrapped tells whether `query` begins with invokeWithLayer already.
[[nodiscard]] bool is_wrapped(core::byte_view query) noexcept;

}  // namespace corogram::rpc

#pragma once

// Takes the wrappers off an API call, in whatever order and however deep they were put on.
//
//   invokeAfterMsg(ids, invokeWithLayer(227, initConnection(client, gzip_packed(help.getConfig))))
//   `- after            `- layer             `- initialised                    `- query

#include <corogram/core/bytes.hpp>
#include <corogram/core/result.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace corogram::testdc {

/// The most wrappers around one call. Clients in the field use up to four.
inline constexpr std::size_t max_wrappers = 16;

/// What a packed query may inflate to. Units: bytes.
inline constexpr std::size_t max_inflated_query = std::size_t{16} << 20;

/// A call and what its wrappers said.
struct unwrapped_call {
  /// From invokeWithLayer; the innermost one counts.
  std::optional<std::int32_t> layer;
  /// initConnection was there.
  bool initialised = false;
  /// From initConnection, for logs: device model and application version.
  std::string client;
  /// invokeWithoutUpdates was there (INV-07).
  bool without_updates = false;
  /// The messages that have to have succeeded before (INV-09).
  std::vector<std::int64_t> after;
  /// invokeAfterMsg or invokeAfterMsgs stood inside another wrapper (INV-14).
  bool after_is_inside = false;
  /// invokeWithLayer without initConnection (INV-03).
  [[nodiscard]] bool layer_alone() const noexcept { return layer && !initialised; }

  /// The call itself. Lifetime: that of the body, or of `inflated`.
  core::byte_view query;
  /// Holds the query if it came packed.
  core::byte_buffer inflated;
};

/// unwrap reads the wrappers of `body`, a serialised call.
/// Lifetime: `body` must outlive the result.
/// Errors: those of tl::decode; errc::too_many_wrappers.
core::result<unwrapped_call> unwrap(core::byte_view body);

}  // namespace corogram::testdc

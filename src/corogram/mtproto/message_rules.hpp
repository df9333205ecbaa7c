#pragma once

// What a server demands of the sequence numbers of a client's messages.

#include <corogram/core/bytes.hpp>
#include <corogram/mtproto/bad_msg.hpp>
#include <corogram/mtproto/received_messages.hpp>

#include <cstdint>
#include <optional>

namespace corogram::mtproto {

/// Which parity of the sequence number a message may have, by what it is.
enum class parity {
  /// Never content-related.
  even,
  /// Service messages that the client may have acknowledged or not.
  free,
  /// Calls, which always are.
  odd,
};

/// is_service says whether `constructor` is a message of the service schema, not a call of the API.
[[nodiscard]] bool is_service(std::uint32_t constructor) noexcept;

/// parity_of looks at the constructor that `body` begins with. gzip_packed counts as the call that
/// it stands for: by the letter of DESC-28 it could never be content-related, and no call could
/// ever be packed.
[[nodiscard]] parity parity_of(core::byte_view body) noexcept;

/// check_parity compares with the sequence number: code 34, 35, or nothing wrong.
[[nodiscard]] std::optional<bad_msg> check_parity(core::byte_view body,
                                                  std::int32_t seq_no) noexcept;

/// check_order compares with the neighbours in the order of ids, either of which may be null:
/// code 32, 33, or nothing wrong.
[[nodiscard]] std::optional<bad_msg> check_order(const received_message* before,
                                                 std::int32_t seq_no,
                                                 const received_message* after) noexcept;

}  // namespace corogram::mtproto

#pragma once

// How MTProto 1.0 tells a sound message. Nobody speaks it any more; who still does is told apart
// for the reports.

#include <corogram/core/bytes.hpp>
#include <corogram/crypto/kdf.hpp>

namespace corogram::mtproto::detail {

/// is_sound_version_1 says whether `msg_key` follows from the decrypted packet `text` and the
/// length in it. No branch or index depends on what is in either, and it takes the same time
/// whatever the length says.
/// Pre: `text` has 32 bytes or more, whole blocks.
[[nodiscard]] bool is_sound_version_1(core::byte_view text,
                                      const crypto::message_key& msg_key) noexcept;

}  // namespace corogram::mtproto::detail

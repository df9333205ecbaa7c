#pragma once

// gzip_packed: an object in the place of which its packed serialisation stands.

#include <corogram/core/bytes.hpp>
#include <corogram/core/result.hpp>

#include <cstddef>
#include <optional>

namespace corogram::mtproto {

/// is_packed says whether `object` is a gzip_packed.
[[nodiscard]] bool is_packed(core::byte_view object) noexcept;

/// pack replaces `object` by its gzip_packed form if that is shorter, and says whether it did.
bool pack(core::byte_buffer& object);

/// packed_form returns the gzip_packed form of `object` if that is shorter.
[[nodiscard]] std::optional<core::byte_buffer> packed_form(core::byte_view object);

/// What unpack found.
struct unpacked {
  core::byte_buffer object;
  /// The wrapper was zlib's, which the specification does not provide for.
  bool by_zlib = false;
};

/// unpack returns the object inside a gzip_packed.
/// Errors: errc::bad_packing (packed twice); what tl says of an object that it cannot read, of
/// packed data that is broken or ends early, and of more than `limit` inflated bytes.
core::result<unpacked> unpack(core::byte_view packed, std::size_t limit);

}  // namespace corogram::mtproto

#include <corogram/mtproto/errc.hpp>
#include <corogram/mtproto/packed.hpp>
#include <corogram/service/types/Object.hpp>
#include <corogram/tl/codec.hpp>
#include <corogram/tl/gzip.hpp>

namespace corogram::mtproto {

bool is_packed(core::byte_view object) noexcept {
  return tl::peek_id(object) == service::gzip_packed::tl_id;
}

bool pack(core::byte_buffer& object) {
  std::optional<core::byte_buffer> shorter = packed_form(object);
  if (!shorter) return false;
  object = *std::move(shorter);
  return true;
}

std::optional<core::byte_buffer> packed_form(core::byte_view object) {
  service::gzip_packed packed;
  packed.packed_data = tl::gzip(object);
  core::byte_buffer shorter = tl::encode(packed);
  if (shorter.size() >= object.size()) return std::nullopt;
  return shorter;
}

core::result<unpacked> unpack(core::byte_view packed, std::size_t limit) {
  //= SM-43
  COROGRAM_TRY(const auto wrapper, tl::decode_view<service::gzip_packed>(packed));
  tl::gzip_wrapper found{};
  unpacked inside;
  //= SM-46
  COROGRAM_TRY(inside.object, tl::gunzip(wrapper->packed_data, limit, &found));
  if (is_packed(inside.object)) return errc::bad_packing;
  inside.by_zlib = found == tl::gzip_wrapper::zlib;
  return inside;
}

}  // namespace corogram::mtproto

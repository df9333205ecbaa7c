// gzip_packed objects, altered and made up, with a limit: what unpacks packs and unpacks again.

#include "support/alter.hpp"

#include <corogram/mtproto/packed.hpp>
#include <corogram/service/types/Object.hpp>
#include <corogram/tl/codec.hpp>
#include <corogram/tl/gzip.hpp>

namespace corogram::fuzz {

void run(core::byte_view input) noexcept {
  choices from(input);
  const std::size_t limit = std::size_t{1} << from.below(18);
  const bool raw = from.below(4) == 0;
  core::byte_buffer packed(from.rest().begin(), from.rest().end());
  if (!raw) {
    core::byte_buffer inside;
    for (std::size_t left = from.below(16) + 1; left > 0; --left)
      core::append(inside, from.take(from.below(64)));
    service::gzip_packed object;
    object.packed_data = tl::gzip(inside);
    packed = tl::encode(object);
    alter(from, packed);
  }
  const auto inside = mtproto::unpack(packed, limit);
  if (!inside) return require_within(inside.error(), packed.size());
  require(mtproto::is_packed(packed), "what unpacks is packed");
  require(inside->object.size() <= limit, "no more than the limit");
  require(!mtproto::is_packed(inside->object), "and not packed twice");
  core::byte_buffer again = inside->object;
  if (!mtproto::pack(again)) {
    require(again == inside->object, "what would not get shorter stays as it is");
    return;
  }
  require(again.size() < inside->object.size(), "packing makes shorter");
  const auto same = mtproto::unpack(again, inside->object.size());
  require(same && same->object == inside->object && !same->by_zlib, "and comes back");
}

}  // namespace corogram::fuzz

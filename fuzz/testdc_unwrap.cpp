// API calls in whatever wrappers a client may put around them, and bytes that are none: the query
// lies within what came, or within what was packed in it.

#include "support/alter.hpp"

#include <corogram/api/functions/help/getConfig.hpp>
#include <corogram/api/functions/initConnection.hpp>
#include <corogram/api/functions/invokeAfterMsg.hpp>
#include <corogram/api/functions/invokeAfterMsgs.hpp>
#include <corogram/api/functions/invokeWithLayer.hpp>
#include <corogram/api/functions/invokeWithoutUpdates.hpp>
#include <corogram/core/writer.hpp>
#include <corogram/service/types/Object.hpp>
#include <corogram/testdc/unwrap.hpp>
#include <corogram/tl/codec.hpp>
#include <corogram/tl/gzip.hpp>

#include <algorithm>
#include <vector>

namespace corogram::fuzz {

namespace {

core::byte_buffer wrap(choices& from, core::byte_buffer query) {
  core::byte_buffer out;
  core::writer wrapped(out);
  switch (from.below(6)) {
    case 0:
      wrapped.le(api::invokeWithLayer::tl_id).le(static_cast<std::int32_t>(word(from)));
      break;
    case 1: {
      wrapped.le(api::initConnection::tl_id).le(std::uint32_t{0}).le(std::int32_t{1});
      for (int i = 0; i < 6; ++i)  // six short strings
        wrapped.le(static_cast<std::uint32_t>(from.byte()) << 8 | 1u);
      break;
    }
    case 2:
      wrapped.le(api::invokeAfterMsg::tl_id).le(signed_number(from));
      break;
    case 3: {
      const std::size_t count = from.below(4);
      wrapped.le(api::invokeAfterMsgs::tl_id).le(tl::vector_id);
      wrapped.le(static_cast<std::int32_t>(count));
      for (std::size_t i = 0; i < count; ++i) wrapped.le(signed_number(from));
      break;
    }
    case 4:
      wrapped.le(api::invokeWithoutUpdates::tl_id);
      break;
    default: {
      service::gzip_packed packed;
      packed.packed_data = tl::gzip(query);
      return tl::encode(packed);
    }
  }
  core::append(out, query);
  return out;
}

bool lies_in(core::byte_view inner, core::byte_view outer) {
  return inner.empty() || (inner.data() >= outer.data() &&
                           inner.data() + inner.size() <= outer.data() + outer.size());
}

}  // namespace

void run(core::byte_view input) noexcept {
  choices from(input);
  core::byte_buffer body;
  if (from.below(8) == 0) {
    body.assign(from.rest().begin(), from.rest().end());
  } else {
    body = tl::encode(api::help::getConfig());
    for (std::size_t left = from.below(24); left > 0; --left) body = wrap(from, std::move(body));
    alter(from, body);
  }
  const auto call = testdc::unwrap(body);
  if (!call) return;
  require(lies_in(call->query, body) || lies_in(call->query, call->inflated),
          "the query is a part of what came");
  require(call->after.size() * 8 <= body.size() + testdc::max_inflated_query, "so are the ids");
}

}  // namespace corogram::fuzz

#include <corogram/api/functions/initConnection.hpp>
#include <corogram/api/functions/invokeAfterMsg.hpp>
#include <corogram/api/functions/invokeAfterMsgs.hpp>
#include <corogram/api/functions/invokeWithApnsSecret.hpp>
#include <corogram/api/functions/invokeWithBusinessConnection.hpp>
#include <corogram/api/functions/invokeWithGooglePlayIntegrity.hpp>
#include <corogram/api/functions/invokeWithLayer.hpp>
#include <corogram/api/functions/invokeWithMessagesRange.hpp>
#include <corogram/api/functions/invokeWithReCaptcha.hpp>
#include <corogram/api/functions/invokeWithTakeout.hpp>
#include <corogram/api/functions/invokeWithoutUpdates.hpp>
#include <corogram/service/types/Object.hpp>
#include <corogram/testdc/errc.hpp>
#include <corogram/testdc/unwrap.hpp>
#include <corogram/tl/codec.hpp>
#include <corogram/tl/gzip.hpp>

#include <array>

namespace corogram::testdc {
namespace {

// What each wrapper says about the call inside it. The others say nothing that a data centre
// without accounts would act upon: takeout sessions, ranges, business connections, attestations.

void note(const api::invokeWithLayer& wrapper, unwrapped_call& call) {
  call.layer = wrapper.layer;
}

void note(const api::initConnection& wrapper, unwrapped_call& call) {
  call.initialised = true;
  call.client = std::string(wrapper.device_model) + ' ' + std::string(wrapper.app_version);
}

void note(const api::invokeWithoutUpdates&, unwrapped_call& call) {
  call.without_updates = true;
}

void note(const api::invokeAfterMsg& wrapper, unwrapped_call& call) {
  call.after.push_back(wrapper.msg_id);
}

void note(const api::invokeAfterMsgs& wrapper, unwrapped_call& call) {
  call.after.insert(call.after.end(), wrapper.msg_ids.begin(), wrapper.msg_ids.end());
}

template <class Wrapper>
void note(const Wrapper&, unwrapped_call&) {}

/// Decodes the Wrapper that the query is, notes what it says, and goes on to the query inside.
template <class Wrapper>
core::result<void> peel(unwrapped_call& call) {
  COROGRAM_TRY(const auto wrapper, tl::decode_view<Wrapper>(call.query));
  note(*wrapper, call);
  // The inner query is the tail of the outer one: viewed there, it outlives the decoded wrapper.
  call.query = call.query.last(wrapper->query.size());
  return {};
}

struct wrapper_row {
  std::uint32_t id;
  core::result<void> (*peel)(unwrapped_call&);
};

template <class... Wrappers>
constexpr std::array<wrapper_row, sizeof...(Wrappers)> wrapper_rows() {
  return {wrapper_row{Wrappers::tl_id, peel<Wrappers>}...};
}

constexpr auto wrappers =
    wrapper_rows<api::invokeWithLayer, api::initConnection, api::invokeWithoutUpdates,
                 api::invokeAfterMsg, api::invokeAfterMsgs, api::invokeWithMessagesRange,
                 api::invokeWithTakeout, api::invokeWithBusinessConnection,
                 api::invokeWithGooglePlayIntegrity, api::invokeWithApnsSecret,
                 api::invokeWithReCaptcha>();

bool is_after(std::uint32_t id) {
  return id == api::invokeAfterMsg::tl_id || id == api::invokeAfterMsgs::tl_id;
}

core::result<void> inflate(unwrapped_call& call) {
  COROGRAM_TRY(const auto packed, tl::decode_view<service::gzip_packed>(call.query));
  COROGRAM_TRY(auto inflated, tl::gunzip(packed->packed_data, max_inflated_query));
  call.inflated = std::move(inflated);
  call.query = call.inflated;
  return {};
}

}  // namespace

core::result<unwrapped_call> unwrap(core::byte_view body) {
  unwrapped_call call;
  call.query = body;
  for (std::size_t depth = 0; depth < max_wrappers; ++depth) {
    const auto id = tl::peek_id(call.query);
    if (!id) return core::error(core::errc::truncated, 0, "the number of a function");

    //= INV-16
    if (*id == service::gzip_packed::tl_id) {
      COROGRAM_CHECK(inflate(call));
      continue;
    }
    const auto row = std::ranges::find(wrappers, *id, &wrapper_row::id);
    if (row == wrappers.end()) return call;
    //= INV-14
    if (is_after(*id) && depth != 0) call.after_is_inside = true;
    COROGRAM_CHECK(row->peel(call));
  }
  return core::error(errc::too_many_wrappers, body.size() - call.query.size(),
                     "a call that is no wrapper");
}

}  // namespace corogram::testdc

#include <corogram/api/functions/initConnection.hpp>
#include <corogram/api/functions/invokeAfterMsg.hpp>
#include <corogram/api/functions/invokeAfterMsgs.hpp>
#include <corogram/api/functions/invokeWithLayer.hpp>
#include <corogram/api/functions/invokeWithoutUpdates.hpp>
#include <corogram/rpc/init_connection.hpp>
#include <corogram/tl/codec.hpp>

namespace corogram::rpc {

//= INV-06
core::byte_buffer wrap_first_call(std::int32_t layer, const client_info& client,
                                  core::byte_view query) {
  api::initConnection introduction;
  introduction.api_id = client.api_id;
  introduction.device_model = client.device_model;
  introduction.system_version = client.system_version;
  introduction.app_version = client.app_version;
  introduction.system_lang_code = client.system_lang_code;
  introduction.lang_pack = client.lang_pack;
  introduction.lang_code = client.lang_code;
  if (!client.params.empty()) introduction.set_params(client.params);
  introduction.query = tl::raw(query);
  const core::byte_buffer introduced = tl::encode(introduction);

  api::invokeWithLayer versioned;
  versioned.layer = layer;
  versioned.query = tl::raw(introduced);
  return tl::encode(versioned);
}

//= INV-07
core::byte_buffer without_updates(core::byte_view query) {
  api::invokeWithoutUpdates wrapper;
  wrapper.query = tl::raw(query);
  return tl::encode(wrapper);
}

//= INV-09
core::byte_buffer after_messages(const std::vector<std::int64_t>& msg_ids, core::byte_view query) {
  if (msg_ids.size() == 1) {
    api::invokeAfterMsg wrapper;
    wrapper.msg_id = msg_ids.front();
    wrapper.query = tl::raw(query);
    return tl::encode(wrapper);
  }
  api::invokeAfterMsgs wrapper;
  for (const std::int64_t msg_id : msg_ids) wrapper.msg_ids.push_back(msg_id);
  wrapper.query = tl::raw(query);
  return tl::encode(wrapper);
}

bool is_wrapped(core::byte_view query) noexcept {
  return tl::peek_id(query) == api::invokeWithLayer::tl_id;
}

}  // namespace corogram::rpc

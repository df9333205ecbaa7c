#include <corogram/api/functions/initConnection.hpp>
#include <corogram/api/functions/invokeWithLayer.hpp>
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

bool is_wrapped(core::byte_view query) noexcept {
  return tl::peek_id(query) == api::invokeWithLayer::tl_id;
}

}  // namespace corogram::rpc

#include <corogram/api/functions/help/getAppConfig.hpp>
#include <corogram/api/types/JSONValue.hpp>
#include <corogram/api/types/help/AppConfig.hpp>
#include <corogram/testdc/services/services.hpp>
#include <corogram/tl/codec.hpp>

#include <cstdint>

namespace corogram::testdc::services {
namespace {

/// Identifies the configuration, so that a client that has it is told so. 0 means "I have none".
constexpr std::int32_t configuration_hash = 1;

}  // namespace

reply get_app_config(method_context&, const call& request) {
  const auto query = tl::decode_view<api::help::getAppConfig>(request.query);
  if (!query) return failures::input_fetch_error;
  if ((*query)->hash == configuration_hash) {
    return tl::encode(api::help::appConfigNotModified());
  }
  api::help::appConfig answer;
  answer.hash = configuration_hash;
  answer.config = api::jsonObject();
  return tl::encode(answer);
}

}  // namespace corogram::testdc::services

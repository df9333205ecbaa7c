#include <corogram/api/functions/auth/bindTempAuthKey.hpp>
#include <corogram/api/functions/help/getAppConfig.hpp>
#include <corogram/api/functions/help/getConfig.hpp>
#include <corogram/api/functions/help/getNearestDc.hpp>
#include <corogram/testdc/method.hpp>
#include <corogram/testdc/services/services.hpp>

#include <algorithm>
#include <array>

namespace corogram::testdc {
namespace {

// A new method is a file in services/, its declaration there, and one line here.
//= PFS-05
constexpr std::array methods{
    method{api::auth::bindTempAuthKey::tl_id, services::bind_temp_auth_key, true},
    method{api::help::getAppConfig::tl_id, services::get_app_config},
    method{api::help::getConfig::tl_id, services::get_config, true},
    method{api::help::getNearestDc::tl_id, services::get_nearest_dc, true},
};

}  // namespace

const method* find_method(std::uint32_t id) noexcept {
  const auto found = std::ranges::find(methods, id, &method::id);
  return found == methods.end() ? nullptr : &*found;
}

}  // namespace corogram::testdc

#pragma once

// The methods that the data centre has. Each decodes its own query and answers it.

#include <corogram/testdc/method.hpp>

namespace corogram::testdc::services {

/// auth.bindTempAuthKey makes the temporary key of the call act for a permanent one.
/// Spec: https://core.telegram.org/method/auth.bindTempAuthKey
reply bind_temp_auth_key(method_context& context, const call& request);

/// help.getAppConfig answers with an empty configuration that never changes.
reply get_app_config(method_context& context, const call& request);

/// help.getConfig lists the data centres 1 to 5, each at this server's address.
reply get_config(method_context& context, const call& request);

/// help.getNearestDc names this data centre.
reply get_nearest_dc(method_context& context, const call& request);

}  // namespace corogram::testdc::services

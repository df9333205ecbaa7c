#include <corogram/api/functions/help/getNearestDc.hpp>
#include <corogram/api/types/NearestDc.hpp>
#include <corogram/testdc/services/services.hpp>
#include <corogram/tl/codec.hpp>

namespace corogram::testdc::services {

reply get_nearest_dc(method_context& context, const call& request) {
  if (!tl::decode_view<api::help::getNearestDc>(request.query)) return failures::input_fetch_error;
  api::nearestDc answer;
  // ISO 3166 leaves XX to its users; a server without a place has no better one.
  answer.country = "XX";
  answer.this_dc = context.self.dc_id;
  answer.nearest_dc = context.self.dc_id;
  return tl::encode(answer);
}

}  // namespace corogram::testdc::services

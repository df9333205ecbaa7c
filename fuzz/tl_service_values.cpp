// Random values of the service schema, made by its tables alone and then altered: decoding,
// encoding, copying, printing and reading back agree.

#include "support/objects.hpp"
#include "support/target.hpp"

#include <corogram/service/fwd.hpp>

namespace corogram::fuzz {

void run(core::byte_view input) noexcept {
  static const tl::random_values values(service::tables());
  check_random_object(values, service::tables(), input);
}

}  // namespace corogram::fuzz

// Random values of the api schema, made by its tables alone and then altered: decoding, encoding,
// copying, printing and reading back agree.

#include "support/objects.hpp"
#include "support/target.hpp"

#include <corogram/api/fwd.hpp>

namespace corogram::fuzz {

void run(core::byte_view input) noexcept {
  static const tl::random_values values(api::tables());
  check_random_object(values, api::tables(), input);
}

}  // namespace corogram::fuzz

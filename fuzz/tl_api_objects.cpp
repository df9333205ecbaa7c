// Any object of the api schema, as it arrives: decoding, printing and reading back agree.

#include "support/objects.hpp"
#include "support/target.hpp"

#include <corogram/api/fwd.hpp>

namespace corogram::fuzz {

void run(core::byte_view input) noexcept {
  check_object(api::tables(), input);
}

}  // namespace corogram::fuzz

// Any object of the service schema, as it arrives: decoding, printing and reading back agree.

#include "support/objects.hpp"
#include "support/target.hpp"

#include <corogram/service/fwd.hpp>

namespace corogram::fuzz {

void run(core::byte_view input) noexcept {
  check_object(service::tables(), input);
}

}  // namespace corogram::fuzz

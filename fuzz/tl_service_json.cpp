// JSON for a constructor or function of the service schema, as `corogram call` takes it.

#include "support/objects.hpp"
#include "support/target.hpp"

#include <corogram/service/fwd.hpp>

namespace corogram::fuzz {

void run(core::byte_view input) noexcept {
  check_json(service::tables(), input);
}

}  // namespace corogram::fuzz

// JSON for a constructor or function of the api schema, as `corogram call` takes it.

#include "support/objects.hpp"
#include "support/target.hpp"

#include <corogram/api/fwd.hpp>

namespace corogram::fuzz {

void run(core::byte_view input) noexcept {
  check_json(api::tables(), input);
}

}  // namespace corogram::fuzz

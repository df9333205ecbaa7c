// Values of the newest layer said in an older one, as the test data centre does for old clients.
// What is converted is whole in the older form, and no longer than the newer form allows.

#include "support/alter.hpp"

#include <corogram/api/fwd.hpp>
#include <corogram/core/random.hpp>
#include <corogram/older_api/older_api.hpp>
#include <corogram/tl/convert.hpp>
#include <corogram/tl/random_value.hpp>

#include <algorithm>

namespace corogram::fuzz {

void run(core::byte_view input) noexcept {
  choices from(input);
  const tl::tables& newest = api::tables();
  static const tl::random_values values(newest);
  const auto& types = newest.types;
  const std::size_t index = from.below(65536) % types.size();
  const tl::value_type type{tl::value_kind::box, false, static_cast<std::uint16_t>(index)};
  const auto layer = static_cast<std::uint32_t>(100 + from.below(256));
  core::test_random random(number(from));
  core::byte_buffer value;
  if (from.below(4) == 0)
    value.assign(from.rest().begin(), from.rest().end());
  else
    values.value(type, random, value);
  const bool altered = alter(from, value);

  const auto same = tl::to_older_layer(newest, older_api::layers(), newest.layer, type, value);
  if (same) require(*same == value || altered, "the newest layer is left as it is");
  const auto older = tl::to_older_layer(newest, older_api::layers(), layer, type, value);
  if (!older) return require_within(older.error(), value.size());
  require(same.has_value(), "what can be said in an older layer can be read in the newest");
  require(older->size() <= 64 * value.size() + 4096, "and grows within bounds");
  require(older->size() % 4 == 0, "in whole words");
}

}  // namespace corogram::fuzz

#include <corogram/mtproto/policy.hpp>

#include <algorithm>

namespace corogram::mtproto {
namespace {

// In the order of the enumeration: info() indexes it, and a test holds the two together.
constexpr rule_info table[] = {
    {rule::plain_message_id, "plain_message_id", "AK-58", strictness::record},
    {rule::plain_trailing_bytes, "plain_trailing_bytes", "DESC-05", strictness::record},
    {rule::plain_encoding, "plain_encoding", "SER-06", strictness::record},
    {rule::current_pq_query, "current_pq_query", "AK-01", strictness::record},
    {rule::inner_data_names_dc, "inner_data_names_dc", "AK-10", strictness::record},
    {rule::rsa_pad, "rsa_pad", "AK-15", strictness::record},
    {rule::dc_number, "dc_number", "AK-12", strictness::record},
    {rule::dc_environment, "dc_environment", "AK-26", strictness::strict},

    {rule::after_outermost, "after_outermost", "INV-14", strictness::record},
    {rule::layer_with_init, "layer_with_init", "INV-03", strictness::record},
    {rule::known_layer, "known_layer", "INV-03", strictness::record},
    {rule::connection_inited, "connection_inited", "INV-01", strictness::record},
};

}  // namespace

std::span<const rule_info> rules() noexcept { return table; }

const rule_info& info(rule which) noexcept { return table[static_cast<std::size_t>(which)]; }

std::optional<rule> rule_by_name(std::string_view name) noexcept {
  const auto* const found = std::ranges::find(table, name, &rule_info::name);
  if (found == std::end(table)) return std::nullopt;
  return found->which;
}

policy::policy() noexcept {
  static_assert(std::size(table) <= capacity);
  for (const rule_info& row : table) set(row.which, row.standard);
}

policy::policy(strictness all) noexcept { strictness_.fill(all); }

policy& policy::set(rule which, strictness how) noexcept {
  strictness_[static_cast<std::size_t>(which)] = how;
  return *this;
}

strictness policy::of(rule which) const noexcept {
  return strictness_[static_cast<std::size_t>(which)];
}

bool policy::admits(rule which, std::string_view what, const violation_sink& sink) const {
  const strictness how = of(which);
  if (how != strictness::lax && sink)
    sink({which, std::string(what), how == strictness::strict});
  return how != strictness::strict;
}

}  // namespace corogram::mtproto

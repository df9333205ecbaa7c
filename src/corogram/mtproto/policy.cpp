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
    {rule::encryption_version, "encryption_version", "DESC-40", strictness::strict},
    {rule::message_id_low_bits, "message_id_low_bits", "DESC-12", strictness::strict},
    {rule::message_id_fraction, "message_id_fraction", "DESC-16", strictness::record},
    {rule::message_time, "message_time", "DESC-17", strictness::strict},
    {rule::container_id, "container_id", "SMM-13", strictness::strict},
    {rule::message_window, "message_window", "SMM-14", strictness::strict},
    {rule::sequence_order, "sequence_order", "SMM-15", strictness::strict},
    {rule::even_sequence, "even_sequence", "SMM-17", strictness::record},
    {rule::odd_sequence, "odd_sequence", "SMM-18", strictness::strict},
    {rule::salt, "salt", "SMM-19", strictness::strict},
    {rule::zero_salt, "zero_salt", "SMM-19", strictness::record},
    {rule::container_order, "container_order", "SM-34", strictness::strict},
    {rule::container_size, "container_size", "SM-37", strictness::strict},
    {rule::id_list_size, "id_list_size", "SMM-03", strictness::strict},
    {rule::gzip_wrapper, "gzip_wrapper", "SM-43", strictness::record},
    {rule::packed_service_message, "packed_service_message", "SM-45", strictness::record},
    {rule::message_copy, "message_copy", "SM-42", strictness::record},
    {rule::http_wait_elsewhere, "http_wait_elsewhere", "SM-47", strictness::record},
    {rule::future_salts_count, "future_salts_count", "SM-12", strictness::record},
    {rule::destroy_own_session, "destroy_own_session", "SM-23", strictness::record},

    {rule::after_outermost, "after_outermost", "INV-14", strictness::record},
    {rule::layer_with_init, "layer_with_init", "INV-03", strictness::record},
    {rule::known_layer, "known_layer", "INV-03", strictness::record},
    {rule::connection_inited, "connection_inited", "INV-01", strictness::record},
};

}  // namespace

std::span<const rule_info> rules() noexcept {
  return table;
}

const rule_info& info(rule which) noexcept {
  return table[static_cast<std::size_t>(which)];
}

std::optional<rule> rule_by_name(std::string_view name) noexcept {
  const auto* const found = std::ranges::find(table, name, &rule_info::name);
  if (found == std::end(table)) return std::nullopt;
  return found->which;
}

policy::policy() noexcept {
  static_assert(std::size(table) <= capacity);
  for (const rule_info& row : table) set(row.which, row.standard);
}

policy::policy(strictness all) noexcept {
  strictness_.fill(all);
}

policy& policy::set(rule which, strictness how) noexcept {
  strictness_[static_cast<std::size_t>(which)] = how;
  return *this;
}

strictness policy::of(rule which) const noexcept {
  return strictness_[static_cast<std::size_t>(which)];
}

bool policy::admits(rule which, std::string_view what, const violation_sink& sink) const {
  const strictness how = of(which);
  if (how != strictness::lax && sink) sink({which, std::string(what), how == strictness::strict});
  return how != strictness::strict;
}

}  // namespace corogram::mtproto

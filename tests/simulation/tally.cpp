#include "tally.hpp"

namespace corogram::simulation {
namespace {

constexpr std::array<std::string_view, fault_count> fault_names{
    "connection_refused",
    "connection_unanswered",
    "connection_cut_to_server",
    "connection_cut_to_client",
    "connection_cut_between",
    "connection_silenced",
    "close_noticed_late",
    "bytes_in_pieces",
    "bytes_late",
    "slow_link",
    "bit_flipped_to_server",
    "bit_flipped_to_client",
    "replayed_to_server_same_connection",
    "replayed_to_server_other_connection",
    "replayed_to_server_by_stranger",
    "replayed_to_client_same_connection",
    "replayed_to_client_other_connection",
    "false_key_unknown",
    "server_restarted_sessions_lost",
    "server_restarted_salts_lost",
    "server_restarted_keys_lost",
    "server_dropped_session",
    "server_hung_up",
    "server_refused_connection",
    "server_clock_ahead",
    "server_clock_back",
    "client_clock_ahead",
    "client_clock_back",
    "client_clock_wrong_from_start",
    "client_asleep",
    "client_restarted",
    "exchange_retry",
    "exchange_fail",
};

constexpr std::array<std::string_view, happening_count> happening_names{
    "connections",
    "connections_over_http",
    "connections_over_websocket",
    "connections_over_fake_tls",
    "connections_under_proxy_secret",
    "key_exchanges",
    "keys_provisioned",
    "sessions",
    "packets_to_server",
    "packets_to_client",
    "messages_resent",
    "salts_refused",
    "messages_refused",
    "requests",
    "requests_answered",
    "requests_with_error",
    "requests_cancelled",
    "requests_timed_out",
    "requests_closed",
    "requests_of_unknown_outcome",
    "requests_failed_otherwise",
    "pushes",
    "pushes_delivered",
    "update_gaps",
    "server_questions",
    "calls_performed",
};

}  // namespace

std::string_view name_of(fault kind) noexcept {
  return fault_names[static_cast<std::size_t>(kind)];
}

std::string_view name_of(happening kind) noexcept {
  return happening_names[static_cast<std::size_t>(kind)];
}

}  // namespace corogram::simulation

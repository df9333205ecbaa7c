#pragma once

// What is counted: the faults that were injected, and what else has happened.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace corogram::simulation {

/// One kind of fault, injected by the simulation.
enum class fault {
  connection_refused,
  connection_unanswered,
  connection_cut_to_server,
  connection_cut_to_client,
  connection_cut_between,
  connection_silenced,
  close_noticed_late,
  bytes_in_pieces,
  bytes_late,
  slow_link,
  bit_flipped_to_server,
  bit_flipped_to_client,
  replayed_to_server_same_connection,
  replayed_to_server_other_connection,
  replayed_to_server_by_stranger,
  replayed_to_client_same_connection,
  replayed_to_client_other_connection,
  false_key_unknown,
  server_restarted_sessions_lost,
  server_restarted_salts_lost,
  server_restarted_keys_lost,
  server_dropped_session,
  server_hung_up,
  server_refused_connection,
  server_clock_ahead,
  server_clock_back,
  client_clock_ahead,
  client_clock_back,
  client_clock_wrong_from_start,
  client_asleep,
  client_restarted,
  exchange_retry,
  exchange_fail,
};

/// Something that happened without being a fault.
enum class happening {
  connections,
  connections_over_http,
  connections_over_websocket,
  connections_over_fake_tls,
  connections_under_proxy_secret,
  key_exchanges,
  keys_provisioned,
  sessions,
  packets_to_server,
  packets_to_client,
  messages_resent,
  salts_refused,
  messages_refused,
  requests,
  requests_answered,
  requests_with_error,
  requests_cancelled,
  requests_timed_out,
  requests_closed,
  requests_of_unknown_outcome,
  requests_failed_otherwise,
  pushes,
  pushes_delivered,
  update_gaps,
  server_questions,
  calls_performed,
};

inline constexpr std::size_t fault_count = static_cast<std::size_t>(fault::exchange_fail) + 1;
inline constexpr std::size_t happening_count =
    static_cast<std::size_t>(happening::calls_performed) + 1;

/// name_of returns the enumerator's name.
std::string_view name_of(fault kind) noexcept;
std::string_view name_of(happening kind) noexcept;

/// Counts of one run, or of many.
struct tally {
  std::array<std::uint64_t, fault_count> faults{};
  std::array<std::uint64_t, happening_count> happenings{};

  void count(fault kind, std::uint64_t times = 1) noexcept {
    faults[static_cast<std::size_t>(kind)] += times;
  }
  void count(happening kind, std::uint64_t times = 1) noexcept {
    happenings[static_cast<std::size_t>(kind)] += times;
  }
  [[nodiscard]] std::uint64_t of(fault kind) const noexcept {
    return faults[static_cast<std::size_t>(kind)];
  }
  [[nodiscard]] std::uint64_t of(happening kind) const noexcept {
    return happenings[static_cast<std::size_t>(kind)];
  }
  void add(const tally& other) noexcept {
    for (std::size_t i = 0; i < fault_count; ++i) faults[i] += other.faults[i];
    for (std::size_t i = 0; i < happening_count; ++i) happenings[i] += other.happenings[i];
  }
};

}  // namespace corogram::simulation

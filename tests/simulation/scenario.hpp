#pragma once

// What one seed stands for: who takes part, and how bad the weather is.

#include "tally.hpp"

#include <corogram/rpc/options.hpp>
#include <corogram/transport/framing.hpp>
#include <corogram/transport/proxy_secret.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

namespace corogram::simulation {

/// One client program.
struct client_plan {
  transport::framing framing = transport::framing::intermediate;
  /// What the framing runs over; fake TLS comes with the proxy's secret for it.
  transport::carrier_kind carrier = transport::carrier_kind::tcp;
  bool obfuscated = false;
  /// Set: it goes by the proxy, with that kind of secret.
  std::optional<transport::proxy_secret::kind> proxy;
  /// The number of the provisioned key. Several clients may have the same. None: the client
  /// negotiates one.
  std::optional<std::size_t> key;
  /// Set: it uses temporary keys. Their permanent key it does not share: one can act for it at a
  /// time.
  std::optional<std::chrono::seconds> temporary_key_lifetime;
  rpc::unknown_key_policy on_unknown_key = rpc::unknown_key_policy::replace;
  std::chrono::nanoseconds clock_wrong_by{};
  /// The salt that it has stored is not good any more.
  bool stale_salt = false;
  /// How many requests it makes in the storm.
  std::uint32_t requests = 0;

  /// needs_right_clock tells whether it can connect by the right time only: that is how it proves
  /// to know the secret (PROXY-19).
  [[nodiscard]] bool needs_right_clock() const noexcept {
    return proxy == transport::proxy_secret::kind::fake_tls;
  }
};

/// The plan of one run. A storm first, in which the odds apply; then calm, in which everything that
/// can still succeed has to.
struct scenario {
  std::uint64_t seed = 0;
  std::vector<client_plan> clients;
  std::chrono::nanoseconds storm{};
  /// Nothing goes wrong at all: then nothing may be sent twice or refused.
  bool quiet = false;

  /// Nothing goes wrong but that connections break: then everything has to be prompt.
  bool only_breaks = false;

  /// Faults of connections: the chance that a connection has it, in percent. Others: how often it
  /// happens in the storm.
  std::array<std::uint32_t, fault_count> odds{};
  /// Of the way between client and server, in one direction.
  std::chrono::nanoseconds least_latency{};
  std::chrono::nanoseconds most_latency{};
  std::uint32_t pushes = 0;
  std::uint32_t server_questions = 0;
  /// The server refuses calls under keys whose client it does not know.
  bool wants_introductions = false;
  /// Bytes of the largest queries, answers and pushes.
  std::uint32_t large = 0;

  [[nodiscard]] bool has_temporary_keys() const noexcept {
    return std::ranges::any_of(
        clients, [](const client_plan& one) { return one.temporary_key_lifetime.has_value(); });
  }
  [[nodiscard]] std::uint32_t odds_of(fault kind) const noexcept {
    return odds[static_cast<std::size_t>(kind)];
  }
};

/// After the storm: so long may requests be held up by what it has left...
inline constexpr std::chrono::seconds recovery{300};
/// ...and so long does it take until a system gives up a connection that died in silence. Then
/// comes what is asked last, and then the acknowledgements, which wait for company.
inline constexpr std::chrono::seconds calm_time{1000};
inline constexpr std::chrono::seconds last_request_time{60};
inline constexpr std::chrono::seconds settling{45};

/// What the clients' bytes may travel in.
enum class roads {
  /// Framings over TCP, plain, obfuscated, and under a proxy's simple secret.
  tcp,
  /// HTTP, WebSocket, fake TLS and the proxy's other secrets as well.
  all,
};

/// draw_scenario makes the plan for a seed. Roads are drawn apart from all the rest, which is the
/// same for either choice.
[[nodiscard]] scenario draw_scenario(std::uint64_t seed, roads offered = roads::all);

}  // namespace corogram::simulation

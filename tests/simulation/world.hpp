#pragma once

// One run: the machines of a scenario, and what befalls them, from the first request to the closing
// of the books.

#include "client_host.hpp"
#include "ledger.hpp"
#include "network.hpp"
#include "server_host.hpp"
#include "setting.hpp"
#include "wiretap.hpp"

#include <memory>
#include <vector>

namespace corogram::simulation {

/// What came of one seed.
struct verdict {
  std::uint64_t seed = 0;
  /// Empty: every invariant held.
  std::vector<breach> breaches;
  tally counts;
  /// How much time has passed in the simulation.
  nanoseconds simulated{};
  std::uint64_t steps = 0;
  /// Of all that happened: two runs of a seed have the same.
  std::uint64_t digest = 0;
};

class world {
 public:
  world(const scenario& plan, log_sink sink);
  /// run plays the scenario to its end.
  verdict run();

 private:
  void plan_requests();
  void plan_pushes();
  void plan_faults();
  void plan_fault(fault kind);
  void befall(fault kind);
  void befall_server(fault kind);
  void befall_client(fault kind);
  void play_until(nanoseconds end);
  bool wake_machines();
  [[nodiscard]] client_host& any_client();
  [[nodiscard]] request_kind draw_kind();
  [[nodiscard]] nanoseconds draw_timeout(request_kind kind);
  [[nodiscard]] std::vector<std::uint64_t> draw_orders(request_kind kind);
  void close_books();

  scenario plan_;
  setting around_;
  network net_;
  wiretap tap_;
  ledger books_;
  server_host server_;
  std::vector<std::unique_ptr<client_host>> clients_;
  std::uint64_t steps_ = 0;
  bool ended_ = true;
};

/// run_seed draws the scenario of a seed and plays it.
verdict run_seed(std::uint64_t seed, log_sink sink = {});

}  // namespace corogram::simulation

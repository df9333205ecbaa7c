#pragma once

// All data centres as one: which of them a request goes to, what follows from an answer that sends
// it elsewhere, where the authorisation has to be brought, and when the addresses are asked for
// anew. A pure machine; the connections, one engine each, are whoever drives it (pool.hpp).
//
//   submit --> [addresses known?] --> [authorised there?] --> call --> answer --> finished
//                  | no                   | no                 |
//                  help.getConfig         export at home,      |-- PHONE_, NETWORK_,
//                  USER_MIGRATE_X:
//                                         import there         |   X is the main one, again there
//                                                              '-- FILE_, STATS_MIGRATE_X:
//                                                                  this one again at X

#include <corogram/core/bytes.hpp>
#include <corogram/core/clock.hpp>
#include <corogram/rpc/dc_addresses.hpp>
#include <corogram/rpc/options.hpp>
#include <corogram/rpc/rpc_error.hpp>

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <system_error>
#include <variant>
#include <vector>

namespace corogram::rpc {

/// Names a request of the application in a pool. Never reused.
enum class pool_operation : std::uint64_t {};

/// Names a call that the pool wants made on one of its connections. Never reused.
enum class call_number : std::uint64_t {};

/// What a pool has to know before it begins.
struct pool_options {
  pool_options() = default;

  /// Where data centres are, before any has told. At least one address of `main_dc`.
  std::vector<dc_address> addresses;
  /// The data centre of requests that name none.
  std::int32_t main_dc = 2;
  /// Somebody is signed in at `main_dc`, under the key that its connection will have.
  bool signed_in = false;
  bool ipv6 = false;
  /// Ask the first data centre which one is nearest and begin there (DC-12), unless somebody is
  /// signed in.
  bool choose_nearest = false;
};

/// Where a request goes, and how.
struct pool_request {
  pool_request() = default;

  request_options how;
  /// Nothing: the main data centre.
  std::optional<std::int32_t> dc_id;
  /// A transfer of file parts, over a connection of its own.
  bool media = false;
};

/// A connection to `target` is needed; the first order about a target.
struct open_connection {
  dc_target target;
  std::vector<endpoint> endpoints;
};
/// The connection to `target` should go to these addresses from its next attempt on.
struct use_endpoints {
  dc_target target;
  std::vector<endpoint> endpoints;
};
/// A call has to be made; answered() is expected.
struct make_call {
  call_number call{};
  dc_target target;
  core::byte_buffer body;
  request_options how;
};
/// A call is not wanted any more; answered() about it is ignored.
struct cancel_call {
  call_number call{};
  dc_target target;
};
using pool_order = std::variant<open_connection, use_endpoints, make_call, cancel_call>;

/// A request is over, as in operation_finished.
struct pool_finished {
  pool_operation operation{};
  std::error_code failure;
  core::byte_buffer body;
  rpc_error details;
};
/// Requests that name no data centre go there now: worth storing.
struct main_dc_changed {
  std::int32_t dc_id = 0;
};
/// The addresses are others than before: worth storing.
struct addresses_changed {};
/// Nobody is signed in any more (ERR-06).
struct logged_out {
  std::error_code why;
};
using pool_event = std::variant<pool_finished, main_dc_changed, addresses_changed, logged_out>;

/// How a call ended.
struct call_outcome {
  call_outcome() = default;

  std::error_code failure;
  core::byte_buffer body;
  rpc_error details;
};

/// Distributes requests over data centres. Threads: not safe.
class dc_pool {
 public:
  explicit dc_pool(pool_options settings);

  /// submit takes a serialised function. Its outcome is one pool_finished.
  /// Errors: those of engine::submit; errc::unknown_dc: help.getConfig does not list the data
  /// centre; errc::too_many_migrations.
  pool_operation submit(core::byte_buffer body, pool_request how, core::instant now);
  /// cancel finishes a request with cancelled().
  void cancel(pool_operation operation);

  /// signed_in tells that somebody has signed in at the main data centre, or out (false).
  void signed_in(bool is);

  // What the connections have done.

  void answered(call_number call, call_outcome outcome, core::instant now);
  /// updated takes what the server sent unasked: addresses are taken from it.
  void updated(core::byte_view body, core::instant now);
  /// authorization_lost tells that nobody is signed in at `target`, see the event of the engine.
  void authorization_lost(const dc_target& target, std::error_code why);

  // What is to be done.

  std::optional<pool_order> poll_order();
  std::optional<pool_event> poll_event();
  [[nodiscard]] std::optional<core::deadline> poll_deadline() const { return refresh_at_; }
  void handle_timeout(core::instant now);

  [[nodiscard]] std::int32_t main_dc() const noexcept { return main_dc_; }
  [[nodiscard]] const dc_addresses& addresses() const noexcept { return addresses_; }

 private:
  struct operation {
    core::byte_buffer body;
    request_options how;
    dc_target target;
    /// It goes wherever the main data centre is.
    bool follows_main = false;
    std::uint32_t migrations = 0;
    bool asked_for_addresses = false;
    bool was_unauthorized = false;
    /// While it is under way.
    std::optional<call_number> call;
  };
  using operations = std::map<pool_operation, operation>;

  /// What a call is for.
  struct for_operation {
    pool_operation operation{};
  };
  struct for_config {};
  struct for_nearest {};
  struct for_export {
    dc_target to;
  };
  struct for_import {
    dc_target to;
  };
  using purpose = std::variant<for_operation, for_config, for_nearest, for_export, for_import>;

  void advance(pool_operation id);
  void advance_all();
  bool open(const dc_target& target);
  call_number call(const dc_target& target, core::byte_buffer body, request_options how,
                   purpose what);
  void finish(pool_operation id, call_outcome outcome);
  void ended(pool_operation id, call_outcome outcome);
  bool migrates(operation& request, const rpc_error& error);
  void config_ended(const call_outcome& outcome, core::instant now);
  void nearest_ended(const call_outcome& outcome);
  void export_ended(const dc_target& to, call_outcome outcome);
  void import_ended(const dc_target& to, call_outcome outcome);
  void hand_over_failed(const dc_target& to, const call_outcome& outcome);
  void ask_for_config();
  void addresses_are_others();
  void move_main(std::int32_t dc_id);

  pool_options settings_;
  dc_addresses addresses_;
  std::int32_t main_dc_;
  /// Where the authorisation is exported from, when somebody is signed in.
  std::int32_t home_dc_;
  bool signed_in_;
  bool choosing_;
  bool config_under_way_ = false;
  std::optional<core::deadline> refresh_at_;

  std::set<dc_target> open_;
  std::set<dc_target> authorized_;
  /// The authorisation is on its way there.
  std::set<dc_target> importing_;
  operations operations_;
  std::map<call_number, std::pair<dc_target, purpose>> calls_;
  std::uint64_t last_operation_ = 0;
  std::uint64_t last_call_ = 0;
  std::deque<pool_order> orders_;
  std::deque<pool_event> events_;
};

}  // namespace corogram::rpc

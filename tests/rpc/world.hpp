#pragma once

// An engine, a server and the network between them, as objects on a virtual clock: no socket, no
// thread, nothing that waits.

#include <corogram/core/bytes.hpp>
#include <corogram/core/clock.hpp>
#include <corogram/core/random.hpp>
#include <corogram/mtproto/server.hpp>
#include <corogram/rpc/engine.hpp>
#include <corogram/transport/server_stream.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace corogram::rpc::test {

/// How the host at the other end treats TCP connections.
enum class host {
  serves,
  /// Nobody listens.
  refuses,
  /// The attempt to connect is never answered.
  unreachable,
  /// The connection is accepted, and that is all.
  silent,
  /// The connection is accepted and ended at once.
  hangs_up,
  /// Random bytes come back.
  rubbish,
};

enum class way { to_server, to_client };

/// reasonable_options trusts trusted_key() and has one address.
options reasonable_options();

/// options_with_key has a key, too, which the server of a world knows: made from `seed`, and far
/// cheaper than a key exchange.
options options_with_key(std::uint64_t seed);

/// numbered_call is a serialised API call that tells itself from others by `number`.
core::byte_buffer numbered_call(int number);
/// answer_to is what the server of a world answers to numbered_call(number).
core::byte_buffer answer_to(int number);

class world {
 public:
  explicit world(options settings = reasonable_options(), std::uint64_t seed = 1);

  // The far side.

  host behaviour = host::serves;
  /// Called for each API call, unwrapped. By default the answer is answer_to(number).
  std::function<void(const mtproto::request_event&, int number)> on_call;
  /// Called for each auth.bindTempAuthKey. It returns what to answer instead of true, or nothing.
  std::function<std::string()> on_bind;
  /// May change the bytes that travel, or take them away.
  std::function<void(way, core::byte_buffer&)> tamper;
  /// After so many more bytes in both directions together the TCP connection breaks.
  std::optional<std::size_t> bytes_to_live;

  // What was seen of it.

  /// How often each call was run.
  std::map<int, int> runs;
  /// Of those, how many came inside invokeWithLayer(initConnection(..)).
  std::map<int, int> introductions;
  /// The messages that each call had to follow when it was last run (invokeAfterMsg, and its
  /// plural).
  std::map<int, std::vector<std::int64_t>> follows;
  /// How many calls came inside invokeWithoutUpdates.
  std::size_t without_updates = 0;
  std::size_t links_opened = 0;
  /// How many temporary keys were bound.
  std::size_t bindings = 0;
  std::size_t dropped_answers = 0;
  /// The endpoints that were tried, in order.
  std::vector<std::size_t> tried;

  // What the engine has reported.

  std::map<operation_id, operation_finished> finished;
  std::vector<core::byte_buffer> updates;
  std::size_t gaps = 0;
  std::size_t key_changes = 0;
  /// Why nobody is signed in any more, each time that was told.
  std::vector<std::error_code> losses;
  std::vector<stage> stages;

  // Doing things.

  operation_id call(int number, const request_options& how = request_options());
  operation_id wait_ready();
  void cancel(operation_id operation) { client.cancel(operation, clock.now()); }

  /// settle lets everything happen that needs no time.
  void settle();
  /// run lets time pass until `until` is true, from one deadline to the next. False: `limit` was
  /// reached first.
  bool run(const std::function<bool()>& until, std::chrono::nanoseconds limit);
  /// run_to_end waits until the operation is finished and returns why; a test that takes an hour of
  /// virtual time has failed.
  std::error_code run_to_end(operation_id operation);
  bool is_finished(operation_id operation) const { return finished.contains(operation); }
  /// pass lets that much time pass.
  void pass(std::chrono::nanoseconds time);

  /// cut breaks the TCP connection, if there is one.
  void cut();
  /// session is the only one that the server has.
  mtproto::session_key session() const;
  bool has_link() const { return link_.has_value(); }
  /// key_id names the key that the server was given, or agreed on, last.
  std::int64_t key_id() const { return key_id_.value_or(0); }
  std::size_t count(stage_kind kind) const;

  core::manual_clock clock;
  core::test_random client_random;
  core::test_random server_random;
  mtproto::server server;
  engine client;

 private:
  struct link {
    link_number number;
    mtproto::connection_id connection;
    transport::server_stream stream;
    bool answers;
  };

  bool obey_orders();
  bool carry_to_server();
  bool carry_to_client();
  bool take_events();
  void take_call(const mtproto::request_event& request);
  bool take_binding(const mtproto::request_event& request);
  void deliver(way direction, core::byte_buffer bytes);

  std::optional<link> link_;
  mtproto::connection_id last_connection_ = 0;
  std::optional<std::int64_t> key_id_;
};

}  // namespace corogram::rpc::test

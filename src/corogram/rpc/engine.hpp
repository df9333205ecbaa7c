#pragma once

// The client without its sockets: which address to try and when, the key exchange, the session, the
// requests and what becomes of each. A pure machine over the machines of the layers below; the
// shell (connection.hpp) moves bytes and waits for it.
//
//   idle --submit, wait_ready--> connecting --connected--> exchanging --key--> open
//                                 ^    |                       |                |
//                                 |    '----------- failure ---+----------------'
//                                 |                    |    '-- final: stopped, with the failure
//                                 '-- back-off -- pausing
//
// With a key at hand, `connected` leads to `open` at once. The session and the requests survive
// from one TCP connection (here: a link) to the next; a link is alive once the session has
// understood something from the server and its key may be used:
//
//   forward secrecy off:  permanent key ----------------------------> session
//   on:                   permanent key --> temporary key --> bind --> session
//                               ^                ^                        |
//                               |                |-- nearly expired: the next one is made beside
//                               |                '-- gone (-404), refused, expired
//                               '-- the server refuses the binding of a key that is not new

#include <corogram/core/bytes.hpp>
#include <corogram/core/clock.hpp>
#include <corogram/core/random.hpp>
#include <corogram/mtproto/key_exchange_client.hpp>
#include <corogram/mtproto/session_client.hpp>
#include <corogram/rpc/backoff.hpp>
#include <corogram/rpc/options.hpp>
#include <corogram/rpc/rpc_error.hpp>
#include <corogram/rpc/stage.hpp>
#include <corogram/transport/client_stream.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

namespace corogram::rpc {

/// Names a request, or somebody who waits for the session, until it is finished. Never reused.
enum class operation_id : std::uint64_t {};

/// Numbers the TCP connections of one engine. What is told about an earlier one is ignored.
using link_number = std::uint64_t;

/// The shell has to open a TCP connection, and to call connected() or disconnected().
struct open_link {
  link_number link = 0;
  /// An index into options::endpoints.
  std::size_t endpoint = 0;
};

/// The shell has to close a TCP connection, or to give up opening it. Nothing is expected of it.
struct close_link {
  link_number link = 0;
};

using network_order = std::variant<open_link, close_link>;

/// An operation is over; its id means nothing any more.
struct operation_finished {
  operation_id operation{};
  /// Empty: success.
  std::error_code failure;
  /// The serialised, boxed answer to a request.
  core::byte_buffer body;
  /// What the API answered instead, if `failure` is of the category "corogram.api".
  rpc_error details;
};

/// The server sent something unasked, mostly Updates: a serialised, boxed object.
struct update_received {
  core::byte_buffer body;
};

/// Updates may be missing: the server made the session anew (SM-29).
struct updates_missed {};

/// stored() returns something else than before, worth keeping for the next run.
struct key_changed {};

/// Nobody is signed in under the key any more, or under the key that has replaced it (ERR-06).
struct authorization_lost {
  /// What the server answered, of the category "corogram.api".
  std::error_code why;
};

using engine_event = std::variant<operation_finished, update_received, updates_missed, key_changed,
                                  authorization_lost, stage>;

/// What an engine holds. For whoever watches the memory.
struct engine_load {
  std::size_t operations = 0;
  /// What the session holds, if there is one.
  mtproto::client_load session;
};

/// Drives one session with one data centre.
/// Lifetime: `random` must outlive the engine. Threads: not safe.
class engine {
 public:
  engine(options settings, core::random_source& random);
  ~engine();
  engine(engine&&) = delete;
  engine& operator=(engine&&) = delete;

  // What the application wants. The outcome of each operation is one operation_finished, never
  // before the call has returned its id.

  /// submit queues the serialised function `body` and begins to connect if nobody has yet.
  /// Errors: errc::too_many_requests; errc::request_timed_out if the session was up, else the
  /// failure of the last attempt (or errc::connect_timed_out, errc::handshake_timed_out) when the
  /// time is over; the failure that has stopped the engine; what the session says of a call that it
  /// gives up (mtproto::errc); RPC errors (category "corogram.api").
  operation_id submit(core::byte_buffer body, const request_options& how, core::instant now);

  /// wait_ready begins to connect if nobody has yet, and finishes when a link is alive.
  /// Errors: as submit().
  operation_id wait_ready(std::optional<std::chrono::nanoseconds> timeout, core::instant now);

  /// cancel finishes an operation with cancelled() and forgets it; the server is told to drop its
  /// answer (SM-05). Operations that are over already are ignored.
  void cancel(operation_id operation, core::instant now);

  /// introduce replaces what initConnection tells the server, from the next request on (INV-02).
  void introduce(client_info client);

  /// use_endpoints replaces the addresses, from the next attempt to connect on. Pre: not empty.
  void use_endpoints(std::vector<endpoint> endpoints);

  /// misread tells that something which the server sent is not of our layer: it is told the layer
  /// again, over another connection, and updates count as missed (INV-05).
  void misread(core::instant now);

  /// close finishes everything with errc::closed, for good.
  void close(core::instant now);

  // What the network did.

  void connected(link_number link, core::instant now);
  /// disconnected ends a link, or the attempt to open one, for the reason `why`.
  void disconnected(link_number link, std::error_code why, core::instant now);
  void received(link_number link, core::byte_view bytes, core::instant now);
  /// lend hands out the buffer for what is read next from `link`, see client_stream::lend. A link
  /// that is over has one, too.
  [[nodiscard]] transport::receive_buffer lend(link_number link);
  /// The same of bytes that were read into what lend() returned.
  void received(link_number link, transport::receive_buffer lent, core::instant now);

  // What is to be done. To be polled after every call above, and after handle_timeout.

  std::optional<network_order> poll_order();
  std::optional<engine_event> poll_event();
  /// poll_transmit appends what is to be written to `link` now to `out`, not much more than
  /// `enough` bytes of it. To be called when the last write is done; it may cause events.
  void poll_transmit(link_number link, core::send_queue& out, core::instant now,
                     std::size_t enough = std::size_t{64} << 10);
  [[nodiscard]] std::optional<core::deadline> poll_deadline() const;
  void handle_timeout(core::instant now);

  // What is known.

  /// stopped returns why the engine has ended for good, or nothing while it goes on.
  [[nodiscard]] std::error_code stopped() const noexcept { return stopped_; }
  /// stored makes a copy of the permanent key for the next run, if there is one.
  [[nodiscard]] std::optional<stored_key> stored() const;
  [[nodiscard]] engine_load load() const;

 private:
  enum class phase { idle, pausing, connecting, exchanging, open, stopped };

  struct operation;
  /// In the order of submission.
  using operations = std::map<operation_id, operation>;

  // Keys: engine_keys.cpp.
  void go_on_with_link(core::instant now);
  void begin_exchange(core::instant now);
  void drain_exchange(core::instant now);
  void take_key(mtproto::key_exchange_result agreed, core::instant now);
  void open_session(core::instant now);
  void abandon_session();
  void bind(core::instant now);
  [[nodiscard]] core::byte_buffer binding_call(const mtproto::message_identity& carrier);
  bool binding_ended(const mtproto::client_event& event, core::instant now);
  void bound(core::instant now);
  void binding_refused(const rpc_error& error, core::instant now);
  void lose_key(std::error_code why, core::instant now);
  void key_is_unknown(std::uint32_t in_a_row, core::instant now);
  void key_is_confirmed(core::instant now);
  void plan_renewal();
  void renewal_failed(core::instant now);
  void renewal_timed_out(core::instant now);
  void change_over_if_idle(core::instant now);
  void change_over(core::instant now);
  [[nodiscard]] bool is_expired(core::instant now) const;
  [[nodiscard]] bool is_usable() const noexcept { return !expiry_ || is_bound_; }

  // Links: engine_link.cpp.
  void begin_attempt(core::instant now);
  void link_is_alive(core::instant now);
  void fail_link(std::error_code why, core::instant now, bool final);
  [[nodiscard]] bool is_beyond_doubt(std::error_code why) noexcept;
  void drop_link(core::instant now);
  void stop(std::error_code why);
  void phase_timed_out(core::instant now);
  void take_incoming(core::instant now);
  void handle(const transport::incoming& what, core::instant now);
  void drain_session(core::instant now);
  void handle(mtproto::client_event event, core::instant now);
  void report(stage_kind kind, core::instant now, std::string what = {},
              std::error_code failure = {});
  [[nodiscard]] bool has_link() const noexcept;

  // Operations: engine.cpp.
  operation_id begin_operation(operation fresh, core::instant now);
  void hand_over(operation_id id, operation& request);
  void hand_over_all();
  [[nodiscard]] mtproto::query_body call_body(const operation& request) const;
  void finish(operations::iterator at, std::error_code failure, core::byte_buffer body = {},
              rpc_error details = {});
  void give_up(operations::iterator at, std::error_code failure);
  operations::iterator take(mtproto::request_id request);
  void answered(mtproto::answer answer, core::instant now);
  void timer_expired(operation_id id, core::instant now);
  [[nodiscard]] std::error_code time_out_reason() const noexcept;

  // RPC errors: engine_refusals.cpp.
  void refused(const mtproto::rpc_error& refusal, core::instant now);
  bool repeats(operations::iterator at, const rpc_error& error, core::instant now);
  bool resume_later(operations::iterator at, std::chrono::nanoseconds pause, core::instant now);

  // Requests in order: engine_order.cpp.
  [[nodiscard]] std::vector<operation_id> predecessors_of(operation_id id,
                                                          const operation& request) const;
  [[nodiscard]] bool waits_for_predecessors(operation_id id, const operation& request) const;
  [[nodiscard]] mtproto::query_body ordered_call(operation_id id,
                                                 const mtproto::message_identity& carrier);
  bool await_predecessors(operations::iterator at);
  void hold_back_followers(operations::iterator at);
  void hand_over_ordered();

  options options_;
  core::random_source& random_;
  phase phase_ = phase::idle;
  std::error_code stopped_;

  link_number link_ = 0;
  /// When the phase will have lasted long enough. None in idle, in stopped, and in open once alive.
  std::optional<core::deadline> phase_deadline_;
  backoff backoff_;
  std::size_t next_endpoint_ = 0;
  /// That of the link.
  std::optional<endpoint> endpoint_;
  std::error_code last_failure_;
  /// The attempts in a row that have ended with last_refusal_.
  std::uint32_t refusals_in_a_row_ = 0;
  std::error_code last_refusal_;
  bool alive_ = false;
  std::optional<transport::client_stream> stream_;
  std::unique_ptr<mtproto::key_exchange_client> exchange_;
  crypto::dh_prime_cache primes_;
  /// Wire bytes of the key exchange.
  core::byte_buffer exchange_output_;

  /// Outlives links.
  std::optional<mtproto::client_session> session_;

  // With temporary keys: always, or since the permanent key is in doubt.
  bool uses_temporary_keys_ = false;
  /// The permanent key, unless it is that of the session.
  std::optional<stored_key> permanent_;
  /// Nothing: in an earlier run, or long ago.
  std::optional<core::deadline> permanent_made_at_;
  /// Of the session's key. Nothing: it is permanent.
  std::optional<mtproto::key_expiry> expiry_;
  /// The session's temporary key acts for the permanent one.
  bool is_bound_ = false;
  /// auth.bindTempAuthKey, while it is in the session.
  std::optional<mtproto::request_id> binding_;
  std::optional<core::deadline> bind_again_at_;
  backoff binding_pauses_;
  /// When the next temporary key has to be made.
  std::optional<core::deadline> renew_at_;
  /// The session under the next temporary key, from when there is such a key until it is used.
  std::optional<mtproto::client_session> next_session_;
  std::optional<mtproto::key_expiry> next_expiry_;
  /// The session under a permanent key that the server has denied, while the server is asked by a
  /// binding; the operations' requests are still in it.
  std::optional<mtproto::client_session> doubted_session_;
  /// The server has confirmed a key that it had denied, and nothing has come under it since.
  bool is_confirmed_ = false;
  /// From then on the session gets no further requests; and then it ends, idle or not.
  core::deadline rest_at_{};
  core::deadline change_at_{};
  bool rests_ = false;

  /// The server knows what initConnection says: an answer to a wrapped request has come.
  bool introduced_ = false;

  operations operations_;
  std::unordered_map<mtproto::request_id, operation_id> by_request_;
  /// The unfinished requests of each order, in that order.
  std::map<std::uint64_t, std::set<operation_id>> orders_of_requests_;
  /// One of them has gone, or gone out: others may follow.
  bool order_changed_ = false;
  /// Deadlines and ends of pauses, all of them.
  std::set<std::pair<core::deadline, operation_id>> timers_;
  std::uint64_t last_operation_ = 0;

  std::deque<network_order> orders_;
  std::deque<engine_event> events_;
};

}  // namespace corogram::rpc

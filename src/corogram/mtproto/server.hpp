#pragma once

// A server's side of MTProto for many connections, keys and sessions at once, as one pure machine:
// plaintext packets go to the key exchange of their connection, encrypted ones by auth_key_id and
// session_id to a session. API calls come out as events and their answers come in by respond();
// everything else that the protocol wants (salts, acknowledgements, refusals, resending, service
// calls, pings, timers) happens in here.
//
//   connection --- packet, auth_key_id 0 ----> key exchange of the connection --> key_created
//              --- packet, encrypted --------> key -> session -> request event
//              <-- packet / quick ack / transport error / close <-- respond, push

#include <corogram/core/bytes.hpp>
#include <corogram/core/clock.hpp>
#include <corogram/core/error.hpp>
#include <corogram/core/random.hpp>
#include <corogram/mtproto/auth_key_store.hpp>
#include <corogram/mtproto/key_exchange_server.hpp>
#include <corogram/mtproto/message.hpp>
#include <corogram/mtproto/policy.hpp>

#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace corogram::mtproto {

/// Names a connection; the shell chooses, and does not reuse one within a server's life.
using connection_id = std::uint64_t;

/// Names a session: the client's number means something under its key only (GEN-03).
struct session_key {
  std::int64_t auth_key_id = 0;
  std::int64_t session_id = 0;
  friend auto operator<=>(const session_key&, const session_key&) = default;
};

/// What the server knows about a key. Never the key itself.
struct key_state {
  std::int64_t auth_key_id = 0;
  /// Temporary keys have an end; permanent ones have not. Units: seconds of unix time.
  std::optional<std::int32_t> expires_at;
  /// The other key of the pair: for a temporary key the permanent one that it acts for (PFS-12),
  /// for a permanent key the temporary one bound to it now.
  std::optional<std::int64_t> bound_to;

  [[nodiscard]] bool temporary() const noexcept { return expires_at.has_value(); }
  /// identity is the key that authorisations, layers and updates belong to: the permanent one.
  [[nodiscard]] std::int64_t identity() const noexcept {
    return temporary() ? bound_to.value_or(auth_key_id) : auth_key_id;
  }
  /// usable says whether any API method may be called (PFS-05); a temporary key without binding is
  /// good for auth.bindTempAuthKey, help.getConfig and help.getNearestDc alone, which whoever
  /// dispatches the calls enforces with 401 AUTH_KEY_PERM_EMPTY.
  [[nodiscard]] bool usable() const noexcept { return !temporary() || bound_to.has_value(); }
};

/// Limits and times of a server; the standard values suit tests and real clients alike.
struct server_limits {
  /// Messages of a session that wait for transmission or acknowledgement; beyond it the session is
  /// dropped, as SM-31 permits.
  std::size_t queued_messages = 8192;
  std::size_t queued_bytes = std::size_t{32} << 20;
  /// Calls of one session that are being processed at once; beyond it: transport error -429.
  std::size_t running_calls = 4096;
  std::size_t sessions_per_key = 1024;
  std::size_t keys = 1 << 16;
  std::size_t connections = 1 << 16;
  std::size_t events = 1 << 16;
  /// What one packed call may inflate to (SM-46).
  std::size_t inflated = std::size_t{16} << 20;

  /// A content-related message without an answer is acknowledged after this time (SMM-04).
  std::chrono::nanoseconds ack_delay = std::chrono::milliseconds(250);
  /// Answers up to this size are sent again for a duplicate call; larger ones are announced by
  /// msg_detailed_info (SMM-36).
  std::size_t detailed_info_above = 1024;
  /// Answers longer than this are packed if that makes them shorter (SM-44); zero: never.
  std::size_t compress_above = 1024;
  /// No HTTP client has its response held back longer than this (SM-49).
  std::chrono::nanoseconds http_wait = std::chrono::minutes(5);
  /// A session without connection is forgotten after this time.
  std::chrono::nanoseconds idle_session = std::chrono::hours(24);
};

/// An API call. Its body is the serialised function, unpacked, wrappers and all.
struct request_event {
  connection_id connection = 0;
  session_key session;
  std::int64_t msg_id = 0;
  core::byte_buffer body;
};

/// A key exchange came to its end.
struct key_created {
  connection_id connection = 0;
  key_state key;
};

/// A key is gone: destroyed by its owner, expired, or replaced by another binding.
struct key_removed {
  std::int64_t auth_key_id = 0;
};

/// The first message of a session arrived (SM-25).
struct session_created {
  connection_id connection = 0;
  session_key session;
  std::int64_t unique_id = 0;
};

/// A session is gone: destroyed by its owner, dropped, forgotten, or its key is gone.
struct session_removed {
  session_key session;
};

/// A call was given up by its caller while running (SM-07); respond() to it still has to come.
struct request_dropped {
  session_key session;
  std::int64_t msg_id = 0;
};

/// The client acknowledged an answer or a push.
struct message_acknowledged {
  session_key session;
  std::int64_t msg_id = 0;
};

/// A stage of a key exchange was passed. Only if key_exchange_server_config::report_stages.
struct exchange_progress {
  connection_id connection = 0;
  key_exchange_stage stage;
};

/// A peer broke a rule that is strict or recorded.
struct violation_event {
  connection_id connection = 0;
  std::optional<session_key> session;
  violation what;
};

/// A packet was refused or a connection given up, and why: for logs. Never holds secrets.
struct connection_fault {
  connection_id connection = 0;
  core::error reason;
};

/// What a server reports.
using server_event = std::variant<request_event, key_created, key_removed, session_created,
                                  session_removed, request_dropped, message_acknowledged,
                                  exchange_progress, violation_event, connection_fault>;

/// What a server keeps for one session: all of it ends at zero once the client has acknowledged
/// everything. For whoever watches the memory.
struct session_load {
  /// Messages that wait for transmission or acknowledgement, and the bytes of their bodies.
  std::size_t messages = 0;
  std::size_t bytes = 0;
  /// Calls that run, or whose answers are not acknowledged.
  std::size_t calls = 0;
};

/// What the shell does on a connection, in the order in which poll_transmit returns it.
struct send_packet {
  core::packet_buffer packet;
};
struct send_quick_ack {
  std::uint32_t token = 0;
};
struct send_transport_error {
  /// As on the wire: negative.
  std::int32_t code = 0;
};
/// The connection is to be closed after what was returned before it is written.
struct hang_up {};

struct server_output {
  connection_id connection = 0;
  std::variant<send_packet, send_quick_ack, send_transport_error, hang_up> action;
};

/// How to run a server. The strictness of all rules, those of sessions too, is exchange.strictness.
struct server_config {
  server_config() = default;

  key_exchange_server_config exchange;
  server_limits limits;
};

/// One server. Not copied; moves.
/// Pre: the random source outlives it.
class server {
 public:
  server(server_config config, core::random_source& random);
  server(server&&) noexcept;
  server& operator=(server&&) noexcept;
  ~server();

  // Connections.

  void connection_opened(connection_id connection, core::instant now);
  /// connection_closed may be called for a connection that is not known any more.
  void connection_closed(connection_id connection, core::instant now);
  /// handle_packet takes one whole packet, plain or encrypted, and decrypts it in its place.
  /// `quick_ack`: the transport was asked for a token. Packets for connections that are unknown or
  /// hung up are ignored.
  void handle_packet(connection_id connection, core::byte_span packet, bool quick_ack,
                     core::instant now);
  /// The same of a packet that nobody else looks at.
  void handle_packet(connection_id connection, core::byte_buffer&& packet, bool quick_ack,
                     core::instant now) {
    handle_packet(connection, core::byte_span(packet), quick_ack, now);
  }

  /// connection_is_http says that a connection has only answers: each packet that goes out answers
  /// one that came, and waits for it (WS-18). To be called before its first packet.
  void connection_is_http(connection_id connection);

  // What to do.

  bool poll_transmit(server_output& out, core::instant now);
  std::optional<server_event> poll_event();
  [[nodiscard]] std::optional<core::deadline> poll_deadline() const;
  void handle_timeout(core::instant now);

  // Calls and pushes.

  /// respond answers a call with a serialised, boxed object. False: there is no such call running.
  bool respond(const session_key& session, std::int64_t msg_id, core::byte_buffer body,
               core::instant now);
  /// respond_error answers a call with rpc_error (SM-04).
  bool respond_error(const session_key& session, std::int64_t msg_id, std::int32_t code,
                     std::string_view text, core::instant now);
  /// push sends an object that answers nothing, such as Updates. False: no such session.
  bool push(const session_key& session, core::byte_buffer body, core::instant now);

  // Questions to a client, for tests and for conformance checks; real servers seldom ask.

  /// request_state sends msgs_state_req about everything unacknowledged (SMM-28).
  bool request_state(const session_key& session, core::instant now);
  /// announce sends msg_new_detailed_info for everything unacknowledged that no call caused
  /// (SMM-37).
  bool announce(const session_key& session, core::instant now);
  /// ping asks the client for a pong (SM-18).
  bool ping(const session_key& session, std::int64_t ping_id, core::instant now);

  // Keys and sessions.

  /// add_key provisions a key that was agreed on elsewhere. False: its id is taken (DESC-04).
  bool add_key(stored_key key, core::instant now);
  /// remove_key forgets a key and its sessions, and with a permanent key the one bound to it.
  bool remove_key(std::int64_t auth_key_id, core::instant now);
  [[nodiscard]] std::optional<key_state> find_key(std::int64_t auth_key_id) const;
  /// key gives the secret itself, to whoever has to open what is encrypted under it (PFS-10).
  /// Lifetime: until the key is removed.
  [[nodiscard]] const auth_key* key(std::int64_t auth_key_id) const;
  /// bind_temporary_key makes a temporary key act for a permanent one; a temporary key bound to it
  /// before is free again (PFS-12, PFS-14). Whether the call may do so is checked by its handler,
  /// with open_binding of pfs.hpp. False: one of the keys is unknown or of the wrong kind.
  bool bind_temporary_key(std::int64_t temporary_id, std::int64_t permanent_id);

  [[nodiscard]] std::vector<session_key> sessions_of(std::int64_t auth_key_id) const;
  [[nodiscard]] bool connected(const session_key& session) const;
  /// load returns what is kept for a session. nullopt: no such session.
  [[nodiscard]] std::optional<session_load> load(const session_key& session) const;
  /// remove_session forgets a session without a word to the client (SM-31).
  bool remove_session(const session_key& session, core::instant now);

  /// hang_up_connection closes a connection from our side.
  void hang_up_connection(connection_id connection, core::instant now);
  /// fail_connection sends a transport error and closes the connection.
  void fail_connection(connection_id connection, std::int32_t code, core::instant now);
  /// force_exchange_answers has the next key exchanges end so, see
  /// key_exchange_server::force_answers.
  void force_exchange_answers(const std::vector<dh_answer>& answers);
  /// current_salt is the salt that a message under this key should carry now.
  [[nodiscard]] std::optional<std::int64_t> current_salt(std::int64_t auth_key_id,
                                                         core::instant now);

  struct state;

 private:
  std::unique_ptr<state> state_;
};

}  // namespace corogram::mtproto

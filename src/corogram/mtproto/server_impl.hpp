#pragma once

// The inside of server, for the files that implement it:
//   server.cpp            the public functions, connections, timers
//   server_keys.cpp       keys, key exchange, salts
//   server_sessions.cpp   sessions: made, bound to connections, forgotten
//   server_receive.cpp    from packets to messages that passed every check
//   server_service.cpp    one function for each service message
//   server_calls.cpp      API calls: received, repeated, answered, dropped
//   server_send.cpp       from what is queued to packets
//   server_http.cpp       when a packet may go out over HTTP

#include <corogram/core/result.hpp>
#include <corogram/mtproto/bad_msg.hpp>
#include <corogram/mtproto/envelope.hpp>
#include <corogram/mtproto/errc.hpp>
#include <corogram/mtproto/http_wait.hpp>
#include <corogram/mtproto/salts.hpp>
#include <corogram/mtproto/server.hpp>
#include <corogram/mtproto/server_clock.hpp>
#include <corogram/mtproto/server_session.hpp>

#include <deque>
#include <map>
#include <memory>
#include <set>
#include <unordered_map>
#include <utility>

namespace corogram::mtproto {

//= TR-28
inline constexpr std::int32_t error_not_found = -404;
//= TR-29
inline constexpr std::int32_t error_flood = -429;
/// Units: bytes. A packet is closed when it holds so much.
inline constexpr std::size_t server_content_limit = std::size_t{64} << 10;
/// The most messages that a container may hold when the rule about that is relaxed.
inline constexpr std::size_t lax_container_limit = std::size_t{1} << 16;
/// How many queries of one HTTP connection wait for their responses.
inline constexpr std::size_t http_queries_limit = 256;
/// How many state queries of one session are remembered.
inline constexpr std::size_t server_queries_limit = 64;

struct server::state {
  struct connection {
    connection_id id = 0;
    std::optional<session_key> session;
    /// It is in the middle of a key exchange.
    bool exchanging = false;
    /// Nothing that comes is looked at any more.
    bool closing = false;
    /// By ping_delay_disconnect.
    std::optional<core::deadline> disconnect_at;
    /// Set: it is one over HTTP.
    std::optional<http_queries> http;
  };

  struct key_record {
    explicit key_record(salt_schedule salts_) : salts(std::move(salts_)) {}
    salt_schedule salts;
    std::map<std::int64_t, std::unique_ptr<server_session>> sessions;
  };

  /// A packet that is still to be sealed. The key lives as long as it does.
  struct packed_packet {
    connection_id target = 0;
    const auth_key* key = nullptr;
    core::packet_buffer bytes;
    /// The key ends when it is out.
    bool ends_key = false;
  };

  /// Where a message came from.
  struct origin {
    connection& link;
    server_session& session;
    core::instant now;
  };

  state(server_config config_, core::random_source& random_);

  // Connections and timers: server.cpp.

  /// The time as the server tells it: if its clock is set back, it goes on from where it was. Ids
  /// of messages cannot go back, and clients have no other way to learn the time.
  core::instant steadied(core::instant now);
  void close(connection& link);
  void refuse(connection& link, std::int32_t code, core::error why);
  void detach(connection& link, core::instant now);
  void fault(const connection& link, core::error why);
  /// `event` is one of the alternatives of server_event.
  template <class Event>
  void report(Event&& event) {
    events.emplace_back(std::forward<Event>(event));
  }
  /// Whether the sender may go on although he broke `which`.
  bool admits(const origin& from, rule which, std::string_view what);

  // Keys: server_keys.cpp.

  void handle_plain(connection& link, core::byte_view packet, core::instant now);
  key_record& record_of(const stored_key& key, core::instant now);
  void expire_keys(core::instant now);
  bool remove_key(std::int64_t auth_key_id);
  static key_state describe(const stored_key& key);
  void forget_sessions_of_key(std::int64_t auth_key_id);
  std::int64_t current_salt(std::int64_t auth_key_id, core::instant now);

  // Sessions: server_sessions.cpp.

  server_session* find_session(const session_key& name);
  /// Null: the key has as many as it may have.
  server_session* find_or_make_session(const stored_key& key, std::int64_t session_id,
                                       core::instant now);
  void bind(connection& link, server_session& session, core::instant now);
  void prefer(const connection& link, server_session& session);
  void end_idleness(server_session& session);
  bool remove_session(session_key name);
  void announce_session(const origin& from, std::int64_t lowest_msg_id);
  void schedule(const server_session& session) { ready.insert(session.name); }
  /// False: the session had too much queued, and is gone.
  bool keep_within_limits(server_session& session);

  // Receiving: server_receive.cpp.

  void handle_encrypted(connection& link, core::byte_span packet, bool quick_ack,
                        core::instant now);
  bool handle_message(const origin& from, const opened_packet& packet);
  bool handle_container(const origin& from, const opened_packet& packet);
  /// Judges the envelope's message; a refusal is sent from in here.
  bool check_outer(const origin& from, const session_header& header, const message_view& message,
                   bool is_container);
  /// Judges ids and sequence numbers of messages that are taken or refused together.
  std::optional<bad_msg> check_together(const origin& from,
                                        const std::vector<message_view>& messages);
  /// Takes messages that are in order, new ones and repeated ones.
  void take(const origin& from, const std::vector<message_view>& messages);
  void refuse_message(const origin& from, const message_view& message, bad_msg code);

  // Service messages: server_service.cpp.

  /// `inside`: within another message, where no wrappings are taken apart any more.
  void dispatch(const origin& from, const message_view& message, bool inside = false);
  void on_packed(const origin& from, const message_view& message);
  core::result<void> on_copy(const origin& from, const message_view& message);
  core::result<void> on_acks(const origin& from, core::byte_view body);
  core::result<void> on_ping(const origin& from, const message_view& message);
  core::result<void> on_ping_delay_disconnect(const origin& from, const message_view& message);
  core::result<void> on_get_future_salts(const origin& from, const message_view& message);
  core::result<void> on_state_request(const origin& from, const message_view& message);
  core::result<void> on_state_info(const origin& from, core::byte_view body);
  core::result<void> on_all_info(const origin& from, core::byte_view body);
  core::result<void> on_resend_request(const origin& from, const message_view& message);
  core::result<void> on_destroy_session(const origin& from, const message_view& message);
  void on_destroy_key(const origin& from);
  core::result<void> on_http_wait(const origin& from, core::byte_view body);
  void send_pong(const origin& from, std::int64_t msg_id, std::int64_t ping_id);
  void send_states(const origin& from, std::int64_t req_msg_id,
                   const std::vector<std::int64_t>& msg_ids);
  void apply_state(server_session& session, std::int64_t msg_id, core::byte state_byte);
  void acknowledged(server_session& session, std::int64_t msg_id);
  bool list_is_short_enough(const origin& from, std::size_t size);
  /// Queues an answer that is not acknowledged, for the connection of the question.
  void reply(const origin& from, core::byte_buffer body);

  // Calls: server_calls.cpp.

  void on_call(const origin& from, const message_view& message, core::byte_buffer body);
  void on_repeated(const origin& from, const message_view& message);
  core::result<void> on_drop_answer(const origin& from, const message_view& message);
  core::byte_buffer drop_answer(const origin& from, std::int64_t req_msg_id);
  server_call& begin_call(server_session& session, std::int64_t msg_id);
  /// Queues the answer to a call.
  void answer_call(server_session& session, std::int64_t msg_id, stored_body body);
  void end_call(server_session& session, std::int64_t msg_id);
  bool respond(const session_key& name, std::int64_t msg_id, core::byte_buffer body);

  // Sending: server_send.cpp.

  bool transmit(server_output& out, core::instant now);
  /// Packs and seals a packet of each of several sessions that have something to say.
  void seal_what_waits(core::instant now);
  std::optional<packed_packet> pack_next(core::instant now);
  std::optional<packed_packet> pack_session(server_session& session, core::instant now);
  void set_ack_timer(server_session& session);

  // HTTP: server_http.cpp.

  /// A query has come. False: there are too many of them.
  bool note_query(connection& link, core::instant now);
  /// The connection has got a packet.
  void note_response(connection_id id);
  /// Where what waits goes now; nothing: it waits on.
  std::optional<connection_id> choose_connection(server_session& session, core::instant now);
  bool may_speak(server_session& session, connection_id id,
                 const std::optional<waiting_since>& messages, core::instant now);

  server_config config;
  core::random_source& random;
  server_clock clock{std::chrono::nanoseconds{0}, true};
  policy rules;
  auth_key_store keys;
  key_exchange_server exchange;
  std::unordered_map<std::int64_t, key_record> records;
  /// Nodes stay where they are: an origin refers to one.
  std::unordered_map<connection_id, connection> connections;

  std::deque<server_output> outputs;
  /// Go before `outputs`, which have come later.
  std::deque<server_output> sealed;
  /// Sessions that may have something to send.
  std::set<session_key> ready;

  std::set<std::pair<core::deadline, session_key>> ack_timers;
  std::set<std::pair<core::deadline, session_key>> http_timers;
  std::set<std::pair<core::deadline, session_key>> idle_timers;
  std::set<std::pair<core::deadline, connection_id>> disconnect_timers;

  std::deque<server_event> events;
};

}  // namespace corogram::mtproto

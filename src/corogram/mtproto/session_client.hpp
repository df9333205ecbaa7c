#pragma once

// A client's side of one session under one authorization key: API calls in, their answers out, and
// between the two whatever keeps the session in order (ids, salts, acknowledgements, repair of
// refused messages, state queries, resending, pings). Bytes and time in, bytes and events out.
//
//   submit ---------> [ waiting ] --poll_transmit--> [ sent ] --rpc_result--> answer / rpc_error
//                          ^                            |
//                          +--- refused, lost, or ------+
//                               connection gone
//
// The shell feeds connection_opened, handle_packet, handle_transport_error, handle_quick_ack,
// handle_timeout and connection_closed, and after each drains poll_transmit and poll_event and
// arms a timer for poll_deadline. A session outlives its connections: what is unanswered goes out
// again on the next one, in a form by which the server runs each call once.

#include <corogram/core/bytes.hpp>
#include <corogram/core/clock.hpp>
#include <corogram/core/error.hpp>
#include <corogram/core/random.hpp>
#include <corogram/mtproto/auth_key.hpp>
#include <corogram/mtproto/message.hpp>
#include <corogram/mtproto/salts.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace corogram::mtproto {

/// Names a call from submit to its answer. Never reused within one client_session; 0 is none.
enum class request_id : std::uint64_t {};

/// How long a server over HTTP may keep us waiting when it has nothing to say (SM-49).
inline constexpr std::chrono::milliseconds http_max_wait{25'000};

/// What the caller may ask for one call. The constructor keeps it from being an aggregate, so that
/// it may stand in a coroutine's expressions.
struct request_options {
  request_options() noexcept {}

  /// Ask the transport for a quick ack of the packet that carries the call (TR-20..25).
  bool quick_ack = false;
  /// Pack the call by gzip if that is shorter (INV-16). Not for media.
  bool compress = true;
};

/// Where a call goes: needed by calls that contain their own message id (PFS-09).
struct message_identity {
  std::int64_t session_id = 0;
  std::int64_t msg_id = 0;
};

/// A serialised function, boxed, in two pieces: wrappers that stand before it, if any, and itself,
/// which its owner may keep too.
struct query_body {
  query_body() : content(core::share({})) {}
  query_body(core::byte_buffer whole) : content(core::share(std::move(whole))) {}
  query_body(core::byte_buffer head_, core::shared_bytes content_) noexcept
      : head(std::move(head_)), content(std::move(content_)) {}

  [[nodiscard]] std::size_t size() const noexcept { return head.size() + content->size(); }

  core::byte_buffer head;
  /// Never null.
  core::shared_bytes content;
};

/// pack replaces a query, wrappers and all, by its gzip_packed form if that is shorter.
void pack(query_body& query);

/// Makes the body of a call for the message that is about to carry it; asked again whenever the
/// call moves to another message id or session.
using body_maker = std::function<query_body(const message_identity&)>;

/// Everything that a client session may be told to do differently.
struct client_session_config {
  explicit client_session_config(auth_key key_) : key(std::move(key_)) {}

  auth_key key;
  /// The salt from the key exchange, or the last one known; 0 if there is none (DESC-48).
  std::int64_t server_salt = 0;
  /// Salts stored from earlier (SM-17).
  std::vector<salt_period> future_salts;
  /// Server's wall clock minus ours.
  std::chrono::nanoseconds server_time_offset{0};
  /// Whether the offset is known to be right: after a key exchange it is.
  bool server_time_known = false;

  /// Acknowledgements wait this long for a message that they can go with (SMM-05)...
  std::chrono::nanoseconds ack_delay = std::chrono::seconds(30);
  /// ...or until there are this many (SMM-06).
  std::size_t ack_count = 16;

  /// A ping_delay_disconnect goes out this often (SM-22); zero: never.
  std::chrono::nanoseconds ping_interval = std::chrono::seconds(60);
  /// The delay that it names. Longer than the interval.
  std::chrono::seconds ping_disconnect_delay{75};
  /// The connection is given up when nothing at all comes this long after a ping, and after what
  /// was sent before it may have arrived.
  std::chrono::nanoseconds ping_timeout = std::chrono::seconds(15);

  /// A call without answer or acknowledgement is asked about after this time, then after twice
  /// this time, and so on (SMM-28).
  std::chrono::nanoseconds state_query_delay = std::chrono::seconds(10);

  /// Future salts asked for at a time; 0: never (SM-12).
  std::int32_t future_salts_count = 64;

  /// Calls longer than this are packed if that makes them shorter (INV-16).
  std::size_t compress_above = 1024;
  /// What an answer or an update may inflate to (SM-46).
  std::size_t inflated_limit = std::size_t{16} << 20;

  /// How many calls may be under way at once.
  std::size_t request_limit = 65536;
  /// How often one call may be refused and repaired before it fails.
  int repair_limit = 6;
};

/// The answer to a call. Its body is the object in rpc_result, unpacked.
struct answer {
  request_id request{};
  core::byte_buffer body;
};

/// The server's refusal of a call, or a result that says so (SM-04).
struct rpc_error {
  request_id request{};
  std::int32_t code = 0;
  std::string message;
};

/// A call ends without an answer of the server.
/// Errors: errc::too_many_requests, errc::message_too_long, errc::not_repairable (refused more
/// often than repair_limit), errc::outcome_unknown (the session had to be left after the server may
/// have begun to process the call).
struct request_failed {
  request_id request{};
  core::error reason;
};

/// The server has the call, it says, and the answer will follow (msgs_ack, a state, a quick ack).
struct request_received {
  request_id request{};
  bool by_quick_ack = false;
};

/// Something that the server sent by itself: Updates, mostly. Unpacked.
struct update {
  std::int64_t msg_id = 0;
  core::byte_buffer body;
};

/// The server (re)created the session: updates may be missing (SM-29).
struct session_new {
  std::int64_t first_msg_id = 0;
  std::int64_t unique_id = 0;
};

/// We opened a new session, because the old one cannot go on (GEN-09, SMM-25).
struct session_restarted {
  std::int64_t session_id = 0;
};

/// The salt in use, or the list of coming ones, is another; worth storing (SM-17).
struct salts_changed {};

/// The offset to the server's clock was corrected (GEN-08).
struct clock_corrected {
  std::chrono::nanoseconds server_time_offset{};
};

/// A pong to a ping of the shell's own, or to the keepalive's (id 0).
struct pong_received {
  std::int64_t ping_id = 0;
  std::chrono::nanoseconds round_trip{};
};

/// The answer to destroy_session.
struct session_destroyed {
  std::int64_t session_id = 0;
  bool existed = false;
};

/// The answer to destroy_auth_key.
struct key_destroyed {
  enum class outcome { ok, none, fail } result{};
};

/// A message was ignored, as the specification demands. For the curious: nothing needs doing.
/// Errors: errc::wrong_session, errc::bad_message_id (parity), errc::duplicate_message,
/// errc::message_too_old, errc::bad_message_time, errc::bad_container, errc::unexpected_message,
/// and what the decoders of service messages report.
struct message_ignored {
  std::int64_t msg_id = 0;
  core::error reason;
};

/// The shell must close this connection and open another; the session goes on there.
/// Errors: errc::bad_packet (a packet failed its checks, SEC-17), errc::timed_out (no sign of life
/// after a ping), errc::transport_error.
struct close_connection {
  core::error reason;
};

/// The server says that it does not know the key (-404). Transport errors are not authenticated, so
/// one alone must not cost a permanent key (DIV-37): `in_a_row` counts them since the last packet
/// that decrypted. Close the connection in any case.
struct key_unknown {
  int in_a_row = 0;
};

/// Another transport error (-429, -444...). Close the connection, and wait before the next.
struct transport_failed {
  std::int32_t code = 0;
};

/// What a client session reports.
using client_event = std::variant<answer, rpc_error, request_failed, request_received, update,
                                  session_new, session_restarted, salts_changed, clock_corrected,
                                  pong_received, session_destroyed, key_destroyed, message_ignored,
                                  close_connection, key_unknown, transport_failed>;

/// What a client session keeps besides what it knows. For whoever watches the memory.
struct client_load {
  /// Calls without an outcome, service calls included.
  std::size_t calls = 0;
  /// Service messages that wait for transmission, and answers that were announced and have not
  /// come.
  std::size_t service_messages = 0;
  std::size_t unsent_acks = 0;
  /// Packets, pings and questions that may still be spoken of.
  std::size_t remembered = 0;
};

/// One session of a client. Not copied; moves.
/// Pre: the random source outlives it.
class client_session {
 public:
  client_session(client_session_config config, core::random_source& random);
  client_session(client_session&&) noexcept;
  client_session& operator=(client_session&&) noexcept;
  ~client_session();

  // Calls.

  /// submit queues an API call. Its outcome is one of answer, rpc_error or request_failed, unless
  /// it is dropped first.
  request_id submit(query_body body, request_options options = {});
  /// submit_with queues a call whose body depends on the message that carries it (PFS-09).
  request_id submit_with(body_maker maker, request_options options = {});
  /// drop gives a call up: no event about it follows. If it was sent, the server is told by
  /// rpc_drop_answer (SM-05). False if there is no such call under way.
  bool drop(request_id request);

  // Service calls.

  /// ping asks for a pong_received with this id. Not repeated if the connection breaks.
  void ping(std::int64_t ping_id);
  /// wait_over_http sends http_wait, by which the server gets something to answer to when it has
  /// something to say; after `http_max_wait` it says that it has nothing. For HTTP only (SM-47).
  void wait_over_http();
  /// destroy_session removes another session of this key (SM-23). False for our own id.
  bool destroy_session(std::int64_t session_id);
  /// destroy_auth_key asks the server to forget the key (SM-53).
  void destroy_auth_key();

  // The connection. At most one at a time.

  /// Pre: no connection is open.
  void connection_opened(core::instant now);
  /// connection_closed may be called twice.
  void connection_closed(core::instant now);
  /// handle_packet takes one whole encrypted packet and decrypts it in its place. After a failed
  /// check all packets of this connection are ignored, and close_connection is reported once.
  void handle_packet(core::byte_span packet, core::instant now);
  /// The same of a packet that nobody else looks at.
  void handle_packet(core::byte_buffer&& packet, core::instant now) {
    handle_packet(core::byte_span(packet), now);
  }
  /// bytes_received tells that a part of a packet has come: the connection is slow, not dead.
  void bytes_received(core::instant now);
  /// handle_transport_error takes the code as it was on the wire: negative.
  void handle_transport_error(std::int32_t code, core::instant now);
  /// handle_quick_ack takes a token; unknown ones are ignored (TR-21).
  void handle_quick_ack(std::uint32_t token);

  // What to do.

  /// poll_transmit puts the next packet to send into `out`. False: nothing to send now.
  bool poll_transmit(outgoing_packet& out, core::instant now);
  std::optional<client_event> poll_event();
  /// poll_deadline says when handle_timeout wants to be called at the latest.
  [[nodiscard]] std::optional<core::deadline> poll_deadline() const;
  void handle_timeout(core::instant now);

  // What is known.

  [[nodiscard]] std::int64_t session_id() const noexcept;
  [[nodiscard]] const auth_key& key() const noexcept;
  [[nodiscard]] std::int64_t server_salt() const noexcept;
  [[nodiscard]] std::vector<salt_period> future_salts() const;
  [[nodiscard]] std::chrono::nanoseconds server_time_offset() const noexcept;
  [[nodiscard]] bool server_time_known() const noexcept;
  /// msg_id_of is the id under which a call was sent last, for wrappers that name it
  /// (invokeAfterMsg). nullopt: not sent, or over.
  [[nodiscard]] std::optional<std::int64_t> msg_id_of(request_id request) const;
  /// requests_under_way counts the calls without an outcome.
  [[nodiscard]] std::size_t requests_under_way() const noexcept;
  [[nodiscard]] client_load load() const noexcept;

  struct state;

 private:
  std::unique_ptr<state> state_;
};

}  // namespace corogram::mtproto

#pragma once

// The inside of client_session, for the files that implement it:
//   session_client.cpp          the public functions, connections, deadlines
//   session_client_calls.cpp    the table of calls
//   session_client_send.cpp     from what is waiting to packets
//   session_client_receive.cpp  from packets to messages that passed every check
//   session_client_service.cpp  one function for each service message
//   session_client_repair.cpp   refused messages, and leaving a session

#include <corogram/core/result.hpp>
#include <corogram/mtproto/acks.hpp>
#include <corogram/mtproto/errc.hpp>
#include <corogram/mtproto/message.hpp>
#include <corogram/mtproto/msg_id.hpp>
#include <corogram/mtproto/received_messages.hpp>
#include <corogram/mtproto/salts.hpp>
#include <corogram/mtproto/seq_no.hpp>
#include <corogram/mtproto/server_clock.hpp>
#include <corogram/mtproto/session_client.hpp>

#include <deque>
#include <map>
#include <set>
#include <unordered_map>

namespace corogram::mtproto {

/// Units: bytes. A container is closed when it holds so much (DIV-19); and so little is enough on
/// connections that break before more has arrived.
inline constexpr std::size_t container_content_limit = std::size_t{32} << 10;
inline constexpr std::size_t least_container_content = std::size_t{1} << 10;
/// How many calls are under way at most; the others wait. Well below what a server remembers.
inline constexpr std::size_t calls_under_way_limit = 1024;
/// Units: bytes. The longest body of one call.
inline constexpr std::size_t call_size_limit = (std::size_t{1} << 20) - 256;
/// How many sent packets are remembered, and how long, for refusals that name them (SMM-22).
inline constexpr std::size_t sent_packets_limit = 256;
inline constexpr std::chrono::seconds refusal_window{300};
/// How many service messages wait for transmission at most; more are not sent.
inline constexpr std::size_t service_queue_limit = 1024;
/// How many pings and state queries without answer are remembered.
inline constexpr std::size_t open_questions_limit = 64;
/// How many quick-ack tokens of one connection are remembered.
inline constexpr std::size_t quick_acks_limit = 1024;
/// How many messages that were ignored for their time are remembered.
inline constexpr std::size_t untimely_limit = 1024;
/// Future salts are asked for no more often than this.
inline constexpr std::chrono::seconds salts_pause{60};
/// The longest time between two questions about one call.
inline constexpr std::chrono::seconds longest_state_query_delay{300};
/// Units: bytes in a second. A connection that is slower than this may be taken for dead.
inline constexpr std::size_t slowest_connection = std::size_t{8} << 10;
/// A packet may be on its way this long, and so be judged by a clock that shows this much more.
inline constexpr std::chrono::seconds longest_way{30};
/// Message ids end with the 32 bits of their seconds, in 2106. Of a server that says its clock
/// shows the last year of them, no time is taken: ids could not rise any more.
inline constexpr std::chrono::seconds last_server_time{0xffffffff - 365 * 86400LL};
/// A session that has to be left waits this long for what is under way in it.
inline constexpr std::chrono::seconds drain_time{5};

/// Something that is sent until it is answered, and answered once.
struct outgoing_call {
  enum class kind { api, drop_answer, destroy_session, destroy_key };

  kind what = kind::api;
  query_body body;
  body_maker maker;
  bool quick_ack = false;
  /// drop_answer: the message whose answer is not wanted. destroy_session: the session.
  std::int64_t subject = 0;

  /// 0: not sent, or free to go as a new message.
  std::int64_t msg_id = 0;
  /// The server's time was known for certain when it was numbered.
  bool numbered_in_time = false;
  std::int32_t seq_no = 0;
  /// How often it went out under msg_id.
  int transmissions = 0;
  /// It is in the queue.
  bool waiting = false;
  /// It goes out without company, since a container with it was refused.
  bool alone = false;
  /// The server has said that it has it.
  bool received = false;
  int repairs = 0;
  std::chrono::nanoseconds query_delay{};
  /// Set: its entry in query_timers.
  std::optional<core::deadline> query_at;
};

/// A message that needs no answer to be remembered by.
struct service_message {
  enum class kind { plain, get_salts, state_query, resend_query };

  kind what = kind::plain;
  core::byte_buffer body;
  /// state_query, resend_query: the messages that it is about.
  std::vector<std::int64_t> subjects;
};

/// What went out in one packet, should it be refused.
struct sent_packet {
  std::int64_t msg_id = 0;
  core::deadline sent_at{};
  /// The calls, with the message ids that they had.
  std::vector<std::pair<request_id, std::int64_t>> calls;
  std::vector<std::int64_t> acks;
  std::vector<service_message> service;
};

struct client_session::state {
  state(client_session_config config_, core::random_source& random_);

  // Calls: session_client_calls.cpp.

  request_id submit(outgoing_call call);
  bool drop(request_id request);
  /// Puts a call into the queue; as a new message, or under the id that it has.
  void enqueue(request_id request, outgoing_call& call);
  void enqueue_as_new(request_id request, outgoing_call& call);
  /// Forgets a call.
  void erase(request_id request);
  void fail_call(request_id request, core::error reason);
  outgoing_call* find_by_msg_id(std::int64_t msg_id, request_id& request);
  void mark_received(request_id request, outgoing_call& call, bool by_quick_ack);
  void set_query_timer(request_id request, outgoing_call& call, std::optional<core::deadline> at);
  /// The call that waits for this service answer, if there is one.
  std::optional<request_id> find_call(outgoing_call::kind what, std::int64_t subject) const;
  /// Puts the calls that went out on a lost connection back into the queue.
  void requeue_lost(core::instant now);
  /// Calls have reached the server: more may go in one packet again.
  void note_arrival();

  // Sending: session_client_send.cpp.

  bool transmit(outgoing_packet& out, core::instant now);
  /// Puts together the packet to be sent next.
  bool pack(outgoing_packet& out, core::instant now);
  /// The call to be sent next, still in its queue; null if there is none.
  outgoing_call* next_call(request_id& request);
  void take_next_call();
  [[nodiscard]] bool may_go(const outgoing_call& call) const;
  void ask_what_is_due(core::instant now);
  void ask_about_calls(core::instant now);
  void enqueue_service(service_message message);
  void send_ping(std::int64_t ping_id, bool keepalive, core::instant now);

  // Receiving: session_client_receive.cpp.

  void handle_packet(core::byte_span packet, core::instant now);
  void handle_outer(const message_view& message, core::instant now);
  void handle_container(const message_view& container, bool quotations_only, core::instant now);
  bool admit_container(const message_view& container, const std::vector<message_view>& messages,
                       core::instant now);
  void handle_inner(const message_view& message, std::int64_t outer_msg_id, bool quotations_only,
                    core::instant now);
  /// False: the message is not new, and everything about it is done.
  bool admit(const message_view& message, core::instant now);
  void dispatch(const message_view& message, std::int64_t outer_msg_id, core::instant now);
  void put_off(const message_view& message, core::instant now);
  void ignore(std::int64_t msg_id, core::error reason);

  // Service messages: session_client_service.cpp.

  core::result<void> on_rpc_result(const message_view& message, std::int64_t outer_msg_id,
                                   core::instant now);
  core::result<void> on_packed(const message_view& message, std::int64_t outer_msg_id,
                               core::instant now);
  core::result<void> on_copy(const message_view& message, std::int64_t outer_msg_id,
                             core::instant now);
  core::result<void> on_acks(core::byte_view body);
  core::result<void> on_pong(core::byte_view body, std::int64_t outer_msg_id, core::instant now);
  core::result<void> on_ping(const message_view& message);
  core::result<void> on_future_salts(core::byte_view body, core::instant now);
  core::result<void> on_new_session(const message_view& message, core::instant now);
  core::result<void> on_state_request(const message_view& message);
  core::result<void> on_state_info(core::byte_view body);
  core::result<void> on_all_info(core::byte_view body);
  core::result<void> on_detailed_info(core::byte_view body, core::instant now);
  core::result<void> on_new_detailed_info(core::byte_view body, core::instant now);
  core::result<void> on_resend_request(const message_view& message);
  core::result<void> on_destroy_session(core::byte_view body);
  void on_destroy_key(key_destroyed::outcome outcome);
  void apply_state(std::int64_t msg_id, core::byte state_byte);
  void announce_answer(std::int64_t answer_msg_id, core::instant now);
  void answer_states(std::int64_t req_msg_id, std::vector<std::int64_t> msg_ids);
  /// Compares our clock with what the server said of its time when we asked at `asked_at`.
  void confirm_clock(std::int64_t fresh_msg_id, core::deadline asked_at, core::instant now);
  void adopt_salt(std::int64_t salt, core::instant now);

  // Repair: session_client_repair.cpp.

  core::result<void> on_refusal(core::byte_view body, std::int64_t notice_msg_id,
                                core::instant now);
  core::result<void> on_salt_refusal(core::byte_view body, core::instant now);
  core::result<void> repair(std::int64_t bad_msg_id, std::int32_t code, std::int64_t notice_msg_id,
                            core::instant now);
  void resend_refused(sent_packet packet, std::int32_t code, core::instant now);
  void correct_clock(std::int64_t server_msg_id, core::deadline asked_at, core::instant now);
  /// Asks again for what was ignored for its time, now that the clock is another.
  void want_untimely();
  void want_restart(core::instant now);
  void restart_if_drained(core::instant now);
  void restart(core::instant now);

  // Connections: session_client.cpp.

  void observe(core::instant now);
  /// When the connection is dead if nothing has come by then.
  [[nodiscard]] std::optional<core::deadline> life_sign_due() const;
  void fail_connection(core::error reason);
  /// `event` is one of the alternatives of client_event.
  template <class Event>
  void report(Event&& event) {
    events.emplace_back(std::forward<Event>(event));
  }

  client_session_config config;
  core::random_source& random;

  std::int64_t session_id;
  server_clock clock;
  msg_id_source ids{role::client};
  seq_no_source seq_nos;
  received_messages received;
  ack_queue acks;
  salt_store salts;
  /// Of the packet that is being handled.
  std::int64_t packet_salt = 0;

  bool open = false;
  /// A packet of this connection failed its checks, or the connection is dead.
  bool failed = false;
  int unknown_key_in_a_row = 0;

  std::uint64_t last_request = 0;
  std::size_t api_calls = 0;
  std::unordered_map<request_id, outgoing_call> calls;
  std::unordered_map<std::int64_t, request_id> by_msg_id;
  /// In order of transmission; those that go out again under their old ids come first. Entries
  /// whose call is gone or no longer waiting are skipped.
  std::deque<request_id> waiting_again;
  std::deque<request_id> waiting;
  std::set<std::pair<core::deadline, request_id>> query_timers;

  std::deque<service_message> service_queue;
  /// Answers that were announced, to be asked for.
  std::set<std::int64_t, by_age> wanted_answers;
  /// Answers and updates that were ignored because of their time.
  std::set<std::int64_t, by_age> untimely;
  std::deque<sent_packet> sent_packets;
  /// Our state queries and what they are about.
  std::map<std::int64_t, std::vector<std::int64_t>, by_age> state_queries;
  std::unordered_map<std::uint32_t, std::vector<request_id>> quick_acks;

  struct sent_ping {
    core::deadline sent_at{};
    bool keepalive = false;
  };
  std::map<std::int64_t, sent_ping> pings;
  /// Pings of the caller's that are to be sent.
  std::deque<std::int64_t> wanted_pings;
  /// An http_wait is to be sent.
  bool http_wait_wanted = false;
  core::deadline next_ping{};
  /// What was due by then is sent by the next poll_transmit.
  core::deadline awake_since = core::deadline::min();
  /// A keepalive is out, and nothing has come since then.
  std::optional<core::deadline> quiet_since;
  /// Something of the server's has come on this connection.
  bool heard = false;
  /// Units: bytes. The content of one packet. Halved when a connection ends with calls of which
  /// the server has said nothing, so that on the next one at least some of them arrive.
  std::size_t content_limit = container_content_limit;
  /// How many bytes have gone out since the last packet came.
  std::size_t unheard_bytes = 0;
  /// The get_future_salts that is under way, and before when no other is sent.
  std::int64_t salts_query = 0;
  core::deadline salts_query_sent_at{};
  core::deadline next_salts_query{};

  /// The session has to be left; at this time without waiting any longer.
  std::optional<core::deadline> restart_at;

  std::deque<client_event> events;
};

}  // namespace corogram::mtproto

#pragma once

// What the tests of the sessions share: keys and calls to play with, a peer that sends whatever it
// is told and takes apart what it gets, and a world of one server and one client on a virtual
// clock.

#include <corogram/core/clock.hpp>
#include <corogram/core/random.hpp>
#include <corogram/core/reader.hpp>
#include <corogram/core/writer.hpp>
#include <corogram/mtproto/container.hpp>
#include <corogram/mtproto/envelope.hpp>
#include <corogram/mtproto/errc.hpp>
#include <corogram/mtproto/msg_id.hpp>
#include <corogram/mtproto/seq_no.hpp>
#include <corogram/mtproto/server.hpp>
#include <corogram/mtproto/session_client.hpp>
#include <corogram/service/service.hpp>
#include <corogram/tl/codec.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace corogram::mtproto::session_test {

using namespace std::chrono_literals;

/// Half past the first salt rotation of a day in 2024, and something on the monotonic clock.
inline constexpr core::instant start{5000s, 1'707'425'106s + 250ms};

inline auth_key make_key(std::uint64_t seed) {
  core::test_random random(seed);
  return auth_key(core::secret_array<256>(random.array<256>()));
}

/// A number that belongs to no service message.
inline constexpr std::uint32_t call_number = 0x0a0b0c0d;
inline constexpr std::uint32_t answer_number = 0x0d0c0b0a;

/// The body of call number `n`, of 8 bytes and `filler` more.
inline core::byte_buffer call_body(std::int32_t n, std::size_t filler = 0) {
  core::byte_buffer body;
  core::writer(body).le(call_number).le(n).extend(filler);
  return body;
}

inline core::byte_buffer answer_body(std::int32_t n, std::size_t filler = 0) {
  core::byte_buffer body;
  core::writer(body).le(answer_number).le(n).extend(filler);
  return body;
}

/// Which call or answer a body is.
inline std::int32_t number_in(core::byte_view body) {
  return body.size() < 8 ? -1 : core::load_le<std::int32_t>(body.data() + 4);
}

/// A message as it was found in a packet.
struct seen_message {
  std::int64_t msg_id = 0;
  std::int32_t seq_no = 0;
  core::byte_buffer body;
  /// The packet's own message: that of the container, if the message was in one.
  std::int64_t outer_msg_id = 0;
  bool in_container = false;
  session_header header;

  [[nodiscard]] std::uint32_t number() const { return tl::peek_id(body).value_or(0); }
  template <class T>
  [[nodiscard]] bool is() const {
    return number() == T::tl_id;
  }
  /// The message as a T. Lifetime: the result views `body`.
  template <class T>
  [[nodiscard]] tl::decoded<T> as() const {
    auto decoded = tl::decode_view<T>(body);
    if (!decoded) throw std::runtime_error("not the expected message");
    return std::move(*decoded);
  }
};

/// copy_of is what a machine may decrypt in its place while the test keeps the packet.
inline core::byte_buffer copy_of(core::byte_view packet) {
  return {packet.begin(), packet.end()};
}

/// A packet opened in a copy of it.
class opened_copy {
 public:
  opened_copy(const auth_key& key, role sender, core::byte_view packet)
      : bytes_(copy_of(packet)), outcome_(open_packet(key, sender, bytes_)) {}
  opened_copy(const opened_copy&) = delete;
  opened_copy& operator=(const opened_copy&) = delete;

  explicit operator bool() const noexcept { return static_cast<bool>(outcome_); }
  const opened_packet* operator->() const noexcept { return &*outcome_; }
  [[nodiscard]] core::error error() const { return outcome_.error(); }

 private:
  core::byte_buffer bytes_;
  core::result<opened_packet> outcome_;
};

/// open_all takes a packet of `sender` apart, containers too.
inline std::vector<seen_message> open_all(const auth_key& key, role sender,
                                          core::byte_view packet) {
  std::vector<seen_message> seen;
  const opened_copy opened(key, sender, packet);
  if (!opened) throw std::runtime_error("the packet does not open");
  const message_view& outer = opened->message;
  const auto add = [&](const message_view& message, bool in_container) {
    seen.push_back({message.msg_id,
                    message.seq_no,
                    {message.body.begin(), message.body.end()},
                    outer.msg_id,
                    in_container,
                    opened->header});
  };
  if (tl::peek_id(outer.body) != msg_container_id) {
    add(outer, false);
    return seen;
  }
  EXPECT_FALSE(content_related(outer.seq_no));
  const auto messages = parse_container(outer.body);
  if (!messages) throw std::runtime_error("the container does not parse");
  EXPECT_TRUE(container_in_order(outer.msg_id, *messages));
  for (const message_view& message : *messages) {
    EXPECT_LE(message.seq_no, outer.seq_no);
    add(message, true);
  }
  return seen;
}

/// outgoing is the messages as write_container takes them.
inline std::vector<outgoing_message> outgoing(const std::vector<message_view>& messages) {
  std::vector<outgoing_message> all;
  for (const message_view& message : messages)
    all.push_back({message.msg_id, message.seq_no, message.body});
  return all;
}

/// One side that does as it is told: makes packets, right or wrong ones.
class puppet {
 public:
  puppet(role own, auth_key key, std::int64_t session_id, std::int64_t salt, std::uint64_t seed = 7)
      : own_(own), key_(std::move(key)), header_{salt, session_id}, ids_(own), random_(seed) {}

  session_header& header() { return header_; }
  const auth_key& key() const { return key_; }
  std::int64_t next_id(core::instant now, bool response = true) {
    return ids_.next(now.wall, response);
  }
  std::int32_t next_seq(bool is_content_related) { return seq_nos_.next(is_content_related); }

  /// An orderly message.
  message_view message(core::byte_view body, bool is_content_related, core::instant now,
                       bool response = true) {
    const std::int64_t msg_id = next_id(now, response);
    return {msg_id, next_seq(is_content_related), body};
  }
  core::byte_buffer packet(const message_view& message) {
    core::byte_buffer out;
    token_ = seal_packet(key_, own_, header_, message, random_, out);
    return out;
  }
  core::byte_buffer packet(core::byte_view body, bool is_content_related, core::instant now,
                           bool response = true) {
    return packet(message(body, is_content_related, now, response));
  }
  /// A container, the last of its ids.
  core::byte_buffer container(const std::vector<message_view>& messages, core::instant now) {
    core::byte_buffer body;
    write_container(outgoing(messages), core::writer(body));
    return packet(body, false, now);
  }
  std::vector<seen_message> open(core::byte_view packet) const {
    return open_all(key_, other(own_), packet);
  }
  /// The quick-ack token of the last packet.
  std::uint32_t token() const { return token_; }
  core::random_source& random() { return random_; }

 private:
  role own_;
  auth_key key_;
  session_header header_;
  msg_id_source ids_;
  seq_no_source seq_nos_;
  core::test_random random_;
  std::uint32_t token_ = 0;
};

/// Takes the events of a kind out of a list.
template <class T, class Event>
std::vector<T> only(const std::vector<Event>& events) {
  std::vector<T> found;
  for (const Event& event : events)
    if (const T* const one = std::get_if<T>(&event)) found.push_back(*one);
  return found;
}

inline std::vector<client_event> drain(client_session& session) {
  std::vector<client_event> events;
  while (auto event = session.poll_event()) events.push_back(std::move(*event));
  return events;
}

inline std::vector<server_event> drain(server& machine) {
  std::vector<server_event> events;
  while (auto event = machine.poll_event()) events.push_back(std::move(*event));
  return events;
}

/// Without what starts by itself, for tests that look at single packets.
inline client_session_config quiet_config(std::uint64_t key_seed = 1) {
  client_session_config config(make_key(key_seed));
  config.server_salt = 0x5a5a;
  config.server_time_known = true;
  config.ping_interval = 0s;
  config.future_salts_count = 0;
  return config;
}

/// A client under test and a puppet for its server.
class client_bench {
 public:
  explicit client_bench(client_session_config config = quiet_config(), std::uint64_t seed = 1)
      : random(seed),
        client(std::move(config), random),
        server(role::server, client.key().clone(), client.session_id(), 0) {}

  /// Everything that the client sends now.
  std::vector<seen_message> sent() {
    std::vector<seen_message> all;
    outgoing_packet out;
    while (client.poll_transmit(out, now)) {
      packets.push_back(out);
      for (seen_message& message : server.open(out.packet)) all.push_back(std::move(message));
    }
    return all;
  }
  template <class T>
  void give(const T& object, bool is_content_related = false, bool response = true) {
    give_body(tl::encode(object), is_content_related, response);
  }
  /// Returns the id under which it went.
  std::int64_t give_body(core::byte_view body, bool is_content_related = false,
                         bool response = true) {
    const message_view message = server.message(body, is_content_related, now, response);
    client.handle_packet(server.packet(message), now);
    return message.msg_id;
  }
  std::int64_t give_result(std::int64_t req_msg_id, core::byte_view content) {
    core::byte_buffer body;
    core::writer(body).le(service::rpc_result::tl_id).le(req_msg_id).bytes(content);
    return give_body(body, true);
  }
  void give_refusal(std::int64_t bad_msg_id, std::int32_t code, std::int32_t seq_no = 0) {
    service::bad_msg_notification notice;
    notice.bad_msg_id = bad_msg_id;
    notice.bad_msg_seqno = seq_no;
    notice.error_code = code;
    give(notice);
  }
  void give_states(std::int64_t req_msg_id, core::byte_buffer states) {
    service::msgs_state_info info;
    info.req_msg_id = req_msg_id;
    info.info = states;
    give(info);
  }
  std::vector<client_event> events() { return drain(client); }
  template <class T>
  std::vector<T> events_of() {
    return only<T>(events());
  }
  void wait(std::chrono::nanoseconds time) {
    now = core::later(now, time);
    client.handle_timeout(now);
  }

  core::instant now = start;
  core::test_random random;
  client_session client;
  puppet server;
  std::vector<outgoing_packet> packets;
};

/// Any answer but a session's own packets.
struct server_signal {
  connection_id connection = 0;
  std::variant<send_quick_ack, send_transport_error, hang_up> what;
};

inline server_config bench_config(policy rules = policy()) {
  server_config config;
  config.exchange.strictness = rules;
  config.limits.compress_above = 0;
  return config;
}

/// A server under test and a puppet for its client.
class server_bench {
 public:
  explicit server_bench(server_config config = bench_config(), std::uint64_t seed = 1)
      : random(seed),
        machine(std::move(config), random),
        client(role::client, make_key(1), 0x1111, first_salt) {
    machine.add_key(stored_key(make_key(1), first_salt), now);
    open(1);
  }

  static constexpr std::int64_t first_salt = 0x5a5a;

  session_key session() { return {client.key().id(), client.header().session_id}; }
  void open(connection_id connection) { machine.connection_opened(connection, now); }

  /// Gives one packet to the server and returns the messages that come back.
  std::vector<seen_message> give(core::byte_view packet, connection_id connection = 1,
                                 bool quick_ack = false) {
    machine.handle_packet(connection, copy_of(packet), quick_ack, now);
    return sent();
  }
  template <class T>
  std::vector<seen_message> ask(const T& object, bool is_content_related = false,
                                connection_id connection = 1) {
    return give(client.packet(tl::encode(object), is_content_related, now), connection);
  }
  /// Sends a call and returns its id; what comes back is in `last`.
  std::int64_t call(std::int32_t n, connection_id connection = 1) {
    const core::byte_buffer body = call_body(n);
    const message_view message = client.message(body, true, now);
    last = give(client.packet(message), connection);
    return message.msg_id;
  }
  /// Opens the session, so that its notice is out of the way.
  void open_session() {
    const auto notices = ask(service::msgs_ack());
    for (const seen_message& notice : notices) acknowledge(notice.msg_id);
    machine_events();
  }
  void acknowledge(std::int64_t msg_id, connection_id connection = 1) {
    service::msgs_ack acks;
    const std::vector<std::int64_t> ids{msg_id};
    acks.msg_ids = ids;
    ask(acks, false, connection);
  }
  std::vector<seen_message> sent() {
    std::vector<seen_message> all;
    server_output out;
    while (machine.poll_transmit(out, now)) {
      std::visit(
          [&](auto& action) {
            using type = std::remove_reference_t<decltype(action)>;
            if constexpr (std::is_same_v<type, send_packet>) {
              packets.emplace_back(out.connection, copy_of(action.packet));
              // Of one of the first few test keys.
              std::uint64_t seed = 1;
              while (seed < 10 && packet_key_id(action.packet) != make_key(seed).id()) ++seed;
              for (seen_message& message : open_all(make_key(seed), role::server, action.packet))
                all.push_back(std::move(message));
            } else {
              signals.push_back({out.connection, action});
            }
          },
          out.action);
    }
    return all;
  }
  std::vector<server_event> machine_events() { return drain(machine); }
  template <class T>
  std::vector<T> events_of() {
    return only<T>(machine_events());
  }
  std::vector<seen_message> wait(std::chrono::nanoseconds time) {
    now = core::later(now, time);
    machine.handle_timeout(now);
    return sent();
  }
  /// The code of the one refusal in `messages`; 0 if there is none.
  static std::int32_t refusal_in(const std::vector<seen_message>& messages) {
    for (const seen_message& message : messages) {
      if (message.is<service::bad_msg_notification>())
        return message.as<service::bad_msg_notification>()->error_code;
      if (message.is<service::bad_server_salt>())
        return message.as<service::bad_server_salt>()->error_code;
    }
    return 0;
  }
  template <class T>
  static std::vector<seen_message> of(const std::vector<seen_message>& messages) {
    std::vector<seen_message> found;
    for (const seen_message& message : messages)
      if (message.is<T>()) found.push_back(message);
    return found;
  }

  core::instant now = start;
  core::test_random random;
  server machine;
  puppet client;
  std::vector<std::pair<connection_id, core::byte_buffer>> packets;
  std::vector<server_signal> signals;
  std::vector<seen_message> last;
};

}  // namespace corogram::mtproto::session_test

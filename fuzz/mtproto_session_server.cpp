// A server's machine among clients that send whatever they like, some of it under right keys, over
// connections that come and go, with small limits. Every packet that goes out is in order and goes
// to a connection that is there, each call runs once, and no session keeps more than it may.

#include "support/exchange.hpp"
#include "support/session.hpp"
#include "support/watcher.hpp"

#include <corogram/mtproto/errc.hpp>
#include <corogram/mtproto/plain_message.hpp>
#include <corogram/mtproto/server.hpp>
#include <corogram/service/functions/rpc_drop_answer.hpp>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <variant>
#include <vector>

namespace corogram::fuzz {

namespace {

using namespace mtproto;

constexpr int most_moves = 96;
constexpr std::size_t most_connections = 4;
constexpr std::size_t most_queued = 24;
constexpr std::size_t most_calls = 4;

server_config config(choices& from) {
  server_config config;
  config.exchange.keys.push_back(exchange::server_key().clone());
  config.exchange.max_runs = 4;
  const core::byte chosen = from.byte();
  if ((chosen & 1) != 0) config.exchange.strictness = policy(strictness::lax);
  if ((chosen & 2) != 0) config.exchange.strictness = policy(strictness::record);
  config.limits.compress_above = (chosen & 4) != 0 ? 16 : 0;
  config.limits.detailed_info_above = (chosen & 8) != 0 ? 16 : 1024;
  config.limits.queued_messages = most_queued;
  config.limits.queued_bytes = 4096;
  config.limits.running_calls = most_calls;
  config.limits.sessions_per_key = 2;
  config.limits.connections = most_connections;
  config.limits.inflated = 4096;
  config.limits.idle_session = std::chrono::minutes(10);
  return config;
}

class server_among_strangers {
 public:
  explicit server_among_strangers(choices& from)
      : from_(from),
        random_(1),
        server_(config(from), random_),
        clients_{{{role::client, session::key_number(0), 0x1111},
                  {role::client, session::key_number(0), 0x2222},
                  {role::client, session::key_number(0), 0x3333},
                  {role::client, session::key_number(1), 0x1111}}} {
    server_.add_key(stored_key(session::key_number(0).clone(), session::salt), now_);
    // A temporary key, which may be bound to the other.
    server_.add_key(stored_key(session::key_number(1).clone(), session::salt,
                               key_expiry{now_.steady + std::chrono::hours(2),
                                          to_wire_time(now_.wall + std::chrono::hours(2))}),
                    now_);
  }

  void run() {
    for (int moves = 0; moves < most_moves && !from_.empty(); ++moves) {
      move();
      settle();
    }
  }

 private:
  void move() {
    switch (from_.below(16)) {
      case 0:
        return open();
      case 1:
        return close();
      case 2:
        return respond();
      case 3:
        return speak();
      case 4:
        return administrate();
      case 5:
      case 6:
        session::pass_time(from_, now_);
        return server_.handle_timeout(now_);
      case 7:
        return wait_for_deadline();
      case 8:
        return hear_anything();
      default:
        return hear();
    }
  }

  void open() {
    const connection_id id = ++last_connection_;
    server_.connection_opened(id, now_);
    connections_[id] = true;
    if (from_.flag()) server_.connection_is_http(id);
  }

  connection_id some_connection() {
    if (connections_.empty()) return 1;
    return std::next(connections_.begin(),
                     static_cast<std::ptrdiff_t>(from_.below(connections_.size())))
        ->first;
  }

  void close() {
    const connection_id id = some_connection();
    server_.connection_closed(id, now_);
    connections_.erase(id);
  }

  session_key some_session() {
    const std::size_t which = from_.below(4);
    return {session::key_number(which == 3 ? 1 : 0).id(),
            std::array<std::int64_t, 4>{0x1111, 0x2222, 0x3333, 0x1111}[which]};
  }

  core::byte_buffer some_body() {
    core::byte_buffer body{0x0a, 0x0b, 0x0c, 0x0d};
    core::append(body, from_.take(from_.below(64)));
    body.resize((body.size() + 3) / 4 * 4);
    return body;
  }

  void respond() {
    if (running_.empty()) {
      const session_key name = some_session();
      require(!server_.respond(name, 4, some_body(), now_), "nobody asked");
      return;
    }
    const auto chosen =
        std::next(running_.begin(), static_cast<std::ptrdiff_t>(from_.below(running_.size())));
    const auto [name, msg_id] = *chosen;
    running_.erase(chosen);
    if (from_.flag())
      static_cast<void>(server_.respond(name, msg_id, some_body(), now_));
    else
      static_cast<void>(server_.respond_error(name, msg_id, 400, "PEER_ID_INVALID", now_));
    require(!server_.respond(name, msg_id, some_body(), now_), "a call is answered once");
  }

  void speak() {
    const session_key name = some_session();
    switch (from_.below(4)) {
      case 0:
        static_cast<void>(server_.push(name, some_body(), now_));
        return;
      case 1:
        static_cast<void>(server_.request_state(name, now_));
        return;
      case 2:
        static_cast<void>(server_.announce(name, now_));
        return;
      default:
        static_cast<void>(server_.ping(name, signed_number(from_), now_));
    }
  }

  void administrate() {
    switch (from_.below(8)) {
      case 0:
        static_cast<void>(server_.remove_session(some_session(), now_));
        return;
      case 1:
        static_cast<void>(server_.remove_key(some_session().auth_key_id, now_));
        return;
      case 2:
        return server_.hang_up_connection(some_connection(), now_);
      case 3:
        return server_.fail_connection(some_connection(), -429, now_);
      case 4:
        static_cast<void>(
            server_.bind_temporary_key(session::key_number(1).id(), session::key_number(0).id()));
        return;
      case 5:
        static_cast<void>(
            server_.add_key(stored_key(session::key_number(0).clone(), session::salt), now_));
        return;
      default:
        require(server_.connected(some_session()) <= !connections_.empty(),
                "a session is connected by a connection");
    }
  }

  void wait_for_deadline() {
    const auto due = server_.poll_deadline();
    if (!due) return;
    if (*due > now_.steady) now_ = core::later(now_, *due - now_.steady);
    server_.handle_timeout(now_);
    settle();
    const auto next = server_.poll_deadline();
    require(!next || *next > now_.steady, "after a deadline nothing is due");
  }

  std::vector<std::int64_t> known(const session::puppet& client) const {
    std::vector<std::int64_t> ids{0x1111, 0x2222, 0x3333};
    for (const auto& [key_id, one] : sent_) {
      const auto& ours = one.ids();
      ids.insert(ids.end(), ours.end() - std::min<std::ptrdiff_t>(std::ssize(ours), 80),
                 ours.end());
    }
    const auto& theirs = client.ids();
    ids.insert(ids.end(), theirs.end() - std::min<std::ptrdiff_t>(std::ssize(theirs), 60),
               theirs.end());
    return ids;
  }

  void hear() {
    const std::size_t which = from_.below(clients_.size());
    session::puppet& client = clients_[which];
    core::byte_buffer packet = client.packet(from_, known(client), now_);
    if (client.said(service::rpc_drop_answer::tl_id))
      watcher_of(session::key_number(which == 3 ? 1 : 0).id()).numbers_may_be_skipped();
    if (from_.byte() == 0xff) alter(from_, packet);
    core::byte_buffer same = packet;
    hand_over(packet);
    if (from_.byte() == 0xff) {  // the very same packet once more
      settle();
      server_.handle_packet(some_connection(), same, false, now_);
    }
  }

  void hear_anything() {
    const core::byte_view raw = from_.take(from_.below(128));
    core::byte_buffer packet(raw.begin(), raw.end());
    if (from_.flag()) {
      packet.clear();
      encode_plain(first_msg_id_at(now_.wall) + 4, raw, packet);
    }
    hand_over(packet);
  }

  // Not all choices within one call: compilers differ in what they evaluate first.
  void hand_over(core::byte_buffer& packet) {
    const connection_id connection = some_connection();
    const bool quick_ack = from_.flag();
    server_.handle_packet(connection, packet, quick_ack, now_);
  }

  watcher& watcher_of(std::int64_t key_id) {
    return sent_.try_emplace(key_id, watcher(role::server)).first->second;
  }

  void settle() {
    drain_events();
    server_output out;
    while (server_.poll_transmit(out, now_)) {
      const auto connection = connections_.find(out.connection);
      require(connection != connections_.end(), "what goes out goes to a connection");
      require(connection->second, "that was not hung up");
      if (const auto* const packet = std::get_if<send_packet>(&out.action)) note(*packet);
      if (const auto* const error = std::get_if<send_transport_error>(&out.action))
        require(error->code < 0, "a transport error is negative");
      if (std::holds_alternative<hang_up>(out.action)) connection->second = false;
      drain_events();
    }
    drain_events();
    // Only now: what was on its way when they ended goes out, too.
    for (const session_key& name : removed_)
      watcher_of(name.auth_key_id).forget_session(name.session_id);
    removed_.clear();
    forget_the_forgotten();
    for (const std::size_t number : {0U, 1U})
      for (const session_key& name : server_.sessions_of(session::key_number(number).id())) {
        const auto load = server_.load(name);
        require(load && load->messages <= most_queued && load->bytes <= 4096,
                "no more is queued than may be");
        require(load->calls <= most_queued + most_calls + 1, "nor more calls under way");
      }
  }

  // Sessions that took no message, and the oldest of too many, go without a word, and may begin
  // anew.
  void forget_the_forgotten() {
    for (const std::size_t number : {0U, 1U}) {
      const std::int64_t key_id = session::key_number(number).id();
      watcher_of(key_id).forget_sessions_unless(
          [&](std::int64_t session_id) { return server_.load({key_id, session_id}).has_value(); });
    }
  }

  void note(const send_packet& out) {
    if (is_plain(out.packet)) return;
    const auto key_id = packet_key_id(out.packet);
    for (const std::size_t number : {0U, 1U}) {
      const auth_key& key = session::key_number(number);
      if (key_id == key.id()) {
        watcher_of(key.id()).sent(key, out.packet);
        return;
      }
    }
    require(false, "packets are encrypted under a known key");
  }

  void drain_events() {
    while (const auto event = server_.poll_event()) {
      if (const auto* const request = std::get_if<request_event>(&*event)) {
        require(seen_.emplace(request->session, request->msg_id).second, "a call runs once");
        running_.emplace(request->session, request->msg_id);
        require(!request->body.empty() && request->body.size() <= 4096 + input_size_,
                "a call has its limit");
      } else if (const auto* const removed = std::get_if<session_removed>(&*event)) {
        const session_key name = removed->session;
        std::erase_if(seen_, [&](const auto& one) { return one.first == name; });
        std::erase_if(running_, [&](const auto& one) { return one.first == name; });
        removed_.push_back(name);
      } else if (const auto* const fault = std::get_if<connection_fault>(&*event)) {
        require(fault->reason.code != make_error_code(core::errc::internal),
                "no impossible branch");
      }
    }
  }

  choices& from_;
  std::size_t input_size_ = from_.rest().size();
  core::test_random random_;
  core::instant now_ = session::start;
  server server_;
  std::array<session::puppet, 4> clients_;
  // Whether each may still be written to.
  std::map<connection_id, bool> connections_;
  connection_id last_connection_ = 0;
  std::map<std::int64_t, watcher> sent_;
  std::vector<session_key> removed_;
  using call_name = std::pair<session_key, std::int64_t>;
  std::set<call_name> seen_;
  std::set<call_name> running_;
};

}  // namespace

void run(core::byte_view input) noexcept {
  choices from(input);
  server_among_strangers(from).run();
}

}  // namespace corogram::fuzz

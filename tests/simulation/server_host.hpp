#pragma once

// The server's machine: a data centre, what a shell would do for its connections, and the methods
// that the simulated requests call. It may lose everything and start again.

#include "ledger.hpp"
#include "network.hpp"
#include "wiretap.hpp"

#include <corogram/mtproto/auth_key.hpp>
#include <corogram/testdc/data_center.hpp>
#include <corogram/transport/proxy_secret.hpp>
#include <corogram/transport/server_stream.hpp>

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <vector>

namespace corogram::simulation {

class server_host final : public network_end {
 public:
  server_host(setting& around, network& net, wiretap& tap, ledger& books);

  /// Lifetime: what it returns outlives the run.
  [[nodiscard]] static const crypto::rsa_public_key& public_key();
  [[nodiscard]] transport::server_config transport() const { return transport_; }
  [[nodiscard]] machine_clock& clock() noexcept { return clock_; }
  /// wake_at is the true time of the next deadline.
  [[nodiscard]] std::optional<nanoseconds> wake_at() const;
  void wake();

  // What happens to it.

  void bytes_arrived(std::uint64_t connection, core::byte_view bytes) override;
  void connection_ended(std::uint64_t connection, bool broken) override;
  void accepted(std::uint64_t connection);

  // What somebody does to it.

  void provision(const mtproto::auth_key& key, std::int64_t salt);
  enum class loss { sessions, salts, keys };
  void restart(loss what);
  void drop_session();
  void hang_up();
  void refuse_connection();
  void force_exchange(mtproto::dh_answer answer);
  void ask_client();
  void push(const mtproto::session_key& session, std::size_t client);
  void replay_same();
  void replay_other();
  void replay_by_stranger();
  void replay_to_client(bool same_connection);
  void false_key_unknown();

  // What is known.

  [[nodiscard]] std::optional<mtproto::session_load> load(const mtproto::session_key& session);
  /// knows_key returns the server's copy of a key; null if it has none.
  [[nodiscard]] const mtproto::auth_key* knows_key(std::int64_t id) {
    return center_->protocol().key(id);
  }
  void flush();

 private:
  struct end {
    explicit end(transport::server_stream stream_) : stream(std::move(stream_)) {}
    transport::server_stream stream;
    /// The machine hung up: what comes is dropped.
    bool hung_up = false;
    /// The machines know how it speaks.
    bool met = false;
    bool had_packet = false;
    /// When its first packet, or the one that has begun, has to be complete.
    std::optional<core::deadline> due;
  };
  struct seen_packet {
    std::uint64_t connection = 0;
    core::byte_buffer bytes;
  };
  struct pending_answer {
    mtproto::session_key session;
    std::int64_t msg_id = 0;
    std::int32_t number = 0;
    std::uint64_t server_life = 0;
  };

  /// One of the sessions that have had a name.
  struct session_life {
    std::uint64_t number = 0;
    nanoseconds since{};
  };

  /// What a process leaves to the next one of a key.
  struct kept_key {
    mtproto::key_state state;
    std::int64_t salt = 0;
  };

  void start();
  void restore(const std::vector<kept_key>& kept, bool with_salts);
  void add_methods();
  std::optional<testdc::reply> send_message(const testdc::call& call);
  void answer_late(const pending_answer& answer);
  void take_packet(std::uint64_t connection, end& at, const transport::packet& packet);
  void handle(std::uint64_t connection, core::byte_view packet, bool quick_ack);
  void count_road(const transport::server_stream& stream);
  void meet(std::uint64_t connection, end& at);
  void refuse(std::uint64_t connection, end& at, const core::error& why);
  void send_replies(std::uint64_t connection, end& at);
  void fail(std::uint64_t connection);
  void perform(const mtproto::server_output& output);
  void note(const testdc::data_center_event& event);
  void note(const mtproto::server_event& event);
  void set_due(end& at);
  session_life life_of(const mtproto::session_key& session);
  [[nodiscard]] std::optional<mtproto::session_key> any_session();
  [[nodiscard]] const seen_packet* any_seen();
  /// may_inject tells whether somebody in between can put in a packet of his own now.
  [[nodiscard]] bool may_inject(std::uint64_t connection) const;
  [[nodiscard]] bool is_http(std::uint64_t connection) const;
  void replay(std::uint64_t connection, const seen_packet& packet, fault kind);

  setting& around_;
  network& net_;
  wiretap& tap_;
  ledger& books_;
  machine_clock clock_;
  core::test_random random_;
  transport::server_config transport_;
  std::unique_ptr<testdc::data_center> center_;
  std::map<std::uint64_t, end> ends_;
  std::vector<std::int64_t> keys_;
  /// Distinguishes the processes, and the sessions of one name.
  std::uint64_t life_ = 0;
  std::uint64_t last_session_life_ = 0;
  std::map<mtproto::session_key, session_life> session_lives_;
  std::deque<seen_packet> from_clients_;
  /// Given to the machine since the last flush.
  std::vector<seen_packet> taken_;
  std::deque<seen_packet> to_clients_;
  std::uint64_t strangers_ = 0;
};

/// A secret of the proxy that stands before the server, for clients that go by it.
[[nodiscard]] transport::proxy_secret proxy_secret(transport::proxy_secret::kind kind);

}  // namespace corogram::simulation

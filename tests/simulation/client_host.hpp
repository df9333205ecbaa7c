#pragma once

// One client's machine: an engine, what a shell would do for it, and the program that uses it.

#include "ledger.hpp"
#include "network.hpp"
#include "wiretap.hpp"

#include <corogram/rpc/dial.hpp>
#include <corogram/rpc/engine.hpp>
#include <corogram/transport/fake_tls_hello.hpp>
#include <corogram/transport/server_stream.hpp>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace corogram::simulation {

class client_host final : public network_end {
 public:
  client_host(setting& around, network& net, wiretap& tap, ledger& books, std::size_t number,
              transport::server_config server);

  /// start runs the program, with a key if there is one.
  void start(std::optional<rpc::stored_key> key);

  [[nodiscard]] machine_clock& clock() noexcept { return clock_; }
  [[nodiscard]] std::optional<nanoseconds> wake_at() const;
  void wake();

  void bytes_arrived(std::uint64_t connection, core::byte_view bytes) override;
  void connection_ended(std::uint64_t connection, bool broken) override;

  // What its user does.

  /// request makes one. `timeout`: how long it may take. `orders`: those that it stands in.
  void request(request_kind kind, nanoseconds timeout, std::vector<std::uint64_t> orders = {});
  /// probe makes the last one, which has to be answered.
  void probe();
  /// connect has the program go online, as one does that waits for updates.
  void connect();
  /// cancel gives up one of the open requests.
  void cancel_any();
  /// restart ends the program, and starts it again with what it had stored.
  void restart();

  // What befalls it.

  /// sleep stops the machine. What arrives waits.
  void sleep(nanoseconds duration);

  // What is known.

  /// session is the one that the client has last sent something in.
  [[nodiscard]] std::optional<mtproto::session_key> session() const noexcept { return session_; }
  /// session_since is when it began to.
  [[nodiscard]] nanoseconds session_since() const noexcept { return session_since_; }
  [[nodiscard]] rpc::engine_load load() const { return engine_->load(); }
  [[nodiscard]] bool asleep() const noexcept { return asleep_; }
  [[nodiscard]] const client_plan& plan() const noexcept { return plan_; }

 private:
  struct link {
    rpc::link_number number = 0;
    std::uint64_t connection = 0;
    bool connected = false;
    bool writing = false;
    /// Goes before all else, until it is finished.
    std::unique_ptr<transport::client_handshake> handshake;
    /// Reads what the client writes, before anything befalls it.
    std::unique_ptr<transport::server_stream> tap;
  };

  [[nodiscard]] rpc::options make_options(std::optional<rpc::stored_key> key) const;
  void when_awake(std::function<void()> what);
  void pump();
  bool write();
  void connected();
  void shake(core::byte_view received);
  void read_along(core::byte_view bytes);
  void carry_out(const rpc::network_order& order);
  void handle(rpc::engine_event& event);
  void finished(const rpc::operation_finished& end);
  void check_key();
  /// A transport gives up on bytes for no other reason than that they are not what was sent.
  void check_understood(std::error_code failure);
  void submit(request_record& request, nanoseconds timeout);
  void begin_anew();
  void watch_memory();
  void drop_link();

  setting& around_;
  network& net_;
  wiretap& tap_;
  ledger& books_;
  std::size_t number_;
  std::string name_;
  const client_plan& plan_;
  machine_clock clock_;
  core::test_random random_;
  /// As the server has it, with a memory of its own for hellos.
  transport::server_config server_;
  std::optional<rpc::dial_plan> dial_;
  std::unique_ptr<rpc::engine> engine_;
  /// Counts the engines: what was planned for one does not reach the next.
  std::uint64_t life_ = 0;
  link link_;
  std::map<rpc::operation_id, std::int32_t> operations_;
  /// Those that wait until the program is online.
  std::set<rpc::operation_id> waits_;
  std::optional<mtproto::session_key> session_;
  nanoseconds session_since_{};
  bool asleep_ = false;
  /// The engine has stopped; another is about to take its place.
  bool is_over_ = false;
  std::vector<std::function<void()>> waiting_;
};

}  // namespace corogram::simulation

#pragma once

// A data centre behind a TCP port. Every client is told apart by its first bytes; framing, key
// exchange, sessions and calls are the machines' work, this moves their bytes.

#include <corogram/core/clock.hpp>
#include <corogram/core/random.hpp>
#include <corogram/mtproto/server.hpp>
#include <corogram/testdc/data_center.hpp>
#include <corogram/transport/server_stream.hpp>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/ip/tcp.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <variant>

namespace corogram::testdc {

/// A client came.
struct connection_accepted {
  mtproto::connection_id connection = 0;
  asio::ip::tcp::endpoint peer;
};

/// The first bytes told how the client speaks.
struct transport_detected {
  mtproto::connection_id connection = 0;
  transport::framing framing{};
  bool obfuscated = false;
};

/// A connection came to its end.
struct connection_ended {
  mtproto::connection_id connection = 0;
  /// Empty: one of the two sides closed it in order.
  std::string reason;
};

/// What a server reports.
using server_event =
    std::variant<connection_accepted, transport_detected, data_center_event, connection_ended>;

/// Receives events, in order, on the server's executor. Empty: nobody listens.
using server_observer = std::function<void(const server_event&)>;

/// How to run a server.
struct server_options {
  server_options() { transport.max_padding = transport::cautious_max_padding; }

  /// Where to listen. Port 0: the system chooses.
  asio::ip::tcp::endpoint listen{asio::ip::address_v4::loopback(), 0};
  address self;
  mtproto::server_config protocol;
  /// Its padding is within what every client in use can read (DIV-30).
  transport::server_config transport;
  server_observer observer;

  /// Beyond it, new connections are closed at once.
  std::size_t max_connections = 4096;
  /// A connection is closed if its first packet is not complete after this time.
  std::chrono::nanoseconds first_packet_timeout = std::chrono::seconds(30);
  /// And if any later packet is not complete so long after it began.
  std::chrono::nanoseconds packet_timeout = std::chrono::seconds(60);
  /// A connection is closed when more than this waits for its client to read. Units: bytes.
  std::size_t max_unsent = std::size_t{64} << 20;
};

/// One listening data centre.
/// Threads: not safe; everything happens on the executor, which must run one handler at a time.
class server {
 public:
  /// Listens at once. Throws std::system_error when the address cannot be had.
  /// Lifetime: clock and random source must outlive the server.
  server(asio::any_io_executor executor, server_options options, const core::clock& clock,
         core::random_source& random);
  /// Stops as stop() does.
  ~server();
  server(const server&) = delete;
  server& operator=(const server&) = delete;

  /// run serves until stop(). Call it once; the caller keeps the server until it returns.
  /// Cancels: as stop().
  asio::awaitable<void> run();

  /// stop closes the port and every connection; run() returns when all have ended.
  void stop();

  /// endpoint is where the server listens, with the port that the system has chosen.
  [[nodiscard]] asio::ip::tcp::endpoint endpoint() const;

  /// center gives the machine behind the port. After acting on it, call flush().
  [[nodiscard]] data_center& center() noexcept;
  /// flush sends what the machine wants to have sent.
  void flush();

  [[nodiscard]] std::size_t connections() const noexcept;

 private:
  class implementation;
  std::shared_ptr<implementation> implementation_;
};

}  // namespace corogram::testdc

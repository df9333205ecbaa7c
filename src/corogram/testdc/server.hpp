#pragma once

// A data centre behind a TCP port, and on request behind a second one for TLS. Every client is told
// apart by its first bytes; framing, key exchange, sessions and calls are the machines' work, this
// moves their bytes.
//
//   first bytes                          what happens
//   a framing, obfuscated or not         served
//   HTTP POST, WebSocket's GET           served, or answered with a status
//   a ClientHello under a secret         served inside fake TLS
//   any other ClientHello                handed to the fallback, if there is one
//   anything else                        with secrets: read and dropped; without: closed

#include <corogram/core/clock.hpp>
#include <corogram/core/random.hpp>
#include <corogram/core/secret.hpp>
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
#include <optional>
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
  transport::carrier_kind carrier{};
  /// Which of the secrets opened it.
  std::optional<std::size_t> secret_index;
  /// Inside TLS, real TLS.
  bool tls = false;
};

/// The first bytes were refused in a way that tells a prober nothing.
struct probe_noticed {
  mtproto::connection_id connection = 0;
  core::error reason;
  /// The fallback answers it; else what comes is read and dropped (PROXY-06, PROXY-21).
  bool handed_over = false;
};

/// A connection came to its end.
struct connection_ended {
  mtproto::connection_id connection = 0;
  /// Empty: one of the two sides closed it in order.
  std::string reason;
};

/// What a server reports.
using server_event = std::variant<connection_accepted, transport_detected, probe_noticed,
                                  data_center_event, connection_ended>;

/// Receives events, in order, on the server's executor. Empty: nobody listens.
using server_observer = std::function<void(const server_event&)>;

/// A port for clients of secure WebSocket and HTTPS.
struct tls_port {
  /// Port 0: the system chooses.
  asio::ip::tcp::endpoint listen{asio::ip::address_v4::loopback(), 0};
  /// The chain of certificates and the key that goes with it, both in PEM.
  std::string certificates_pem;
  core::secret_buffer private_key_pem;
};

/// How to run a server.
struct server_options {
  server_options() {
    transport.max_padding = transport::cautious_max_padding;
    transport.http = true;
    transport.websocket = true;
  }

  /// Where to listen. Port 0: the system chooses.
  asio::ip::tcp::endpoint listen{asio::ip::address_v4::loopback(), 0};
  address self;
  mtproto::server_config protocol;
  /// Its padding is within what every client in use can read (DIV-30).
  transport::server_config transport;
  std::optional<tls_port> tls;
  /// Who answers TLS clients that do not know a secret (PROXY-21).
  std::optional<asio::ip::tcp::endpoint> fallback;
  server_observer observer;

  /// Beyond it, new connections are closed at once.
  std::size_t max_connections = 4096;
  /// A connection is closed if its first packet is not complete after this time. What is read and
  /// dropped is read for as long.
  std::chrono::nanoseconds first_packet_timeout = std::chrono::seconds(30);
  /// And if any later packet is not complete so long after it began. What the fallback answers ends
  /// when nobody has said anything for so long.
  std::chrono::nanoseconds packet_timeout = std::chrono::seconds(60);
  /// A connection is closed when more than this waits for its client to read. Units: bytes.
  std::size_t max_unsent = std::size_t{64} << 20;
};

/// One listening data centre.
/// Threads: not safe; everything happens on the executor, which must run one handler at a time.
class server {
 public:
  /// Listens at once. Throws std::system_error when an address cannot be had, or the certificate
  /// is none.
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
  /// tls_endpoint is where it listens for TLS. Pre: it does.
  [[nodiscard]] asio::ip::tcp::endpoint tls_endpoint() const;

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

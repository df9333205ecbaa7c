#include <corogram/testdc/errc.hpp>
#include <corogram/testdc/server.hpp>

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/redirect_error.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/write.hpp>

#include <algorithm>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>

namespace corogram::testdc {
namespace {

using asio::ip::tcp;

/// Units: bytes read at once.
constexpr std::size_t read_size = std::size_t{64} << 10;

/// How long accepting rests after the system refused a connection (no descriptors left, say).
constexpr std::chrono::milliseconds accept_pause{100};

/// How long a client may take to close its side after we have closed ours.
constexpr std::chrono::seconds goodbye_timeout{5};

auto into(std::error_code& failure) {
  return asio::redirect_error(asio::use_awaitable, failure);
}

/// One client.
struct connection {
  connection(mtproto::connection_id id_, tcp::socket socket_, transport::server_stream stream_)
      : id(id_),
        socket(std::move(socket_)),
        stream(std::move(stream_)),
        unsent_arrived(socket.get_executor()) {}

  mtproto::connection_id id;
  tcp::socket socket;
  transport::server_stream stream;
  /// Waits to be written; `in_flight` is being written and not touched.
  core::byte_buffer unsent;
  core::byte_buffer in_flight;
  /// Cancelled when there is something to do for the writer.
  asio::steady_timer unsent_arrived;
  /// When the client has to be done with what it has begun: its first packet, a later one, or, once
  /// we have hung up, closing its side. None: it may be silent.
  std::optional<core::deadline> due;
  bool reported_transport = false;
  /// The machine hung up: what it said before is written, what comes is dropped.
  bool hung_up = false;
  bool closed = false;
  /// The coroutines that have not ended: reader and writer.
  int halves = 2;
  std::string reason;
};

}  // namespace

class server::implementation : public std::enable_shared_from_this<implementation> {
 public:
  implementation(asio::any_io_executor executor, server_options options, const core::clock& clock,
                 core::random_source& random)
      : options_(std::move(options)),
        clock_(clock),
        random_(random),
        acceptor_(executor, options_.listen),
        timer_(executor),
        all_ended_(executor, asio::steady_timer::time_point::max()),
        center_(options_.self, std::move(options_.protocol), random) {
    center_.set_port(acceptor_.local_endpoint().port());
  }

  asio::awaitable<void> run() {
    const auto self = shared_from_this();
    co_await accept_clients();
    std::error_code woken;
    while (!connections_.empty()) co_await all_ended_.async_wait(into(woken));
    timer_.cancel();
  }

  void stop() {
    stopped_ = true;
    std::error_code ignored;
    acceptor_.close(ignored);
    timer_.cancel();
    for (const auto& [id, client] : connections_) close(*client);
  }

  void flush() {
    const core::instant now = clock_.now();
    transmit(now);
    report_center();
    arm_timer();
  }

  [[nodiscard]] tcp::endpoint endpoint() const { return acceptor_.local_endpoint(); }
  [[nodiscard]] data_center& center() noexcept { return center_; }
  [[nodiscard]] std::size_t connections() const noexcept { return connections_.size(); }

 private:
  using connection_ptr = std::shared_ptr<connection>;

  asio::awaitable<void> accept_clients() {
    while (!stopped_) {
      std::error_code failure;
      tcp::socket socket = co_await acceptor_.async_accept(into(failure));
      if (stopped_ || failure == asio::error::operation_aborted) break;
      if (failure) {
        asio::steady_timer pause(acceptor_.get_executor(), accept_pause);
        co_await pause.async_wait(into(failure));
        continue;
      }
      welcome(std::move(socket));
    }
    stop();
  }

  void welcome(tcp::socket socket) {
    if (connections_.size() >= options_.max_connections) return;  // The socket closes itself.
    std::error_code failure;
    const tcp::endpoint peer = socket.remote_endpoint(failure);
    if (failure) return;
    socket.set_option(tcp::no_delay(true), failure);

    const core::instant now = clock_.now();
    const auto client = std::make_shared<connection>(
        next_id_++, std::move(socket), transport::server_stream(options_.transport, random_));
    connections_.emplace(client->id, client);
    set_due(*client, now.steady + options_.first_packet_timeout);
    report(connection_accepted{client->id, peer});
    center_.connection_opened(client->id, now);
    // The server joins both: run() waits until no connection is left.
    asio::co_spawn(client->socket.get_executor(), read(shared_from_this(), client), asio::detached);
    asio::co_spawn(client->socket.get_executor(), write(shared_from_this(), client),
                   asio::detached);
    flush();
  }

  // The two halves of a connection. Each keeps server and client alive until it has ended.

  static asio::awaitable<void> read(std::shared_ptr<implementation> self, connection_ptr client) {
    core::byte_buffer buffer(read_size);
    for (;;) {
      std::error_code failure;
      const std::size_t count =
          co_await client->socket.async_read_some(asio::buffer(buffer), into(failure));
      if (failure) break;
      // After hanging up we read on and drop: closing a socket with unread bytes would reset the
      // connection, and the client might never see the transport error that says why.
      if (!client->hung_up) self->take(*client, core::byte_view(buffer).first(count));
    }
    self->close(*client);
    self->leave(*client);
  }

  static asio::awaitable<void> write(std::shared_ptr<implementation> self, connection_ptr client) {
    std::error_code failure;
    while (!client->closed && !failure) {
      if (client->unsent.empty()) {
        if (client->hung_up) break;
        client->unsent_arrived.expires_at(asio::steady_timer::time_point::max());
        std::error_code woken;
        co_await client->unsent_arrived.async_wait(into(woken));
        continue;
      }
      client->in_flight.clear();
      std::swap(client->in_flight, client->unsent);
      co_await asio::async_write(client->socket, asio::buffer(client->in_flight), into(failure));
    }
    if (failure)
      self->close(*client);
    else if (!client->closed)
      client->socket.shutdown(tcp::socket::shutdown_send, failure);
    self->leave(*client);
  }

  /// Gives received bytes to the machines and sends what they answer.
  void take(connection& client, core::byte_view received) {
    const core::instant now = clock_.now();
    client.stream.feed(received);
    bool complete = false;
    for (;;) {
      auto incoming = client.stream.poll();
      report_transport(client);
      if (!incoming) {
        fail(client, incoming.error());
        break;
      }
      if (!*incoming) break;
      complete = true;
      if (const auto* const packet = std::get_if<transport::packet>(&**incoming))
        center_.handle_packet(client.id, packet->payload, packet->quick_ack_requested, now);
    }
    update_due(client, complete, now);
    flush();
  }

  /// A packet that has begun has to be complete in time; between packets a client may be silent.
  void update_due(connection& client, bool complete, core::instant now) {
    if (client.hung_up) return;
    if (complete) set_due(client, std::nullopt);
    if (client.stream.is_mid_packet() && !client.due)
      set_due(client, now.steady + options_.packet_timeout);
  }

  void set_due(connection& client, std::optional<core::deadline> due) {
    if (client.due) due_.erase({*client.due, client.id});
    client.due = due;
    if (due) due_.insert({*due, client.id});
  }

  void transmit(core::instant now) {
    mtproto::server_output output;
    while (center_.poll_transmit(output, now)) {
      const auto found = connections_.find(output.connection);
      if (found == connections_.end() || found->second->closed || found->second->hung_up) continue;
      perform(*found->second, output, now);
    }
  }

  void perform(connection& client, const mtproto::server_output& output, core::instant now) {
    if (const auto* const packet = std::get_if<mtproto::send_packet>(&output.action))
      client.stream.write_packet(packet->packet, client.unsent);
    else if (const auto* const ack = std::get_if<mtproto::send_quick_ack>(&output.action))
      client.stream.write_quick_ack(ack->token, client.unsent);
    else if (const auto* const error = std::get_if<mtproto::send_transport_error>(&output.action))
      client.stream.write_transport_error(error->code, client.unsent);
    else
      hang_up(client, now);
    if (client.unsent.size() > options_.max_unsent)
      fail(client, core::error(errc::not_reading));
    else
      client.unsent_arrived.cancel();
  }

  void hang_up(connection& client, core::instant now) {
    client.hung_up = true;
    set_due(client, now.steady + goodbye_timeout);
  }

  void fail(connection& client, const core::error& why) {
    if (client.reason.empty()) client.reason = why.message();
    close(client);
  }

  /// Makes both halves of a connection end.
  void close(connection& client) {
    if (client.closed) return;
    client.closed = true;
    set_due(client, std::nullopt);
    std::error_code ignored;
    client.socket.close(ignored);
    client.unsent_arrived.cancel();
  }

  /// A half has ended. The last one removes the connection.
  void leave(connection& client) {
    if (--client.halves != 0) return;
    const connection_ptr kept = connections_.extract(client.id).mapped();
    center_.connection_closed(client.id, clock_.now());
    flush();
    report(connection_ended{client.id, client.reason});
    if (connections_.empty()) all_ended_.cancel();
  }

  // Time.

  /// Waits for the next deadline of the machine or of a client.
  void arm_timer() {
    if (stopped_) return;
    std::optional<core::deadline> next = center_.poll_deadline();
    if (!due_.empty() && (!next || due_.begin()->first < *next)) next = due_.begin()->first;
    if (next == armed_for_) return;
    armed_for_ = next;
    timer_.cancel();
    if (!next) return;
    timer_.expires_after(std::max(std::chrono::nanoseconds::zero(), *next - clock_.now().steady));
    timer_.async_wait([self = weak_from_this()](std::error_code failure) {
      const auto alive = self.lock();
      if (!failure && alive) alive->handle_timeout();
    });
  }

  void handle_timeout() {
    armed_for_.reset();
    if (stopped_) return;
    const core::instant now = clock_.now();
    while (!due_.empty() && due_.begin()->first <= now.steady)
      fail(*connections_.at(due_.begin()->second), core::error(errc::too_slow));
    center_.handle_timeout(now);
    flush();
  }

  // Reports.

  void report(const server_event& event) {
    if (options_.observer) options_.observer(event);
  }

  void report_center() {
    while (auto event = center_.poll_event()) report(*std::move(event));
  }

  void report_transport(connection& client) {
    const auto framing = client.stream.detected();
    if (client.reported_transport || !framing) return;
    client.reported_transport = true;
    report(transport_detected{client.id, *framing, client.stream.obfuscated()});
  }

  server_options options_;
  const core::clock& clock_;
  core::random_source& random_;
  tcp::acceptor acceptor_;
  asio::steady_timer timer_;
  std::optional<core::deadline> armed_for_;
  /// Cancelled when the last connection has ended.
  asio::steady_timer all_ended_;
  data_center center_;
  std::unordered_map<mtproto::connection_id, connection_ptr> connections_;
  /// connection::due of every connection that has one.
  std::set<std::pair<core::deadline, mtproto::connection_id>> due_;
  mtproto::connection_id next_id_ = 1;
  bool stopped_ = false;
};

server::server(asio::any_io_executor executor, server_options options, const core::clock& clock,
               core::random_source& random)
    : implementation_(std::make_shared<implementation>(std::move(executor), std::move(options),
                                                       clock, random)) {}

server::~server() {
  implementation_->stop();
}

asio::awaitable<void> server::run() {
  return implementation_->run();
}

void server::stop() {
  implementation_->stop();
}

tcp::endpoint server::endpoint() const {
  return implementation_->endpoint();
}

data_center& server::center() noexcept {
  return implementation_->center();
}

void server::flush() {
  implementation_->flush();
}

std::size_t server::connections() const noexcept {
  return implementation_->connections();
}

}  // namespace corogram::testdc

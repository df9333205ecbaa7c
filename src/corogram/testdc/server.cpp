#include <corogram/rpc/tls.hpp>
#include <corogram/testdc/detail/client_connection.hpp>
#include <corogram/testdc/detail/relay.hpp>
#include <corogram/testdc/errc.hpp>
#include <corogram/testdc/proxy_rules.hpp>
#include <corogram/testdc/server.hpp>
#include <corogram/transport/errc.hpp>

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/redirect_error.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>

#include <algorithm>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

namespace corogram::testdc {
namespace {

using asio::ip::tcp;
using detail::conversation;
using connection = detail::client_connection;

/// Units: bytes read at once from a client that is not listened to any more.
constexpr std::size_t dropped_read_size = std::size_t{4} << 10;

/// How long accepting rests after the system refused a connection (no descriptors left, say).
constexpr std::chrono::milliseconds accept_pause{100};

/// How long a client may take to close its side after we have closed ours.
constexpr std::chrono::seconds goodbye_timeout{5};

auto into(std::error_code& failure) {
  return asio::redirect_error(asio::use_awaitable, failure);
}

}  // namespace

class server::implementation : public std::enable_shared_from_this<implementation> {
 public:
  implementation(asio::any_io_executor executor, server_options options, const core::clock& clock,
                 core::random_source& random)
      : options_(std::move(options)),
        clock_(clock),
        random_(random),
        timer_(executor),
        all_ended_(executor, asio::steady_timer::time_point::max()),
        center_(options_.self, std::move(options_.protocol), random) {
    ports_.push_back(port{tcp::acceptor(executor, options_.listen), nullptr});
    if (options_.tls) {
      auto context =
          rpc::make_tls_server(options_.tls->certificates_pem, options_.tls->private_key_pem);
      ports_.push_back(port{tcp::acceptor(executor, options_.tls->listen), std::move(context)});
    }
    center_.set_port(endpoint(0).port());
  }

  asio::awaitable<void> run() {
    const auto self = shared_from_this();
    for (port& each : ports_) {
      ++accepting_;
      // Joined below.
      asio::co_spawn(each.acceptor.get_executor(), accept_clients(self, each), asio::detached);
    }
    std::error_code woken;
    while (accepting_ > 0 || !connections_.empty()) co_await all_ended_.async_wait(into(woken));
    timer_.cancel();
  }

  void stop() {
    stopped_ = true;
    std::error_code ignored;
    for (port& each : ports_) each.acceptor.close(ignored);
    timer_.cancel();
    for (const auto& [id, client] : connections_) close(*client);
  }

  void flush() {
    const core::instant now = clock_.now();
    transmit(now);
    report_center();
    arm_timer();
  }

  [[nodiscard]] tcp::endpoint endpoint(std::size_t index) const {
    return ports_.at(index).acceptor.local_endpoint();
  }
  [[nodiscard]] data_center& center() noexcept { return center_; }
  [[nodiscard]] std::size_t connections() const noexcept { return connections_.size(); }

 private:
  using connection_ptr = std::shared_ptr<connection>;

  struct port {
    tcp::acceptor acceptor;
    /// None: bare TCP.
    std::shared_ptr<rpc::tls_context> tls;
  };

  /// `from` lives as long as `self`.
  static asio::awaitable<void> accept_clients(std::shared_ptr<implementation> self, port& from) {
    while (!self->stopped_) {
      std::error_code failure;
      tcp::socket socket = co_await from.acceptor.async_accept(into(failure));
      if (self->stopped_ || failure == asio::error::operation_aborted) break;
      if (failure) {
        asio::steady_timer pause(from.acceptor.get_executor(), accept_pause);
        co_await pause.async_wait(into(failure));
        continue;
      }
      self->welcome(std::move(socket), from);
    }
    self->stop();
    --self->accepting_;
    self->all_ended_.cancel();
  }

  void welcome(tcp::socket socket, const port& from) {
    if (connections_.size() >= options_.max_connections) return;  // The socket closes itself.
    std::error_code failure;
    const tcp::endpoint peer = socket.remote_endpoint(failure);
    if (failure) return;
    socket.set_option(tcp::no_delay(true), failure);

    const core::instant now = clock_.now();
    auto wire = from.tls ? rpc::make_tls_stream(std::move(socket), from.tls)
                         : rpc::make_tcp_stream(std::move(socket));
    const auto client = std::make_shared<connection>(
        next_id_++, std::move(wire), transport::server_stream(options_.transport, random_));
    client->tls = from.tls != nullptr;
    connections_.emplace(client->id, client);
    set_due(*client, now.steady + options_.first_packet_timeout);
    report(connection_accepted{client->id, peer});
    center_.connection_opened(client->id, now);
    // The server joins both: run() waits until no connection is left.
    const auto executor = client->wire->socket().get_executor();
    asio::co_spawn(executor, read(shared_from_this(), client), asio::detached);
    asio::co_spawn(executor, write(shared_from_this(), client), asio::detached);
    flush();
  }

  // The two halves of a connection. Each keeps server and client alive until it has ended.

  static asio::awaitable<void> read(std::shared_ptr<implementation> self, connection_ptr client) {
    std::error_code failure;
    co_await client->wire->handshake(failure);
    if (failure && client->reason.empty()) client->reason = "TLS: " + failure.message();
    while (!failure && client->state == conversation::open) {
      transport::receive_buffer lent = client->stream.lend();
      lent.commit(co_await client->wire->read_some(lent.space(), failure));
      if (!failure && client->state == conversation::open) self->take(*client, std::move(lent));
    }
    // Deaf we read on and drop: closing a socket with unread bytes would reset the connection, and
    // the client might never see the transport error that says why.
    core::byte_buffer dropped(dropped_read_size);
    while (!failure && client->state == conversation::deaf)
      co_await client->wire->read_some(dropped, failure);
    if (client->state == conversation::handed_over && !client->closed) {
      const detail::sign_of_life alive = [&] { self->extend(*client); };
      failure = co_await detail::relay_to_fallback(client, *self->options_.fallback, alive);
      // In order: the fallback may go on speaking, and its half closes the connection.
      if (!failure) co_return self->leave(*client);
    }
    self->close(*client);
    self->leave(*client);
  }

  static asio::awaitable<void> write(std::shared_ptr<implementation> self, connection_ptr client) {
    std::error_code failure;
    while (!client->closed && !failure && !client->fallback_connected) {
      if (client->unsent.empty()) {
        if (client->hung_up) break;
        client->writer_wanted.expires_at(asio::steady_timer::time_point::max());
        std::error_code woken;
        co_await client->writer_wanted.async_wait(into(woken));
        continue;
      }
      client->in_flight.clear();
      std::swap(client->in_flight, client->unsent);
      const std::vector<core::byte_view> pieces = client->in_flight.views();
      co_await client->wire->write(pieces, failure);
    }
    if (client->fallback_connected && !client->closed) {
      const detail::sign_of_life alive = [&] { self->extend(*client); };
      failure = co_await detail::relay_to_client(client, alive);
    }
    if (failure)
      self->close(*client);
    else if (!client->closed)
      client->wire->socket().shutdown(tcp::socket::shutdown_send, failure);
    self->leave(*client);
  }

  /// Gives received bytes to the machines and sends what they answer.
  void take(connection& client, transport::receive_buffer received) {
    const core::instant now = clock_.now();
    client.stream.feed(std::move(received), now);
    bool complete = false;
    while (client.state == conversation::open) {
      auto incoming = client.stream.poll();
      if (!incoming) {
        refuse(client, incoming.error(), now);
        break;
      }
      meet(client, now);
      if (!*incoming) break;
      complete = true;
      if (const auto* const packet = std::get_if<transport::packet>(&**incoming))
        handle(client, *packet, now);
    }
    send_replies(client);
    if (client.state == conversation::open) update_due(client, complete, now);
    flush();
  }

  void handle(connection& client, const transport::packet& packet, core::instant now) {
    if (client.stream.secret_index() && !is_relayed(packet.payload))
      return fail(client, core::error(errc::not_relayed));
    center_.handle_packet(client.id, packet.payload, packet.quick_ack_requested, now);
  }

  /// What the stream itself has to say goes before the packets that it is about to carry.
  void send_replies(connection& client) {
    core::byte_buffer replies;
    if (client.closed || !client.stream.poll_transmit(replies)) return;
    client.unsent.push(core::packet_buffer(std::move(replies)));
    client.writer_wanted.cancel();
  }

  /// What cannot be understood ends the connection; but before anything was understood it may be a
  /// prober, who should learn nothing from how it ends.
  void refuse(connection& client, const core::error& why, core::instant now) {
    client.reason = why.message();
    if (why.code == transport::errc::foreign_tls_hello && options_.fallback) {
      report(probe_noticed{client.id, why, true});
      client.state = conversation::handed_over;
      return extend(client);
    }
    //= PROXY-06
    const bool has_secrets = options_.transport.secrets && !options_.transport.secrets->empty();
    const bool is_noise = why.code == transport::errc::unknown_protocol ||
                          why.code == transport::errc::bad_obfuscation ||
                          why.code == transport::errc::foreign_tls_hello;
    if (has_secrets && is_noise) {
      report(probe_noticed{client.id, why, false});
      client.state = conversation::deaf;
      return;
    }
    send_replies(client);
    if (client.unsent.empty()) return close(client);
    hang_up(client, now);
  }

  /// A packet that has begun has to be complete in time; between packets a client may be silent.
  void update_due(connection& client, bool complete, core::instant now) {
    if (complete) set_due(client, std::nullopt);
    if (client.stream.is_mid_packet() && !client.due)
      set_due(client, now.steady + options_.packet_timeout);
  }

  void set_due(connection& client, std::optional<core::deadline> due) {
    if (client.due) due_.erase({*client.due, client.id});
    client.due = due;
    if (due) due_.insert({*due, client.id});
  }

  void extend(connection& client) {
    if (!client.closed) set_due(client, clock_.now().steady + options_.packet_timeout);
  }

  void transmit(core::instant now) {
    mtproto::server_output output;
    while (center_.poll_transmit(output, now)) {
      const auto found = connections_.find(output.connection);
      if (found != connections_.end() && found->second->state == conversation::open)
        perform(*found->second, output, now);
    }
  }

  void perform(connection& client, mtproto::server_output& output, core::instant now) {
    send_replies(client);
    if (std::holds_alternative<mtproto::hang_up>(output.action)) {
      hang_up(client, now);
    } else if (client.stream.can_write()) {
      core::byte_buffer short_frame;
      if (auto* const packet = std::get_if<mtproto::send_packet>(&output.action))
        client.stream.write_packet(std::move(packet->packet), client.unsent);
      else if (const auto* const ack = std::get_if<mtproto::send_quick_ack>(&output.action))
        client.stream.write_quick_ack(ack->token, short_frame);
      else if (const auto* const error = std::get_if<mtproto::send_transport_error>(&output.action))
        client.stream.write_transport_error(error->code, short_frame);
      client.unsent.push(core::packet_buffer(std::move(short_frame)));
    }
    if (client.unsent.size() > options_.max_unsent)
      fail(client, core::error(errc::not_reading));
    else
      client.writer_wanted.cancel();
  }

  void hang_up(connection& client, core::instant now) {
    client.hung_up = true;
    client.state = conversation::deaf;
    client.writer_wanted.cancel();
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
    client.wire->socket().close(ignored);
    client.fallback.close(ignored);
    client.writer_wanted.cancel();
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

  /// Once it is known how a client speaks: reports it, and refuses it if its proxy would.
  void meet(connection& client, core::instant now) {
    const auto& stream = client.stream;
    const auto framing = stream.detected();
    if (client.reported_transport || !framing) return;
    client.reported_transport = true;
    report(transport_detected{client.id, *framing, stream.obfuscated(), stream.carried_by(),
                              stream.secret_index(), client.tls});
    if (*framing == transport::framing::http) center_.protocol().connection_is_http(client.id);
    //= PROXY-07
    constexpr auto invalid_dc = static_cast<std::int32_t>(transport::transport_code::invalid_dc);
    if (stream.secret_index() && !is_proxied_dc(center_.self(), *stream.dc_id()))
      center_.protocol().fail_connection(client.id, invalid_dc, now);
  }

  server_options options_;
  const core::clock& clock_;
  core::random_source& random_;
  /// The bare one, then perhaps the one for TLS.
  std::vector<port> ports_;
  std::size_t accepting_ = 0;
  asio::steady_timer timer_;
  std::optional<core::deadline> armed_for_;
  /// Cancelled when the last connection has ended, and when nobody accepts any more.
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
  return implementation_->endpoint(0);
}

tcp::endpoint server::tls_endpoint() const {
  return implementation_->endpoint(1);
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

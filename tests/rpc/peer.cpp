#include "peer.hpp"

#include "keys.hpp"

#include <corogram/api/functions/initConnection.hpp>
#include <corogram/api/functions/invokeWithLayer.hpp>
#include <corogram/core/clock.hpp>
#include <corogram/core/random.hpp>
#include <corogram/rpc/init_connection.hpp>
#include <corogram/tl/codec.hpp>
#include <corogram/transport/server_stream.hpp>

#include <asio/buffer.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/steady_timer.hpp>
#include <asio/write.hpp>

#include <algorithm>
#include <array>
#include <map>
#include <set>

namespace corogram::rpc::test {
namespace {

mtproto::server_config protocol() {
  mtproto::server_config config;
  config.exchange.keys.push_back(server_key());
  return config;
}

core::byte_view bytes_of(const tl::raw& value) {
  return {reinterpret_cast<const core::byte*>(value.data()), value.size()};
}

/// The call inside invokeWithLayer(initConnection(..)), or the call itself.
core::byte_buffer unwrapped(const core::byte_buffer& body) {
  if (!is_wrapped(body)) return body;
  const auto outer = tl::decode_view<api::invokeWithLayer>(body);
  const auto inner = tl::decode_view<api::initConnection>(bytes_of((*outer)->query));
  const core::byte_view query = bytes_of((*inner)->query);
  return {query.begin(), query.end()};
}

}  // namespace

struct peer::state : std::enable_shared_from_this<peer::state> {
  struct client {
    client(mtproto::connection_id id_, asio::ip::tcp::socket socket_, core::random_source& random)
        : id(id_), socket(std::move(socket_)), stream({}, random) {}

    mtproto::connection_id id;
    asio::ip::tcp::socket socket;
    transport::server_stream stream;
    std::array<core::byte, 4096> input;
    core::byte_buffer output;
    core::byte_buffer writing;
    bool hang_up = false;
  };

  state(asio::io_context& context, manners how_)
      : how(how_),
        acceptor(context, asio::ip::tcp::endpoint(asio::ip::address_v4::loopback(), 0)),
        timer(context),
        server(protocol(), random) {}

  void accept() {
    acceptor.async_accept(
        [self = shared_from_this()](std::error_code failure, asio::ip::tcp::socket socket) {
          if (failure) return;
          self->take(std::move(socket));
          self->accept();
        });
  }

  void take(asio::ip::tcp::socket socket) {
    ++accepted;
    if (how == manners::hangs_up) return;
    const auto fresh = std::make_shared<client>(accepted, std::move(socket), random);
    clients[fresh->id] = fresh;
    server.connection_opened(fresh->id, clock.now());
    read(fresh);
  }

  void read(const std::shared_ptr<client>& from) {
    from->socket.async_read_some(
        asio::buffer(from->input),
        [self = shared_from_this(), from](std::error_code failure, std::size_t count) {
          if (failure) return self->forget(from);
          self->received(from, core::byte_view(from->input).first(count));
          self->read(from);
        });
  }

  void received(const std::shared_ptr<client>& from, core::byte_view bytes) {
    if (how == manners::rubbish) {
      from->output.resize(256);
      random.fill(from->output);
      write(from);
    }
    if (how != manners::serves) return;
    from->stream.feed(bytes);
    while (true) {
      const auto incoming = from->stream.poll();
      if (!incoming) return forget(from);
      if (!*incoming) break;
      const auto& packet = std::get<transport::packet>(**incoming);
      server.handle_packet(from->id, packet.payload, packet.quick_ack_requested, clock.now());
    }
    drain();
  }

  void drain() {
    while (auto event = server.poll_event()) {
      if (const auto* call = std::get_if<mtproto::request_event>(&*event)) {
        if (take_call) take_call(*call, unwrapped(call->body));
      } else if (const auto* created = std::get_if<mtproto::session_created>(&*event)) {
        sessions.insert(created->session);
      } else if (std::holds_alternative<mtproto::request_dropped>(*event)) {
        ++dropped;
      }
    }
    mtproto::server_output output;
    while (server.poll_transmit(output, clock.now())) {
      const auto at = clients.find(output.connection);
      if (at == clients.end()) continue;
      client& to = *at->second;
      if (const auto* packet = std::get_if<mtproto::send_packet>(&output.action))
        to.stream.write_packet(packet->packet, to.output);
      else if (const auto* ack = std::get_if<mtproto::send_quick_ack>(&output.action))
        to.stream.write_quick_ack(ack->token, to.output);
      else if (const auto* error = std::get_if<mtproto::send_transport_error>(&output.action))
        to.stream.write_transport_error(error->code, to.output);
      else
        to.hang_up = true;
      write(at->second);
    }
    arm();
  }

  void write(const std::shared_ptr<client>& to) {
    if (!to->writing.empty()) return;
    if (to->output.empty()) {
      if (to->hang_up) forget(to);
      return;
    }
    to->writing.swap(to->output);
    asio::async_write(to->socket, asio::buffer(to->writing),
                      [self = shared_from_this(), to](std::error_code failure, std::size_t) {
                        to->writing.clear();
                        if (!failure) self->write(to);
                      });
  }

  void arm() {
    const auto deadline = server.poll_deadline();
    if (!deadline || stopped) return;
    timer.expires_after(*deadline - clock.now().steady);
    timer.async_wait([self = shared_from_this()](std::error_code failure) {
      if (failure || self->stopped) return;
      self->server.handle_timeout(self->clock.now());
      self->drain();
    });
  }

  void forget(const std::shared_ptr<client>& gone) {
    std::error_code ignored;
    gone->socket.close(ignored);
    clients.erase(gone->id);
    server.connection_closed(gone->id, clock.now());
  }

  manners how;
  asio::ip::tcp::acceptor acceptor;
  asio::steady_timer timer;
  core::system_clock clock;
  core::test_random random{99};
  mtproto::server server;
  std::map<mtproto::connection_id, std::shared_ptr<client>> clients;
  std::set<mtproto::session_key> sessions;
  std::function<void(const mtproto::request_event&, core::byte_view)> take_call;
  std::size_t accepted = 0;
  std::size_t dropped = 0;
  bool stopped = false;
};

peer::peer(asio::io_context& context, manners how) : state_(std::make_shared<state>(context, how)) {
  state_->accept();
}

peer::~peer() {
  stop();
}

std::uint16_t peer::port() const {
  return state_->acceptor.local_endpoint().port();
}
std::size_t peer::accepted() const {
  return state_->accepted;
}
std::size_t peer::dropped() const {
  return state_->dropped;
}

void peer::on_call(std::function<void(const mtproto::request_event&, core::byte_view)> take) {
  state_->take_call = std::move(take);
}

void peer::answer(const mtproto::request_event& call, core::byte_buffer body) {
  state_->server.respond(call.session, call.msg_id, std::move(body), state_->clock.now());
  state_->drain();
}

void peer::refuse(const mtproto::request_event& call, std::int32_t code, std::string_view text) {
  state_->server.respond_error(call.session, call.msg_id, code, text, state_->clock.now());
  state_->drain();
}

void peer::push(const core::byte_buffer& body) {
  for (const auto& session : state_->sessions)
    state_->server.push(session, body, state_->clock.now());
  state_->drain();
}

void peer::cut() {
  const auto clients = state_->clients;
  for (const auto& [id, gone] : clients) state_->forget(gone);
}

void peer::stop() {
  std::error_code ignored;
  state_->stopped = true;
  state_->acceptor.close(ignored);
  state_->timer.cancel();
  state_->take_call = nullptr;
  cut();
}

}  // namespace corogram::rpc::test
